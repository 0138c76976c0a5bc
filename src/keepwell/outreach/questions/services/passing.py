"""Feedback with its department: accepted, handed on, answered, or followed up as a question."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.outreach.questions import labels
from keepwell.outreach.questions.contracts import QuestionError
from keepwell.outreach.questions.models import Feedback
from keepwell.outreach.questions.services import asking
from keepwell.outreach.questions.services.notices import tell_passed
from keepwell.outreach.questions.services.stepping import (
    check_channel,
    check_customer,
    check_owner,
    check_team,
    locked_feedback,
    take_feedback,
    words,
    write_feedback,
)


def accept(*, feedback_id: int, user_id: int, actor: str, now: datetime) -> None:
    """Say that the department sees to it; who accepts what is nobody's looks after it."""
    with transaction.atomic():
        row = locked_feedback(feedback_id)
        take_feedback(row, "accept")
        row.owner_id = row.owner_id or user_id
        write_feedback(row, "accept", actor=actor, now=now)


def hand_on(
    *, feedback_id: int, team_id: int, reason: str, actor: str, now: datetime, owner_id: int | None = None
) -> None:
    """Give feedback to another department, with the reason; its time begins anew.

    Raises QuestionError without a reason, or for the department that has it.
    """
    reason = words(reason)
    check_team(team_id)
    check_owner(owner_id)
    with transaction.atomic():
        row = locked_feedback(feedback_id)
        if row.team_id == team_id and row.owner_id == owner_id:
            raise QuestionError(_("It is with this department already."))
        take_feedback(row, "hand_on")
        row.team_id, row.owner_id = team_id, owner_id
        row.passed_at, row.due_at = (
            now,
            asking.due_of(row.importance, row.channel, now, customer_id=row.customer_id),
        )
        write_feedback(row, "hand_on", actor=actor, now=now, said=reason)
        tell_passed(row, tells_groups=False, now=now)


def answer_feedback(*, feedback_id: int, said: str, channel: str, actor: str, now: datetime) -> None:
    """Write down what the customer was answered, and on which channel."""
    said, channel = words(said), check_channel(channel, needed=True)
    _end(feedback_id, "answer", said=said, channel=channel, actor=actor, now=now)


def no_action(*, feedback_id: int, reason: str, actor: str, now: datetime) -> None:
    """Say that nothing is to be done about it, and why."""
    _end(feedback_id, "no_action", said=words(reason), channel="", actor=actor, now=now)


def _end(feedback_id: int, action: str, *, said: str, channel: str, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = locked_feedback(feedback_id)
        take_feedback(row, action)
        row.answered_at = now
        write_feedback(row, action, actor=actor, now=now, said=said, channel=channel)


def reopen_feedback(*, feedback_id: int, actor: str, now: datetime) -> None:
    """Take up again what was answered, or what nothing was to be done about; not of an erased customer."""
    with transaction.atomic():
        row = locked_feedback(feedback_id)
        check_customer(row.customer_id)
        take_feedback(row, "reopen")
        row.answered_at, row.passed_at = None, now
        row.due_at = asking.due_of(row.importance, row.channel, now, customer_id=row.customer_id)
        write_feedback(row, "reopen", actor=actor, now=now)


def follow_up(*, feedback_id: int, actor: str, now: datetime) -> int:
    """Open a question with this feedback, once; its number."""
    with transaction.atomic():
        return follow_up_locked(locked_feedback(feedback_id), actor=actor, now=now)


def follow_up_locked(row: Feedback, *, actor: str, now: datetime) -> int:
    """Open a question with feedback that is locked, in the caller's transaction."""
    if row.question_id is not None:
        return int(row.question_id)
    topic = labels.topic(row.topic)
    row.question_id = asking.open_question(
        customer_id=row.customer_id,
        # Tickets come without words: what they are about stands for them.
        text=row.text or topic or _("A ticket without words"),
        origin=row.origin,
        channel=row.channel if row.channel in CHANNEL else "",
        topic=row.topic,
        importance=row.importance,
        team_id=row.team_id,
        owner_id=row.owner_id,
        key=row.key,
        actor=actor,
        now=now,
    )
    write_feedback(row, "question", actor=actor, now=now)
    return row.question_id
