"""Feedback in the lists of departments, one by one, and of a customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from keepwell.outreach import users
from keepwell.outreach.questions.contracts import (
    Dealt,
    FeedbackLine,
    FeedbackPage,
    FeedbackStepView,
    FeedbackView,
    Importance,
    Origin,
    State,
)
from keepwell.outreach.questions.models import Entry, Feedback
from keepwell.outreach.vip import queries as vip

PAGE = 100
OPEN = (State.PASSED, State.ACCEPTED)
OVER = (State.ANSWERED, State.NO_ACTION)


def page(
    *,
    within: Q,
    now: datetime,
    states: Collection[str] = OPEN,
    team_ids: Collection[int] | None = None,
    owner_id: int | None = None,
) -> FeedbackPage:
    """Feedback within reach: VIP customers, then what is due first; what is over, the newest; a hundred."""
    rows = Feedback.objects.filter(within, state__in=states)
    if team_ids is not None:
        mine = Q(team__in=team_ids)
        rows = rows.filter(mine | Q(owner=owner_id) if owner_id is not None else mine)
    is_over = not set(states) & set(OPEN)
    overdue = 0 if is_over else rows.filter(due_at__lt=now).count()
    if is_over:
        rows = rows.order_by("-answered_at", "-pk")
    else:
        rows = rows.order_by(*vip.come_first(rows), "due_at", "pk")
    listed = list(rows.defer("text")[:PAGE])
    total = rows.count() if len(listed) == PAGE else len(listed)
    return FeedbackPage(_lines(listed), total, overdue)


def counts(*, within: Q) -> dict[str, int]:
    """How much waits to be passed on, and how much is for nobody."""
    return {one: Feedback.objects.filter(within, state=one).count() for one in (State.WAITING, State.NOBODY)}


def get(feedback_id: int) -> FeedbackView | None:
    """One feedback with its steps, or None."""
    row = Feedback.objects.filter(pk=feedback_id).first()
    if row is None:
        return None
    steps = tuple(
        FeedbackStepView(one.number, one.at, one.actor, one.action, one.team_id, one.channel, one.said)
        for one in row.steps.order_by("number")
    )
    return FeedbackView(_lines([row])[0], row.text, steps)


def dealt_with(keys: Collection[str]) -> dict[str, Dealt]:
    """What became of feedback by its key: answered by itself or by the question that was opened with it."""
    rows = Feedback.objects.filter(key__in=keys).select_related("question")
    first = (
        Entry.objects.filter(
            question__in=[row.question_id for row in rows if row.question_id], action="answer"
        )
        .order_by("question_id", "number")
        .values_list("question_id", "at")
    )
    answers: dict[int, datetime] = {}
    for question_id, given_at in first:
        answers.setdefault(question_id, given_at)
    found = {}
    for row in rows:
        answered = answers.get(row.question_id or 0)
        at = row.answered_at if row.state == State.ANSWERED else answered
        closed = row.state in OVER or (row.question is not None and row.question.closed_at is not None)
        owner = row.question.owner_id if row.question is not None else row.owner_id
        found[row.key] = Dealt(State(row.state), at, closed, owner or row.owner_id, row.team_id, row.pk)
    return found


def of_customer(customer_id: str, *, limit: int = 5) -> tuple[FeedbackLine, ...]:
    """A customer's feedback, the newest first."""
    rows = Feedback.objects.filter(customer_id=customer_id).defer("text").order_by("-pk")
    return _lines(list(rows[:limit]))


def _lines(rows: Iterable[Feedback]) -> tuple[FeedbackLine, ...]:
    listed = list(rows)
    names = users.names(row.owner_id for row in listed)
    return tuple(
        FeedbackLine(
            feedback_id=row.pk,
            customer_id=row.customer_id,
            origin=Origin(row.origin),
            channel=row.channel,
            topic=row.topic,
            at=row.at,
            state=State(row.state),
            importance=Importance(row.importance),
            rule=row.rule,
            team_id=row.team_id,
            owner_id=row.owner_id,
            owner_name=names.get(row.owner_id or 0, ""),
            passed_at=row.passed_at,
            due_at=row.due_at,
            answered_at=row.answered_at,
            question_id=row.question_id,
        )
        for row in listed
    )
