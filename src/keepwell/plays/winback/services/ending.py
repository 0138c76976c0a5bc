"""How cases end: won back, lost, closed without result; and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import tasks
from keepwell.plays.winback import labels
from keepwell.plays.winback.contracts import CaseError, Evidence, MeasureStatus
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.services import planning, sending
from keepwell.plays.winback.services.stepping import locked, locked_tasks, take, text

FINISH_RESULTS = ("stays", "left_again")
WORKED = ("", "yes", "no")


def win(
    *,
    case_id: int,
    actor: str,
    now: datetime,
    evidence: str = Evidence.SAID,
    order_id: str = "",
    amount: Decimal | None = None,
    note: str = "",
) -> None:
    """Say that the customer is back, by an order or because somebody says so; what still ran is called off.

    Raises CaseError where nothing has been done yet: then it is not our doing.
    """
    with transaction.atomic():
        case = _locked_at_rest(case_id, now)
        if case.started_at is None:
            raise CaseError(_("Nothing has been done yet. Close the case: the customer came back alone."))
        case.won_at, case.evidence = now, Evidence(evidence)
        case.won_order_id, case.won_amount = order_id, amount
        take(
            case,
            "win",
            actor=actor,
            now=now,
            data={"evidence": case.evidence, **({"order": order_id} if order_id else {})},
            note=note,
        )
        wind_up(case, actor=actor, now=now)


def lose(*, case_id: int, result: str, actor: str, now: datetime, lesson: str = "") -> None:
    """Give a customer up as lost, with the reason and what was learnt; raises CaseError for no reason."""
    _over(case_id, "lose", result, (*labels.LOST_RESULTS, "window_over"), lesson, actor, now)


def close(*, case_id: int, result: str, actor: str, now: datetime, lesson: str = "") -> None:
    """Close a case without result, with the reason; raises CaseError for no reason."""
    known = (*labels.CLOSED_RESULTS, "came_back_alone", "merged")
    _over(case_id, "close", result, known, lesson, actor, now)


def _over(
    case_id: int,
    step: str,
    result: str,
    known: tuple[str, ...],
    lesson: str,
    actor: str,
    now: datetime,
) -> None:
    if result not in known:
        raise CaseError(_("Please say how it ended."))
    with transaction.atomic():
        case = _locked_at_rest(case_id, now)
        case.result, case.lesson = result, text(lesson)
        take(case, step, actor=actor, now=now, data={"result": result})
        case.finished_at = now
        case.save(update_fields=["finished_at"])
        wind_up(case, actor=actor, now=now)


def finish(
    *,
    case_id: int,
    result: str,
    actor: str,
    now: datetime,
    lesson: str = "",
    worked: Mapping[int, str] | None = None,
) -> None:
    """End the maintenance: how it came out, which measures worked, and what was learnt (WIN-13).

    Raises CaseError for another result, or a verdict on a measure that is not the case's.
    """
    if result not in FINISH_RESULTS:
        raise CaseError(_("Please say how it ended."))
    with transaction.atomic():
        case = _locked_at_rest(case_id, now)
        case.result, case.lesson = result, text(lesson)
        take(case, "finish", actor=actor, now=now, data={"result": result})
        for number, said in (worked or {}).items():
            if said not in WORKED or not case.measures.filter(pk=number).update(worked=said):
                raise CaseError(_("There is no such measure."))
        case.finished_at = now
        case.save(update_fields=["finished_at"])
        wind_up(case, actor=actor, now=now)


def reopen(*, case_id: int, actor: str, now: datetime) -> None:
    """Take up again what was lost or closed; raises CaseError where the customer has another open case."""
    with transaction.atomic():
        case = locked(case_id)
        if Case.objects.filter(customer_id=case.customer_id, finished_at=None).exists():
            raise CaseError(_("This customer has another open case."))
        case.finished_at, case.result = None, ""
        try:
            with transaction.atomic():
                take(case, "reopen", actor=actor, now=now)
        except IntegrityError:
            raise CaseError(_("This customer has another open case.")) from None


def _locked_at_rest(case_id: int, now: datetime) -> Case:
    """The case without a request that waits. Locked in the order tasks, requests, case: as everywhere."""
    locked_tasks(case_id)
    planning.take_back_requests(case_id, now)
    return locked(case_id)


def wind_up(case: Case, *, actor: str, now: datetime) -> None:
    """Call off what has not been done: measures, their tasks and messages."""
    going = (MeasureStatus.PLANNED, MeasureStatus.RUNNING)
    rows = list(case.measures.filter(status__in=going).order_by("pk"))
    # Before the tasks: what a task's end means for its measure is said already.
    Measure.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=MeasureStatus.DROPPED, finished_at=now
    )
    call_off(rows, actor=actor, now=now)


def call_off(rows: list[Measure], *, actor: str, now: datetime) -> None:
    """Cancel the tasks of these measures that are still to be done, and take their messages back."""
    known = task_queries.several([row.task_id for row in rows if row.task_id])
    waiting = [one.task_id for one in known.values() if one.is_active]
    if waiting:
        tasks.cancel(task_ids=waiting, actor=actor, now=now)
    sending.take_back(rows, actor=actor, now=now)
