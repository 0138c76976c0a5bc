"""Single acts: added, put off, left out, done, with gift and cost; and taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.outreach import core as outreach
from keepwell.outreach import users
from keepwell.outreach.contracts import Outcome, TaskView
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.plays.care import defaults, facts
from keepwell.plays.care.contracts import ActStatus, CareError, Change, LineSpec, Occasion
from keepwell.plays.care.models import Act, ActEvent, Plan
from keepwell.plays.care.queries import catalogue, money
from keepwell.plays.care.services import checks
from keepwell.plays.care.services.stepping import FIELDS, locked, log, require_open, snapshot, step

SCORES = range(1, 6)
DAYS_MAX = 730
DATES = ("due_on", "start_on")
MOMENTS = ("finished_at",)
AMOUNTS = ("budget", "cost")
CAME_TO_NOTHING = (Outcome.NO_CONTACT, Outcome.WRONG_CONTACT, Outcome.NOT_NEEDED)


def add(
    *,
    customer_id: str,
    act: str,
    due_on: date,
    actor: str,
    now: datetime,
    channel: str = "",
    owner_id: int | None = None,
    budget: Decimal = Decimal(0),
    words: str = "",
    occasion: str = Occasion.ONCE,
    lead_days: int | None = None,
) -> int:
    """Add one act for a customer, with a plan or without; its number.

    Raises CareError for an unknown act or customer, a day that has passed, a budget beyond the limit, or
    words that sell on a birthday.
    """
    today = timezone.localdate(now)
    checks.line(LineSpec(act, Occasion.ONCE, 0, channel, budget, lead_days if lead_days is not None else 0))
    checks.free_of_offers(act, occasion, words=words)
    if not today <= due_on <= today + timedelta(days=DAYS_MAX):
        raise CareError(_("Please choose a day to come."))
    if not customers.existing([customer_id]):
        raise CareError(_("There is no customer with this number."))
    lead = catalogue.rules().lead_days if lead_days is None else lead_days
    with transaction.atomic():
        plan = Plan.objects.filter(customer_id=customer_id, ended_at=None).first()
        require_room(customer_id, budget, today=today)
        owner = owner_id if owner_id is not None else plan.owner_id if plan else None
        row = Act.objects.create(
            plan=plan,
            customer_id=customer_id,
            act=act,
            occasion=occasion,
            due_on=due_on,
            start_on=due_on - timedelta(days=lead),
            owner_id=owner if owner is not None else customers.owner_of(customer_id),
            channel=channel,
            budget=budget,
            currency=money.currency(),
            words=checks.text(words),
            made_at=now,
        )
        log(row, "add", actor=actor, now=now)
    return int(row.pk)


def require_room(customer_id: str, amount: Decimal, *, today: date, but: int | None = None) -> None:
    """Raise CareError where `amount` is more than may still be spent on the customer this year."""
    room = money.left(customer_id, today=today, but=but)
    if amount and room is not None and amount > room:
        raise CareError(
            _("This is more than may be spent on the customer: %(left)s is left of the year’s limit.")
            % {"left": f"{room:,.2f}"}
        )


def reschedule(*, act_id: int, due_on: date, actor: str, now: datetime) -> Change:
    """Do an act on another day; its task goes along. Raises CareError for a day that has passed."""
    today = timezone.localdate(now)
    if not today <= due_on <= today + timedelta(days=DAYS_MAX):
        raise CareError(_("Please choose a day to come."))
    with transaction.atomic():
        row = locked(act_id)
        require_open(row)
        lead = row.due_on - row.start_on
        if row.line_id is not None and _taken(row, due_on):
            raise CareError(_("There is an act of this kind on that day already."))
        token, was = "", snapshot(row)
        if row.task_id is not None:
            at = outreach.end_of(due_on, users.zone_of(row.owner))
            token = tasks.postpone(task_ids=[row.task_id], until=at, actor=actor, now=now).token
            row.refresh_from_db()
        changes: dict[str, Any] = {"due_on": due_on, "start_on": due_on - lead}
        if row.message_id:
            # Else it would go on the day before: it is queued anew for the other one.
            if not queueing.take_back(message_ids=[row.message_id], actor=actor, now=now):
                raise CareError(_("Its message is already on its way."))
            changes |= {"status": ActStatus.PLANNED, "message_id": ""}
        return step(row, "reschedule", actor=actor, now=now, changes=changes, task_token=token, was=was)


def _taken(row: Act, due_on: date) -> bool:
    return Act.objects.filter(line=row.line_id, due_on=due_on).exclude(pk=row.pk).exists()


def skip(*, act_id: int, reason: str, actor: str, now: datetime) -> Change:
    """Leave an act out, with a reason; its task is not needed any more. Raises CareError without a reason."""
    said = checks.text(reason)
    if not said:
        raise CareError(_("Please say why."))
    with transaction.atomic():
        row = locked(act_id)
        require_open(row)
        token, was = "", snapshot(row)
        if row.task_id is not None:
            token = tasks.cancel(task_ids=[row.task_id], actor=actor, now=now).token
            row.refresh_from_db()
        if row.message_id:
            queueing.take_back(message_ids=[row.message_id], actor=actor, now=now)
        changes = {"status": ActStatus.SKIPPED, "note": said, "outcome": "skipped", "finished_at": now}
        return step(row, "skip", actor=actor, now=now, changes=changes, task_token=token, was=was)


def choose_gift(*, act_id: int, gift: str, budget: Decimal, actor: str, now: datetime) -> Change:
    """Choose what is given, and its budget. Raises CareError beyond the limit or for an unknown gift."""
    checks.amount(budget)
    if gift not in catalogue.gift_names():
        raise CareError(_("There is no such gift."))
    with transaction.atomic():
        row = locked(act_id)
        require_open(row)
        require_room(row.customer_id, budget, today=timezone.localdate(now), but=row.pk)
        changes = {"gift": gift, "budget": budget, "limited": False}
        return step(row, "gift", actor=actor, now=now, changes=changes)


def done(
    *,
    act_id: int,
    actor: str,
    now: datetime,
    cost: Decimal | None = None,
    note: str = "",
    score: int | None = None,
) -> Change:
    """Say that an act took place, without or beside its task; cost and answer become facts.

    Raises CareError where it is over, or for a score outside 1 to 5.
    """
    checks.amount(cost or Decimal(0))
    _check_score(score)
    with transaction.atomic():
        row = locked(act_id)
        require_open(row)
        token, was = "", snapshot(row)
        if row.task_id is not None:
            kind = defaults.ACTS[row.act].kind
            outcome = outreach.outcomes(kind)[0] if kind != "other" else Outcome.DONE
            token = tasks.complete(
                task_ids=[row.task_id], outcome=outcome, actor=actor, now=now, solution=note or None
            ).token
            row.refresh_from_db()
            book(row, now, withdrawn=True)
        if row.message_id:
            queueing.take_back(message_ids=[row.message_id], actor=actor, now=now)
        changes = {
            "status": ActStatus.DONE,
            "cost": cost if cost is not None else row.budget,
            "note": checks.text(note),
            "score": score,
            "outcome": row.outcome or "done",
            "finished_at": now,
        }
        change = step(row, "done", actor=actor, now=now, changes=changes, task_token=token, was=was)
        book(row, now)
    return change


def record(
    *,
    act_id: int,
    actor: str,
    now: datetime,
    cost: Decimal | None = None,
    note: str | None = None,
    score: int | None = None,
) -> Change:
    """Write down what a finished act cost and how it was felt. Raises CareError where it is not done."""
    checks.amount(cost or Decimal(0))
    _check_score(score)
    with transaction.atomic():
        row = locked(act_id)
        if row.status != ActStatus.DONE:
            raise CareError(_("This act is not done yet."))
        asked = {"cost": cost, "note": None if note is None else checks.text(note), "score": score}
        changes = {name: value for name, value in asked.items() if value is not None}
        change = step(row, "record", actor=actor, now=now, changes=changes)
        book(row, now)
    return change


def _check_score(score: int | None) -> None:
    if score is not None and score not in SCORES:
        raise CareError(_("Please choose a score from 1 to 5."))


def book(row: Act, at: datetime, *, withdrawn: bool = False) -> None:
    """Tell the history that an act was given and what it cost, or that it was not."""
    facts.done(row, at, withdrawn=withdrawn)
    amount = row.cost if row.cost is not None else row.budget
    if amount:
        facts.cost(row, Decimal(0) if withdrawn else amount, at)
    if row.score is not None and not withdrawn:
        facts.answer(row, row.score, at)


def undo(*, token: str, actor: str, now: datetime) -> Change:
    """Give back what was before one's own step, for as long as tasks can be taken back.

    Raises CareError where it is too late, not one's own, or somebody has gone on since.
    """
    with transaction.atomic():
        event = ActEvent.objects.filter(token=token, actor=actor, undone_at=None).first()
        if event is None or not outreach.may_undo(done_at=event.at, now=now):
            raise CareError(_("This can no longer be undone."))
        row = locked(event.act_id)
        newest = ActEvent.objects.filter(act=row, undone_at=None).order_by("-id").first()
        if newest is None or newest.pk != event.pk:
            raise CareError(_("Somebody has gone on with this act since."))
        message_id = row.message_id or orjson.loads(event.before).get("message_id")
        if message_id and event.action in ("skip", "done", "reschedule"):
            raise CareError(_("Its message was taken out of the queue. Add the act again."))
        was_done = row.status == ActStatus.DONE
        if event.task_token:
            tasks.undo(token=event.task_token, actor=actor, now=now)
            row.refresh_from_db()
        elif was_done and event.action == "done":
            book(row, now, withdrawn=True)
        for name, value in orjson.loads(event.before).items():
            setattr(row, name, _plain(name, value))
        row.save(update_fields=FIELDS)
        if event.action == "record":
            book(row, now)
        event.undone_at = now
        event.save(update_fields=["undone_at"])
        log(row, "undo", actor=actor, now=now)
    return Change(token, "undo", row.pk)


def _plain(name: str, value: Any) -> Any:
    if value is None or name not in (*DATES, *MOMENTS, *AMOUNTS):
        return value
    if name in DATES:
        return parse_date(str(value))
    return parse_datetime(str(value)) if name in MOMENTS else Decimal(str(value))


def on_task_step(task: TaskView, *, action: str, follow_up_id: int | None, actor: str, now: datetime) -> None:
    """What a task's step means for its act."""
    row = Act.objects.select_for_update(of=("self",)).filter(task=task.task_id).first()
    if row is None and action in ("undo", "reopen"):
        row = Act.objects.select_for_update(of=("self",)).filter(task__follows=task.task_id).first()
    if row is None:
        return
    if action == "complete" and row.status == ActStatus.RUNNING:
        _completed(row, task, follow_up_id, actor=actor, now=now)
    elif action == "cancel" and row.status == ActStatus.RUNNING:
        _finish(row, ActStatus.DROPPED, Outcome.NOT_NEEDED, actor=actor, now=now)
    elif action == "postpone" and task.due_at is not None:
        row.due_on = task.due_at.astimezone(users.zone_of(row.owner)).date()
        _save_day(row)
    elif action == "delegate":
        row.owner_id = task.assignee_id
        row.save(update_fields=["owner"])
    elif action in ("undo", "reopen") and task.status in outreach.ACTIVE:
        if row.status == ActStatus.DONE:
            book(row, now, withdrawn=True)
        row.task_id, row.status, row.finished_at, row.outcome = task.task_id, ActStatus.RUNNING, None, ""
        row.cost = None
        row.save(update_fields=["task", "status", "finished_at", "outcome", "cost"])


def _save_day(row: Act) -> None:
    # Another act of the same line may stand on that day already: this one keeps its own then.
    if row.line_id is None or not _taken(row, row.due_on):
        row.save(update_fields=["due_on"])


def _completed(row: Act, task: TaskView, follow_up_id: int | None, *, actor: str, now: datetime) -> None:
    if task.outcome == Outcome.NOT_REACHED and follow_up_id is not None:
        row.task_id = follow_up_id
        row.save(update_fields=["task"])
    elif task.outcome in CAME_TO_NOTHING or task.outcome == Outcome.NOT_REACHED:
        _finish(row, ActStatus.DROPPED, task.outcome, actor=actor, now=now)
    else:
        _finish(row, ActStatus.DONE, task.outcome, actor=actor, now=now)
        book(row, now)


def _finish(row: Act, status: ActStatus, outcome: str, *, actor: str, now: datetime) -> None:
    row.status, row.outcome, row.finished_at = status, outcome, now
    if status is ActStatus.DONE:
        row.cost = row.budget
    row.save(update_fields=["status", "outcome", "finished_at", "cost"])
    log(row, str(status), actor=actor, now=now)


__all__ = [
    "add",
    "book",
    "choose_gift",
    "done",
    "on_task_step",
    "record",
    "reschedule",
    "skip",
    "undo",
]
