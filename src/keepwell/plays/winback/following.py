"""What happens to cases when tasks and approvals go on, and customers change hands, are merged or erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.accounts import services as accounts
from keepwell.customers import services as customers
from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.foundation import clock
from keepwell.outreach.questions import services as questions
from keepwell.outreach.services import stepping
from keepwell.plays.winback.contracts import MeasureStatus, Status
from keepwell.plays.winback.models import Case, CaseStep, Measure, SurveyAnswer
from keepwell.plays.winback.services import acting, ending, planning, surveying
from keepwell.plays.winback.services.stepping import locked_tasks

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("winback.Case", "winback.SurveyAnswer")
ACTOR = "keepwell"
PLANNED = (Status.PLANNED, Status.WAITING, Status.CONTACTING)
GOING = (MeasureStatus.PLANNED, MeasureStatus.RUNNING)
SEALED = dict.fromkeys(("competitor", "competitor_reason", "said", "interview", "lesson", "won_order_id"), "")


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    stepping.on_task_step(acting.on_task_step)
    accounts.on_decision(planning.on_decision)
    customers.on_owner_change(hand_over)
    questions.register_source("surveys", surveying.inbound_between)
    register_eraser("winback", forget, models=MODELS)
    register_merger(name="winback", merge=merge, split=split, models=MODELS)


def hand_over(customer_ids: Collection[str], old: int | None, new: int | None, at: datetime) -> None:
    """Open cases of the old owner, and those of nobody, go to the new one; what was given away stays."""
    mine = Case.objects.filter(customer_id__in=customer_ids, finished_at=None, owner=old)
    numbers = list(mine.values_list("pk", flat=True))
    mine.update(owner=new)
    Measure.objects.filter(case__in=numbers, status=MeasureStatus.PLANNED, owner=old).update(owner=new)


def forget(subject: Subject) -> dict[str, int]:
    """No word of the person stays; the case stays nameless, for the figures."""
    mine = Case.objects.filter(customer_id__in=list(subject.customer_ids))
    numbers = list(mine.values_list("pk", flat=True))
    CaseStep.objects.filter(case__in=numbers).update(note="")
    Measure.objects.filter(case__in=numbers).update(words="", message_id="")
    Measure.objects.filter(case__in=numbers, status__in=GOING).update(status=MeasureStatus.DROPPED)
    mine.filter(finished_at=None).exclude(status=Status.WON_BACK).update(status=Status.CLOSED, result="other")
    mine.filter(finished_at=None).update(finished_at=clock.now())
    kept = mine.update(customer_id=subject.pseudonym, reasons=[], **SEALED)
    said = SurveyAnswer.objects.filter(customer_id__in=list(subject.customer_ids))
    # The message's number would lead back to whom it went.
    for row in said.only("pk"):
        SurveyAnswer.objects.filter(pk=row.pk).update(
            customer_id=subject.pseudonym, said="", message_id=f"erased-{row.pk}"
        )
    return {"win-back cases": kept}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Cases go over; where both have an open one, the merged record's ends: it goes on in the other.

    What it still had to do is called off, so that nobody is called or promised something twice.
    """
    mine = Case.objects.filter(customer_id=merged_id)
    numbers = list(mine.order_by("pk").values_list("pk", flat=True))
    ended: list[list[Any]] = []
    if Case.objects.filter(customer_id=kept_id, finished_at=None).exists():
        open_now = mine.filter(finished_at=None)
        rows = list(open_now.order_by("pk"))
        ended = [[row.pk, row.status] for row in rows]
        for row in rows:
            locked_tasks(row.pk)
            planning.take_back_requests(row.pk, at)
            ending.wind_up(row, actor=ACTOR, now=at)
        open_now.update(status=Status.CLOSED, result="merged", finished_at=at)
    Case.objects.filter(pk__in=numbers).update(customer_id=kept_id)
    answers = SurveyAnswer.objects.filter(customer_id=merged_id)
    said = list(answers.order_by("pk").values_list("pk", flat=True))
    answers.update(customer_id=kept_id)
    return {"cases": numbers, "ended": ended, "answers": said}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    SurveyAnswer.objects.filter(pk__in=memo.get("answers", []), customer_id=kept_id).update(
        customer_id=merged_id
    )
    Case.objects.filter(pk__in=memo["cases"], customer_id=kept_id).update(customer_id=merged_id)
    for number, status in memo["ended"]:
        if not Case.objects.filter(customer_id=merged_id, finished_at=None).exists():
            # What was called off has to be planned again.
            again = Status.ANALYSED if status in PLANNED else status
            Case.objects.filter(pk=number).update(status=again, result="", finished_at=None)
