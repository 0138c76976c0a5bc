"""Carry out a plan: measures become tasks, and the tasks' outcomes come back to the case."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.insight.contracts import Reason
from keepwell.outreach import core as outreach
from keepwell.outreach.contracts import Outcome, TaskError, TaskView
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import tasks
from keepwell.plays.winback import core, defaults, facts
from keepwell.plays.winback.contracts import CaseError, MeasureStatus, Phase, Way
from keepwell.plays.winback.labels import MEASURE, PROBLEM
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.queries import plans
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.plays.winback.services import offers, sending
from keepwell.plays.winback.services.stepping import locked, require, take, write

if TYPE_CHECKING:
    from keepwell.accounts.models import User

# Outcomes after which a measure has not taken place.
CAME_TO_NOTHING = (Outcome.NO_CONTACT, Outcome.WRONG_CONTACT, Outcome.NOT_NEEDED)
# Outcomes after which nothing can have been promised.
NOT_SPOKEN = (*CAME_TO_NOTHING, Outcome.NOT_REACHED)


def start(
    *, case_id: int, actor: str, now: datetime, user: User | None = None, by_rule: bool = False
) -> None:
    """Begin the plan: every measure becomes a task of its owner, or a message where nobody is asked.

    Everything is asked once more: limit, ends of offers, authority. Without a `user` (by itself) only cases
    of an automatic grade begin, and those for which somebody set a rule.

    Raises CaseError where it is beyond the user's authority and not approved, or no longer possible.
    """
    with transaction.atomic():
        case = locked(case_id)
        require(case, "start")
        if user is None and case.way != Way.AUTOMATIC and not by_rule:
            raise CaseError(_("This case is worked on by a person."))
        case.kept_aside = case.customer_id in policy.held_out([case.customer_id])
        verdict = plans.verdict_of(case, plans.planned(case), now)
        if verdict.problems:
            raise CaseError(" ".join(str(PROBLEM[one]) for one in verdict.problems))
        if user is not None and plans.lacking(case, user):
            raise CaseError(_("This is more than you may decide. Ask for approval."))
        case.started_at = case.started_at or now
        case.until = now + timedelta(days=rule_queries.current().window_days)
        take(case, "start", actor=actor, now=now, data={"cost": verdict.cost, "gain": verdict.gain})
        rows = case.measures.filter(status=MeasureStatus.PLANNED, phase=Phase.ACTION).order_by("pk")
        for row in rows:
            if user is None and sending.queue(case, row, actor=actor, now=now):
                continue
            make_task(case, row, actor=actor, now=now)
        _end_alert_tasks(case, actor, now)


def make_task(case: Case, row: Measure, *, actor: str, now: datetime) -> None:
    """The task of a measure; raises CaseError where its owner cannot do it."""
    kind, channel, response = _how(row)
    offers.give(case, row, actor=actor, now=now)
    try:
        made = tasks.create(
            kind=kind,
            actor=actor,
            now=now,
            customer_id=case.customer_id,
            channel=channel,
            title=_title(row),
            reasons=[Reason(one["code"], one["figures"], one["weight"]) for one in case.reasons],
            response=response,
            treatment=defaults.MEASURES[row.code].treatment if row.code in defaults.MEASURES else "",
            at_stake=case.expected_loss,
            currency=case.currency,
            due_at=row.due_at,
            planned_at=row.due_at if row.phase == Phase.CARE else None,
            assignee_id=row.owner_id,
            idempotency_key=f"case:{case.pk}:{row.pk}",
        )
    except TaskError as error:
        raise CaseError(str(error)) from error
    row.task_id, row.status = made.task_id, MeasureStatus.RUNNING
    row.save(update_fields=["task", "status"])


def _how(row: Measure) -> tuple[str, str, str]:
    """Kind, channel and response of a measure's task."""
    if row.phase == Phase.CARE:
        act = defaults.CARE[row.code]
        return act.kind, act.channel, act.response
    measure = defaults.MEASURES[row.code]
    return measure.kind, measure.channel or "", measure.response


def _title(row: Measure) -> str:
    name = str(MEASURE[row.code])
    if not row.discount:
        return name
    return _("%(measure)s: %(percent)s%% off") % {
        "measure": name,
        "percent": f"{(row.discount * 100).normalize():f}",
    }


def _end_alert_tasks(case: Case, actor: str, now: datetime) -> None:
    """The warning's own call is not needed any more: the case has taken it over."""
    if case.alert_id is None:
        return
    open_now = task_queries.of_customer(case.customer_id, active=True)
    idle = [one.task_id for one in open_now if one.alert_id == case.alert_id and one.planned_at is None]
    if idle:
        tasks.cancel(task_ids=idle, actor=actor, now=now)


def revise(*, case_id: int, actor: str, now: datetime) -> None:
    """Go back to the plan: what has begun goes on, further measures may be added within the limit."""
    with transaction.atomic():
        case = locked(case_id)
        case.approvals = []
        take(case, "revise", actor=actor, now=now)


def on_task_step(task: TaskView, *, action: str, follow_up_id: int | None, actor: str, now: datetime) -> None:
    """What a task's step means for its measure. Raises TaskError where an offer has ended (WIN-07)."""
    mine = Q(task=task.task_id)
    if action in ("undo", "reopen"):
        # What went on in a follow-up comes back to the task that it followed.
        mine |= Q(task__follows=task.task_id)
    found = Measure.objects.filter(mine).values_list("case_id", flat=True).first()
    if found is None:
        return
    case = Case.objects.select_for_update(of=("self",)).get(pk=found)
    row = case.measures.filter(mine).order_by("pk").first()
    if row is None:
        return
    if action == "begin":
        _refuse_ended(row, now, begun_at=None)
        row.promised_at = now
        row.save(update_fields=["promised_at"])
    elif action == "complete":
        _completed(case, row, task, follow_up_id, actor=actor, now=now)
    elif action == "cancel" and row.status == MeasureStatus.RUNNING:
        _end(case, row, MeasureStatus.DROPPED, actor=actor, now=now)
    elif action in ("undo", "reopen"):
        _again(case, row, task, actor=actor, now=now)


def _refuse_ended(row: Measure, now: datetime, *, begun_at: datetime | None) -> None:
    if row.status == MeasureStatus.EXPIRED or not core.may_promise(
        until=row.until, begun_at=begun_at, now=now
    ):
        raise TaskError(_("This offer has ended and can no longer be promised. Plan another one."))


def _completed(
    case: Case, row: Measure, task: TaskView, follow_up_id: int | None, *, actor: str, now: datetime
) -> None:
    if task.outcome not in NOT_SPOKEN:
        _refuse_ended(row, now, begun_at=row.promised_at)
    if row.status != MeasureStatus.RUNNING:
        return
    if task.outcome in CAME_TO_NOTHING:
        _end(case, row, MeasureStatus.DROPPED, actor=actor, now=now, outcome=task.outcome)
    elif task.outcome == Outcome.NOT_REACHED:
        if follow_up_id is None:
            _end(case, row, MeasureStatus.DROPPED, actor=actor, now=now, outcome=task.outcome)
        else:
            row.task_id = follow_up_id
            row.save(update_fields=["task"])
    else:
        row.promised_at = row.promised_at or now
        _end(case, row, MeasureStatus.DONE, actor=actor, now=now, outcome=task.outcome)


def _end(
    case: Case, row: Measure, status: MeasureStatus, *, actor: str, now: datetime, outcome: str = ""
) -> None:
    row.status, row.finished_at = status, now
    row.save(update_fields=["status", "finished_at", "promised_at"])
    if status is MeasureStatus.DONE and row.cost:
        facts.cost(case, row, row.cost, now)
    if status is MeasureStatus.DROPPED:
        offers.call_off([row], actor=actor, now=now)
    write(
        case,
        "act",
        actor=actor,
        now=now,
        data={"measure": row.code, "state": status, **({"outcome": outcome} if outcome else {})},
    )


def _again(case: Case, row: Measure, task: TaskView, *, actor: str, now: datetime) -> None:
    """A step of the task was taken back: the measure is where it was."""
    if task.status not in outreach.ACTIVE:
        return
    if row.status == MeasureStatus.EXPIRED:
        raise TaskError(_("This offer has ended and can no longer be promised. Plan another one."))
    was = row.status
    if was in (MeasureStatus.DONE, MeasureStatus.DROPPED):
        require_room(case, row, was)
    if was == MeasureStatus.DONE and row.cost:
        facts.cost(case, row, Decimal(0), now)
    if was == MeasureStatus.DROPPED:
        offers.again(row, actor=actor, now=now)
    changed = was != MeasureStatus.RUNNING
    row.task_id, row.status, row.finished_at = task.task_id, MeasureStatus.RUNNING, None
    row.promised_at = None
    row.save(update_fields=["task", "status", "finished_at", "promised_at"])
    if changed:
        write(case, "act", actor=actor, now=now, data={"measure": row.code, "state": row.status})


def require_room(case: Case, row: Measure, was: str) -> None:
    """Whether what was dropped may run again within the limit; raises TaskError.

    Its money may have been planned for something else meanwhile.
    """
    if was != MeasureStatus.DROPPED or not row.cost:
        return
    if case.finished_at is not None:
        raise TaskError(_("The win-back case is over. Open it again first."))
    waiting = sum((one.cost for one in plans.planned(case)), Decimal(0))
    if plans.spent(case) + waiting + row.cost > rule_queries.frame(case).limit:
        raise TaskError(_("Its money is planned for something else in the win-back case."))


__all__ = ["make_task", "on_task_step", "revise", "start"]
