"""Questions in lists, one by one, and of a customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db.models import Case, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from keepwell.outreach import users
from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import (
    EntryView,
    Importance,
    Origin,
    QuestionLine,
    QuestionPage,
    QuestionView,
    Status,
)
from keepwell.outreach.questions.models import GOING_ON, Entry, Feedback, Question
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.vip import queries as vip

PAGE = 100
ORDER = Case(
    *(When(importance=one, then=Value(place)) for place, one in enumerate(Importance)), default=Value(9)
)
# Sealed words are opened only where somebody reads them.
SEALED = ("text",)


def page(
    *,
    within: Q,
    now: datetime,
    owner_id: int | None = None,
    team_ids: Collection[int] | None = None,
    is_over: bool = False,
    importance: str = "",
) -> QuestionPage:
    """Questions within reach, at most a hundred: VIP customers, the overdue, by importance and due date.

    `is_over` lists those that are satisfied or closed, the newest first.
    """
    rows = Question.objects.filter(within)
    if owner_id is not None:
        rows = rows.filter(owner=owner_id)
    if team_ids is not None:
        rows = rows.filter(team__in=team_ids)
    if importance:
        rows = rows.filter(importance=importance)
    rows = rows.exclude(GOING_ON) if is_over else rows.filter(GOING_ON)
    overdue = 0 if is_over else rows.filter(due_at__lt=now).count()
    if is_over:
        rows = rows.order_by("-closed_at", "-pk")
    else:
        is_late = Case(When(due_at__lt=now, then=Value(0)), default=Value(1))
        rows = rows.order_by(*vip.come_first(rows), is_late, ORDER, "due_at", "pk")
    listed = list(rows.defer(*SEALED)[:PAGE])
    total = rows.count() if len(listed) == PAGE else len(listed)
    return QuestionPage(_lines(listed), total, overdue)


def every(*, within: Q) -> Iterator[QuestionLine]:
    """All questions within reach, for a file."""
    rows = list(Question.objects.filter(within).defer(*SEALED).order_by("-pk"))
    yield from _lines(rows)


def get(question_id: int) -> QuestionView | None:
    """One question with its thread, or None."""
    row = Question.objects.filter(pk=question_id).first()
    if row is None:
        return None
    thread = tuple(
        EntryView(
            one.number,
            one.at,
            one.actor,
            one.action,
            Status(one.status),
            one.channel,
            one.said,
            one.happened_at,
            one.due_at,
            one.data,
        )
        for one in row.thread.order_by("number")
    )
    feedback = Feedback.objects.filter(question=row).values_list("pk", flat=True).first()
    return QuestionView(_lines([row])[0], row.text, thread, feedback, is_asked(row))


def is_asked(row: Question) -> bool:
    """Whether the customer was asked of the newest answer, or will be; what never went does not count."""
    answered = row.thread.filter(action="answer").order_by("-number").values_list("number", flat=True)[:1]
    asked = row.thread.filter(action="ask", number__gt=Coalesce(Subquery(answered), 0))
    names = set(asked.exclude(message_id="").values_list("message_id", flat=True))
    return bool(names - sending.never_went(names))


def of_customer(customer_id: str, *, limit: int = 5) -> tuple[QuestionLine, ...]:
    """A customer's questions: those that go on first, then the newest."""
    goes_on = Case(When(GOING_ON, then=Value(0)), default=Value(1))
    rows = Question.objects.filter(customer_id=customer_id).defer(*SEALED).order_by(goes_on, "-pk")
    return _lines(list(rows[:limit]))


def of_task(task_id: int) -> int | None:
    """The question that a lead's task speaks of, or None."""
    return Entry.objects.filter(task_id=task_id).values_list("question", flat=True).first()


def due(*, owner_id: int, until: datetime) -> tuple[QuestionLine, ...]:
    """A colleague's own questions that are due by `until`."""
    rows = Question.objects.filter(GOING_ON, owner=owner_id, due_at__lte=until).defer(*SEALED)
    return _lines(list(rows.order_by("due_at", "pk")[:PAGE]))


def topics() -> list[str]:
    """Topics that tickets, surveys and staff brought, by name."""
    known = set(Question.objects.exclude(topic="").order_by().values_list("topic", flat=True).distinct())
    known |= set(Feedback.objects.exclude(topic="").order_by().values_list("topic", flat=True).distinct())
    return sorted(known)


def _lines(rows: Iterable[Question]) -> tuple[QuestionLine, ...]:
    listed = list(rows)
    names = users.names(row.owner_id for row in listed)
    return tuple(
        QuestionLine(
            question_id=row.pk,
            customer_id=row.customer_id,
            status=Status(row.status),
            importance=Importance(row.importance),
            topic=row.topic,
            origin=Origin(row.origin),
            channel=row.channel,
            team_id=row.team_id,
            owner_id=row.owner_id,
            owner_name=names.get(row.owner_id or 0, ""),
            opened_at=row.opened_at,
            due_at=row.due_at if row.status in core.GOING_ON else None,
            escalated_at=row.escalated_at,
            rounds=row.rounds,
            closed_at=row.closed_at,
            reason=row.reason,
        )
        for row in listed
    )
