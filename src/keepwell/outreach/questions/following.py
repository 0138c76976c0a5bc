"""What happens to questions and feedback when customers write, change hands, are merged or erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from keepwell.customers import services as customers
from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.foundation import clock
from keepwell.outreach.questions import sources
from keepwell.outreach.questions.contracts import Closing, State, Status
from keepwell.outreach.questions.models import GOING_ON, Entry, Feedback, FeedbackStep, Question
from keepwell.outreach.questions.services import incoming
from keepwell.outreach.questions.services.stepping import next_number
from keepwell.outreach.sending.services import hearing

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

ACTOR = "keepwell"
MODELS = ("questions.Question", "questions.Feedback")
LEFT = (State.WAITING, State.NOBODY, State.PASSED, State.ACCEPTED)


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    hearing.on_said(incoming.heard)
    sources.register("messages", sources.messages_between)
    sources.register("tickets", sources.tickets_between)
    customers.on_owner_change(hand_over)
    register_eraser("questions", forget, models=MODELS)
    register_merger(name="questions", merge=merge, split=split, models=MODELS)


def hand_over(customer_ids: Collection[str], old: int | None, new: int | None, at: datetime) -> None:
    """Open questions of the old owner go to the new one; what a department has stays with it."""
    if old is not None:
        mine = Question.objects.filter(GOING_ON, customer_id__in=customer_ids, owner=old)
        mine.update(owner=new)


def forget(subject: Subject) -> dict[str, int]:
    """No word of the person stays; what they asked and said is dealt with, nameless for the figures."""
    now, numbers = clock.now(), list(subject.customer_ids)
    with transaction.atomic():
        asked = list(Question.objects.select_for_update(of=("self",)).filter(customer_id__in=numbers))
        for row in asked:
            _end_question(row, now)
        Entry.objects.filter(question__in=asked).update(said="", message_id="")
        Question.objects.filter(customer_id__in=numbers).update(
            customer_id=subject.pseudonym, text="", key=None
        )
    with transaction.atomic():
        said = list(Feedback.objects.select_for_update(of=("self",)).filter(customer_id__in=numbers))
        for one in said:
            _end_feedback(one, now)
        FeedbackStep.objects.filter(feedback__in=said).update(said="")
        # The key would lead back to the fact.
        Feedback.objects.filter(customer_id__in=numbers).update(
            customer_id=subject.pseudonym, text="", key=Concat(Value("erased-"), "pk")
        )
    return {"questions": len(asked), "feedback": len(said)}


def _end_question(row: Question, now: datetime) -> None:
    """Close it without a fact and without the audit's line: both would name whom there is no more."""
    if row.status == Status.CLOSED:
        return
    row.reason = Closing.SETTLED if row.status == Status.SATISFIED else Closing.WITHDRAWN
    row.status, row.closed_at = Status.CLOSED, now
    row.save(update_fields=["status", "reason", "closed_at"])
    Entry.objects.create(
        question=row,
        number=next_number(row.thread),
        at=now,
        actor=ACTOR,
        action="close",
        status=row.status,
        due_at=row.due_at,
        data={"reason": row.reason},
    )


def _end_feedback(row: Feedback, now: datetime) -> None:
    """Nothing is to be done any more; the step says so to the figures of the department that had it."""
    if row.state not in LEFT:
        return
    row.state, row.answered_at = State.NO_ACTION, now
    row.save(update_fields=["state", "answered_at"])
    FeedbackStep.objects.create(
        feedback=row,
        number=next_number(row.steps),
        at=now,
        actor=ACTOR,
        action="no_action",
        team_id=row.team_id,
        owner_id=row.owner_id,
        due_at=row.due_at,
    )


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Questions and feedback go over."""
    found = {
        "questions": _ids(Question.objects.filter(customer_id=merged_id)),
        "feedback": _ids(Feedback.objects.filter(customer_id=merged_id)),
    }
    Question.objects.filter(pk__in=found["questions"]).update(customer_id=kept_id)
    Feedback.objects.filter(pk__in=found["feedback"]).update(customer_id=kept_id)
    return found


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Question.objects.filter(pk__in=memo["questions"], customer_id=kept_id).update(customer_id=merged_id)
    Feedback.objects.filter(pk__in=memo["feedback"], customer_id=kept_id).update(customer_id=merged_id)


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
