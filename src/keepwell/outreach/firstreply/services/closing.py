"""Enquiries with people end when somebody has answered, or called it off."""

from __future__ import annotations

from datetime import datetime

from keepwell.outreach.contracts import Outcome
from keepwell.outreach.contracts import Status as TaskStatus
from keepwell.outreach.firstreply.contracts import Rules, Stage
from keepwell.outreach.firstreply.models import Enquiry
from keepwell.outreach.firstreply.services import handing
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.questions.contracts import State
from keepwell.outreach.questions.queries import feedback
from keepwell.outreach.sending.services import queueing

MISSED = (Outcome.NOT_REACHED, Outcome.WRONG_CONTACT)


def note_answer(row: Enquiry, rules: Rules, now: datetime) -> bool:
    """Close what somebody answered; what a department has not is a task of the owner."""
    if row.stage != Stage.PERSON:
        return False
    if row.task_id is not None:
        return _by_task(row)
    dealt = feedback.dealt_with([row.feedback_key]).get(row.feedback_key)
    if dealt is None or dealt.state is State.NOBODY:
        handing.make_task(row, rules, now)
        return True
    if dealt.answered_at is not None:
        return close(row, dealt.answered_at)
    if dealt.is_over:
        row.stage, row.closed_at = Stage.DROPPED, now
        return True
    return False


def _by_task(row: Enquiry) -> bool:
    task = task_queries.get(row.task_id or 0)
    if task is not None and task.is_active:
        return False
    if task is None or task.status is TaskStatus.CANCELLED or task.finished_at is None:
        row.stage, row.closed_at = Stage.DROPPED, row.last_at
        return True
    if task.outcome in MISSED:
        again = task_queries.follow_up_of(task.task_id)
        if again is not None:
            row.task_id = again
        else:
            row.stage, row.closed_at = Stage.DROPPED, task.finished_at
        return True
    return close(row, task.finished_at)


def close(row: Enquiry, at: datetime) -> bool:
    """Close what somebody answered at that time; the caller keeps the row."""
    if row.late_at is not None:
        # Whoever has the answer is not told any more that it takes longer.
        names = [queueing.message_id(progress_key(row))]
        queueing.take_back(message_ids=names, actor=handing.ACTOR, now=at)
    row.stage, row.answered_at, row.closed_at = Stage.CLOSED_PERSON, at, at
    return True


def progress_key(row: Enquiry) -> str:
    """The key of the word of progress of an enquiry."""
    return f"first-reply:progress:{row.pk}"
