"""One step of a question or of feedback: allowed by the table, written with its entry and audit entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.labels import CHANNEL
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.questions import core, facts
from keepwell.outreach.questions.contracts import (
    TEXT_MAX,
    Importance,
    NoFeedbackError,
    NoQuestionError,
    QuestionError,
    State,
)
from keepwell.outreach.questions.labels import STATE, STATUS
from keepwell.outreach.questions.models import Entry, Feedback, FeedbackStep, Question

TOPIC_MAX = 80


def locked(question_id: int) -> Question:
    """The question, locked until the transaction ends; raises NoQuestionError."""
    row = Question.objects.select_for_update(of=("self",)).filter(pk=question_id).first()
    if row is None:
        raise NoQuestionError(question_id)
    return row


def locked_feedback(feedback_id: int) -> Feedback:
    """The feedback, locked until the transaction ends; raises NoFeedbackError."""
    row = Feedback.objects.select_for_update(of=("self",)).filter(pk=feedback_id).first()
    if row is None:
        raise NoFeedbackError(feedback_id)
    return row


def take(question: Question, action: str, *, by_survey: bool = False) -> None:
    """Bring the question where `action` leads; raises QuestionError where it cannot take it now."""
    target = core.next_status(question.status, action, by_survey=by_survey)
    if target is None:
        raise QuestionError(
            _("The question is “%(status)s”: this cannot be done now.") % {"status": STATUS[question.status]}  # type: ignore[index]
        )
    question.status = target


def write(
    question: Question,
    action: str,
    *,
    actor: str,
    now: datetime,
    said: str = "",
    channel: str = "",
    happened_at: datetime | None = None,
    message_id: str = "",
    task_id: int | None = None,
    data: Mapping[str, str] | None = None,
) -> Entry:
    """Keep the question as it is, with the entry of what happened; in the caller's transaction."""
    question.save()
    number = next_number(question.thread)
    entry = Entry.objects.create(
        question=question,
        number=number,
        at=now,
        actor=actor,
        action=action,
        status=question.status,
        channel=channel,
        said=said,
        happened_at=happened_at,
        due_at=question.due_at,
        message_id=message_id,
        task_id=task_id,
        data=dict(data or {}),
    )
    audit.log(
        actor=actor,
        action=f"question.{action}",
        object_type="question",
        object_id=str(question.pk),
        details={"status": question.status, "customer_id": question.customer_id, **(data or {})},
        at=now,
    )
    facts.step(question, number, action, now)
    return entry


def next_number(entries: Any) -> int:
    """The number of the next entry of a thread, or step of feedback, whose row is locked."""
    return int(entries.aggregate(last=Max("number"))["last"] or 0) + 1


def take_feedback(row: Feedback, action: str) -> None:
    """Bring the feedback where `action` leads; raises QuestionError where it cannot take it now."""
    target = core.next_state(row.state, action)
    if target is None:
        raise QuestionError(
            _("The feedback is “%(state)s”: this cannot be done now.") % {"state": STATE[row.state]}  # type: ignore[index]
        )
    row.state = target


def write_feedback(
    row: Feedback, action: str, *, actor: str, now: datetime, said: str = "", channel: str = ""
) -> None:
    """Keep the feedback as it is, with its step; in the caller's transaction."""
    row.save()
    number = next_number(row.steps)
    FeedbackStep.objects.create(
        feedback=row,
        number=number,
        at=now,
        actor=actor,
        action=action,
        team_id=row.team_id,
        owner_id=row.owner_id,
        due_at=row.due_at,
        channel=channel,
        said=said,
    )
    audit.log(
        actor=actor,
        action=f"feedback.{action}",
        object_type="feedback",
        object_id=str(row.pk),
        details={"state": row.state, "customer_id": row.customer_id, "team": row.team_id},
        at=now,
    )


def end_feedback(question: Question, action: str, *, actor: str, now: datetime, channel: str = "") -> None:
    """End the feedback that a question was opened from, where its department has not.

    In the caller's transaction. What was said stands in the question's thread.
    """
    waiting = Feedback.objects.select_for_update(of=("self",)).filter(question=question)
    for row in waiting.filter(state__in=(State.PASSED, State.ACCEPTED)):
        take_feedback(row, action)
        row.answered_at = now
        write_feedback(row, action, actor=actor, now=now, channel=channel)


def words(given: str, *, needed: bool = True) -> str:
    """What somebody wrote, trimmed; raises QuestionError where it is missing or too long."""
    found = given.replace("\r\n", "\n").strip()
    if needed and not found:
        raise QuestionError(_("Please write down what was said."))
    if len(found) > TEXT_MAX:
        raise QuestionError(_("Please say it in %(most)s characters.") % {"most": TEXT_MAX})
    return found


def check_customer(customer_id: str) -> None:
    """Raises QuestionError for a customer that there is not, or is not any more."""
    if not customers.existing([customer_id]):
        raise QuestionError(_("There is no customer with this number."))


def check_channel(channel: str, *, needed: bool = False) -> str:
    """The channel; raises QuestionError for one that there is not."""
    if (channel or needed) and channel not in CHANNEL:
        raise QuestionError(_("Please choose the channel."))
    return channel


def check_importance(importance: str) -> Importance:
    """The importance; raises QuestionError for one that there is not."""
    if importance not in tuple(Importance):
        raise QuestionError(_("Please choose how important it is."))
    return Importance(importance)


def check_topic(topic: str) -> str:
    """The topic; raises QuestionError for one that is too long."""
    if len(topic) > TOPIC_MAX:
        raise QuestionError(_("Please say it in %(most)s characters.") % {"most": TOPIC_MAX})
    return topic.strip()


def check_team(team_id: int | None) -> int | None:
    """The department; raises QuestionError for one that there is not."""
    if team_id is not None and team_id not in users.teams():
        raise QuestionError(_("There is no such department."))
    return team_id


def check_owner(owner_id: int | None) -> int | None:
    """The colleague; raises QuestionError for one who cannot do tasks."""
    if owner_id is None:
        return None
    user = users.get(owner_id)
    if user is None or not user.is_active or not accounts.may(user, Permission.CHANGE_TASKS):
        raise QuestionError(_("This colleague cannot do tasks."))
    return owner_id
