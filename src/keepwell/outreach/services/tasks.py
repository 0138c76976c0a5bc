"""What can be done with tasks; permission is asked at `outreach.access` before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import Channel as ConsentChannel
from keepwell.customers.privacy.contracts import Purpose
from keepwell.insight.contracts import Reason
from keepwell.outreach import core, facts, users
from keepwell.outreach.contracts import (
    Change,
    Channel,
    Kept,
    Kind,
    Notice,
    Outcome,
    Response,
    TaskError,
    TaskView,
)
from keepwell.outreach.labels import REMEDY
from keepwell.outreach.models import Task
from keepwell.outreach.services import contacting
from keepwell.outreach.services.notices import tell
from keepwell.outreach.services.stepping import log, step, undo
from keepwell.outreach.views import task_view
from keepwell.outreach.vip import queries as vip

__all__ = [
    "cancel", "complete", "create", "delegate", "plan", "postpone", "record", "reopen", "take", "undo",
]  # fmt: skip
TITLE_MAX = 200
TEXT_MAX = 4_000


def create(
    *,
    kind: str,
    actor: str,
    now: datetime,
    customer_id: str = "",
    channel: str = "",
    title: str = "",
    reasons: Sequence[Reason] = (),
    response: str = "",
    treatment: str = "",
    at_stake: Decimal | None = None,
    currency: str = "",
    due_at: datetime | None = None,
    planned_at: datetime | None = None,
    assignee_id: int | None = None,
    team_id: int | None = None,
    alert_id: int | None = None,
    follows_id: int | None = None,
    attempt: int = 1,
    idempotency_key: str | None = None,
    play: str = "",
    arm: str = "",
    propensity: float | None = None,
    script: str = "",
    asked: bool = False,
    tell: bool = True,
) -> TaskView:
    """Make a task; the same `idempotency_key` again gives the task that there is.

    `script` is the code of a call script; `arm` of `play` what the customer was dealt, and how probably.
    `asked`: the customer waits for it; for a VIP customer it is due sooner and done by whoever is on duty.
    The assignee is told of it, unless `tell` is False: of many at once, they would be told many times.

    Raises TaskError for an unknown kind, channel, response, customer or assignee, or too long a title.
    """
    _check(kind=kind, channel=channel, title=title, response=response)
    with transaction.atomic():
        if idempotency_key:
            found = Task.objects.filter(idempotency_key=idempotency_key).first()
            if found is not None:
                return task_view(found)
        if customer_id and not customers.existing([customer_id]):
            raise TaskError(_("There is no customer with this number."))
        if assignee_id is not None:
            _check_assignee(assignee_id, [customer_id])
        waits = planned_at is None and (asked or alert_id is not None)
        treated = vip.treatment(customer_id, due_at, assignee_id, now=now) if waits else None
        if treated:
            due_at, assignee_id = treated.due_at, treated.assignee_id if asked else assignee_id
        task = Task.objects.create(
            kind=Kind(kind),
            customer_id=customer_id,
            channel=channel or core.channels(kind)[0],
            title=title.strip(),
            reasons=[
                {"code": one.code, "figures": dict(one.figures), "weight": one.weight} for one in reasons
            ],
            response=response,
            treatment=treatment,
            play=play,
            arm=arm,
            propensity=propensity,
            script=script,
            at_stake=at_stake,
            currency=currency,
            due_at=due_at,
            planned_at=planned_at,
            assignee_id=assignee_id,
            team_id=team_id,
            alert_id=alert_id,
            follows_id=follows_id,
            attempt=attempt,
            created_at=now,
            created_by=actor,
            idempotency_key=idempotency_key or None,
            is_vip=treated is not None or bool(vip.vips([customer_id])),
        )
        log(task, "create", actor, now)
        facts.contact(task, "queued", now)
        if tell and assignee_id is not None and alert_id is None:
            _tell_assignee(task, actor, now)
    return task_view(task)


def _check(*, kind: str, channel: str, title: str, response: str) -> None:
    if kind not in tuple(Kind):
        raise TaskError(_("Please choose what is to be done."))
    if channel and channel not in tuple(Channel):
        raise TaskError(_("Please choose how to reach the customer."))
    if response and response not in tuple(Response):
        raise TaskError(_("Please choose one of the responses."))
    if len(title) > TITLE_MAX:
        raise TaskError(_("Please say it in %(most)s characters.") % {"most": TITLE_MAX})


def complete(
    *,
    task_ids: Collection[int],
    outcome: str,
    actor: str,
    now: datetime,
    kept: str | None = None,
    remedies: Sequence[str] | None = None,
    need: str | None = None,
    dissatisfaction: str | None = None,
    solution: str | None = None,
    follow_up_at: datetime | None = None,
) -> Change:
    """Say what came of the tasks; with `follow_up_at` the next try is planned, up to three.

    Who wants no contact is not asked again: consent for the task's channel, or for all of them after a
    visit, is withdrawn with it. An undo does not give it back.

    Raises TaskError where an outcome does not belong to the kind, or a task is over already.
    """
    texts = _texts(need=need, dissatisfaction=dissatisfaction, solution=solution)

    def changes(task: Task) -> dict[str, Any]:
        if outcome not in core.outcomes(task.kind):
            raise TaskError(_("This outcome does not belong to this kind of task."))
        done: dict[str, Any] = {
            "outcome": Outcome(outcome),
            "kept": core.kept_by(outcome, kept),
            "finished_at": now,
            "finished_by": actor,
            **texts,
        }
        return done if remedies is None else {**done, "remedies": _remedies(remedies)}

    def after(task: Task) -> int | None:
        return _follow_up(task, follow_up_at, actor, now) if follow_up_at else None

    with transaction.atomic():
        done = step(action="complete", task_ids=task_ids, actor=actor, now=now, changes=changes, after=after)
        if outcome in contacting.TOOK_PLACE:
            contacting.took_place(task_ids=done.task_ids, actor=actor, now=now)
        if outcome == Outcome.NO_CONTACT:
            for task in Task.objects.filter(pk__in=done.task_ids).exclude(customer_id=""):
                _withdraw_consent(task, actor)
    return done


def _withdraw_consent(task: Task, actor: str) -> None:
    if not customers.existing([task.customer_id]):
        return
    channel = task.channel if task.channel in tuple(ConsentChannel) else None
    privacy.withdraw_all(customer_id=task.customer_id, source="task", actor=actor, channel=channel)
    if channel is not None:
        privacy.set_consent(
            customer_id=task.customer_id,
            channel=channel,
            purpose=Purpose.MARKETING,
            given=False,
            source="task",
            actor=actor,
        )


def _follow_up(task: Task, at: datetime, actor: str, now: datetime) -> int | None:
    """The next try, or the next word with the customer; none after the third try or for who wants none."""
    again = task.outcome == Outcome.NOT_REACHED
    if task.outcome == Outcome.NO_CONTACT or (again and task.attempt >= core.ATTEMPTS_MAX):
        return None
    following = Task.objects.create(
        kind=task.kind if again else Kind.FOLLOW_UP,
        customer_id=task.customer_id,
        channel=task.channel,
        title=task.title,
        reasons=task.reasons,
        response=task.response,
        treatment=task.treatment,
        play=task.play,
        arm=task.arm,
        propensity=task.propensity,
        script=task.script,
        at_stake=task.at_stake,
        currency=task.currency,
        due_at=at,
        planned_at=at,
        assignee_id=task.assignee_id,
        team_id=task.team_id,
        alert_id=task.alert_id,
        follows=task,
        attempt=task.attempt + 1 if again else 1,
        created_at=now,
        created_by=actor,
        is_vip=bool(vip.vips([task.customer_id])),
    )
    log(following, "create", actor, now)
    facts.contact(following, "queued", now)
    return int(following.pk)


def postpone(*, task_ids: Collection[int], until: datetime, actor: str, now: datetime) -> Change:
    """Do the tasks later; raises TaskError for a time that has passed."""
    if until <= now:
        raise TaskError(_("Please choose a time to come."))

    def changes(task: Task) -> dict[str, Any]:
        return {"due_at": until, "planned_at": until if task.planned_at else None}

    return step(action="postpone", task_ids=task_ids, actor=actor, now=now, changes=changes)


def plan(
    *,
    task_ids: Collection[int],
    actor: str,
    now: datetime,
    planned_at: datetime | None = None,
    channel: str | None = None,
    response: str | None = None,
) -> Change:
    """Set when, how and with what a customer will be reached; raises TaskError for a past time."""
    if planned_at is not None and planned_at <= now:
        raise TaskError(_("Please choose a time to come."))
    _check(kind=Kind.OTHER, channel=channel or "", title="", response=response or "")

    def changes(_task: Task) -> dict[str, Any]:
        asked = {"planned_at": planned_at, "channel": channel, "response": response}
        return {name: value for name, value in asked.items() if value is not None}

    return step(action="plan", task_ids=task_ids, actor=actor, now=now, changes=changes)


def delegate(*, task_ids: Collection[int], assignee_id: int, actor: str, now: datetime) -> Change:
    """Give the tasks to a colleague, who is told.

    Raises TaskError where the colleague is switched off, may not do tasks, or may not see a customer.
    """
    with transaction.atomic():
        numbers = Task.objects.filter(pk__in=set(task_ids)).values_list("customer_id", flat=True)
        _check_assignee(assignee_id, numbers)
        done = step(
            action="delegate",
            task_ids=task_ids,
            actor=actor,
            now=now,
            changes=lambda _task: {"assignee_id": assignee_id},
        )
        for task in Task.objects.filter(pk__in=done.task_ids):
            _tell_assignee(task, actor, now)
    return done


def take(*, task_ids: Collection[int], assignee_id: int, actor: str, now: datetime) -> Change:
    """Take tasks out of the queue; raises TaskError where somebody was faster.

    Who may see own customers only looks after the customer from then on.
    """

    def changes(task: Task) -> dict[str, Any]:
        if task.assignee_id not in (None, assignee_id):
            raise TaskError(_("A colleague has taken this task already."))
        return {"assignee_id": assignee_id}

    with transaction.atomic():
        done = step(action="take", task_ids=task_ids, actor=actor, now=now, changes=changes)
        for task in Task.objects.filter(pk__in=done.task_ids).exclude(customer_id=""):
            look_after(customer_id=task.customer_id, user_id=assignee_id, actor=actor, now=now)
    return done


def look_after(*, customer_id: str, user_id: int, actor: str, now: datetime) -> None:
    """Make a user the owner of a customer of nobody, where the user could not see the customer otherwise."""
    user = users.get(user_id)
    if user is None or customers.owner_of(customer_id) is not None:
        return
    if not customer_access.may_access(user, Permission.VIEW_CUSTOMERS, customer_id):
        customer_services.assign_owner(
            customer_ids=[customer_id], owner_id=user_id, actor=actor, reason="task taken", at=now
        )


def cancel(*, task_ids: Collection[int], actor: str, now: datetime) -> Change:
    """Say that the tasks are not needed."""
    changes = {"outcome": Outcome.NOT_NEEDED, "finished_at": now, "finished_by": actor}
    return step(action="cancel", task_ids=task_ids, actor=actor, now=now, changes=lambda _task: changes)


def reopen(*, task_ids: Collection[int], actor: str, now: datetime) -> Change:
    """Take up again what was done or cancelled."""
    changes = {"outcome": "", "kept": "", "finished_at": None, "finished_by": ""}
    return step(action="reopen", task_ids=task_ids, actor=actor, now=now, changes=lambda _task: changes)


def record(
    *,
    task_id: int,
    actor: str,
    now: datetime,
    need: str | None = None,
    dissatisfaction: str | None = None,
    solution: str | None = None,
    remedies: Sequence[str] | None = None,
    kept: str | None = None,
) -> Change:
    """Write down what the customer needs, what is wrong, what was offered, and whether it kept them.

    What is None stays as it is. Raises TaskError for an unknown remedy or a text that is too long.
    """
    changed: dict[str, Any] = _texts(need=need, dissatisfaction=dissatisfaction, solution=solution)
    if remedies is not None:
        changed["remedies"] = _remedies(remedies)
    if kept is not None:
        changed["kept"] = Kept(kept)
    return step(action="record", task_ids=[task_id], actor=actor, now=now, changes=lambda _task: changed)


def _texts(**texts: str | None) -> dict[str, Any]:
    given = {name: text.strip() for name, text in texts.items() if text is not None}
    if any(len(text) > TEXT_MAX for text in given.values()):
        raise TaskError(_("Please say it in %(most)s characters.") % {"most": TEXT_MAX})
    return given


def _remedies(codes: Sequence[str]) -> list[str]:
    unknown = [code for code in codes if code not in REMEDY]
    if unknown:
        raise TaskError(_("This remedy is not known: %(code)s") % {"code": unknown[0]})
    return sorted(set(codes))


def _check_assignee(assignee_id: int, customer_ids: Collection[str]) -> None:
    user = users.get(assignee_id)
    if user is None or not user.is_active or not accounts.may(user, Permission.CHANGE_TASKS):
        raise TaskError(_("This colleague cannot do tasks."))
    for customer_id in set(customer_ids) - {""}:
        if not customer_access.may_access(user, Permission.VIEW_CUSTOMERS, customer_id):
            raise TaskError(
                _("%(name)s may not see customer %(customer)s. Hand the customer over instead.")
                % {"name": users.name_of(user), "customer": customer_id}
            )


def _tell_assignee(task: Task, actor: str, now: datetime) -> None:
    user = users.get(task.assignee_id) if task.assignee_id else None
    if user is None or user.get_username() == actor:
        return
    data = {"task": task.pk, "kind": task.kind, "customer": task.customer_id, "by": actor}
    tell(
        user_id=user.pk,
        kind=Notice.DELEGATED,
        key=f"task:{task.pk}:{int(now.timestamp())}",
        data=data,
        now=now,
    )
