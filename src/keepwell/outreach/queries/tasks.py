"""What can be asked about tasks; who may see them is asked at `outreach.access`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.outreach import access, core, users
from keepwell.outreach.contracts import TaskEventView, TaskPage, TaskView, TeamMember
from keepwell.outreach.models import Task, TaskEvent
from keepwell.outreach.views import task_views

PAGE = 100
PAGE_MAX = 500
ACTIVE = Q(status__in=core.ACTIVE)


def get(task_id: int) -> TaskView | None:
    """One task, or None."""
    found = task_views(Task.objects.filter(pk=task_id))
    return found[0] if found else None


def several(task_ids: Collection[int]) -> dict[int, TaskView]:
    """Tasks by number; what does not exist is left out."""
    return {one.task_id: one for one in task_views(Task.objects.filter(pk__in=set(task_ids)))}


def due(*, assignee_id: int, until: datetime, limit: int = PAGE) -> TaskPage:
    """What somebody has to do until an instant, VIP customers first, then most at stake.

    A planned task comes up when its time has come, a postponed one when it is due, all others at once.
    """
    return _page(_upcoming(until).filter(assignee=assignee_id), limit)


def queue(*, user: Account, until: datetime, limit: int = PAGE) -> TaskPage:
    """What waits for somebody to take it, as far as `user` may take it; most at stake first."""
    within = access.scope(user, Permission.CHANGE_TASKS)
    return _page(_upcoming(until).filter(within, assignee=None), limit)


def finished(*, assignee_id: int, since: datetime, limit: int = PAGE) -> TaskPage:
    """What somebody has finished since an instant, newest first."""
    rows = Task.objects.filter(assignee=assignee_id, finished_at__gte=since).order_by("-finished_at", "-id")
    return TaskPage(task_views(rows[:limit]), rows.count())


def of_customer(customer_id: str, *, active: bool | None = None, limit: int = PAGE) -> tuple[TaskView, ...]:
    """A customer's tasks: those to be done by their time, else the newest first."""
    rows = Task.objects.filter(customer_id=customer_id)
    if active is None:
        return task_views(rows.order_by("-id")[:limit])
    if active:
        return task_views(rows.filter(ACTIVE).order_by(F("due_at").asc(nulls_last=True), "id")[:limit])
    return task_views(rows.exclude(ACTIVE).order_by("-finished_at", "-id")[:limit])


def follow_up_of(task_id: int) -> int | None:
    """The number of the next try of a task, where there is one."""
    return Task.objects.filter(follows=task_id).order_by("-pk").values_list("pk", flat=True).first()


def talks_by_channel(customer_id: str, *, since: datetime) -> Counter[str]:
    """How often a customer was talked with since a moment, by the channel of the task."""
    rows = Task.objects.filter(customer_id=customer_id, finished_at__gte=since, outcome__in=core.TALKED)
    counted = rows.order_by().values("channel").annotate(tasks=Count("id"))
    return Counter({row["channel"]: row["tasks"] for row in counted})


def between(*, assignee_id: int, since: datetime, until: datetime) -> tuple[TaskView, ...]:
    """What somebody has to do between two instants by plan or due time, in the order of time."""
    planned = Q(planned_at__gte=since, planned_at__lt=until)
    by_due = Q(planned_at=None, due_at__gte=since, due_at__lt=until)
    rows = Task.objects.filter(ACTIVE & (planned | by_due), assignee=assignee_id)
    return tuple(sorted(task_views(rows[:PAGE_MAX]), key=lambda one: (one.at or one.created_at, one.task_id)))


def visible(
    *,
    user: Account,
    statuses: Collection[str] = (),
    customer_id: str = "",
    after: int = 0,
    limit: int = PAGE,
) -> tuple[TaskView, ...]:
    """The tasks that `user` may see, in the order of their numbers, after the number `after`."""
    rows = Task.objects.filter(access.scope(user, Permission.VIEW_TASKS), pk__gt=after)
    if statuses:
        rows = rows.filter(status__in=statuses)
    if customer_id:
        rows = rows.filter(customer_id=customer_id)
    return task_views(rows.order_by("pk")[: min(limit, PAGE_MAX)])


def taken(keys: Iterable[str]) -> set[str]:
    """Those of these idempotency keys that a task has."""
    rows = Task.objects.filter(idempotency_key__in=list(keys))
    return {key for key in rows.values_list("idempotency_key", flat=True) if key}


def events(task_id: int) -> tuple[TaskEventView, ...]:
    """The history of a task, oldest first."""
    rows = TaskEvent.objects.filter(task=task_id).order_by("id")
    return tuple(TaskEventView(row.at, row.actor, row.action, row.undone_at is not None) for row in rows)


def team(*, user: Account, now: datetime, today: datetime) -> tuple[TeamMember, ...]:
    """How much everybody within reach has to do; `today` is when the day began. The queue comes last."""
    within = access.scope(user, Permission.VIEW_TASKS)
    rows = Task.objects.filter(within).order_by()
    fields = {
        "open": Count("id", filter=ACTIVE),
        "overdue": Count("id", filter=ACTIVE & Q(due_at__lt=now)),
        "done_today": Count("id", filter=Q(status="done", finished_at__gte=today)),
        "at_stake": Sum("at_stake", filter=ACTIVE),
    }
    grouped: Iterable[dict[str, Any]] = rows.values("assignee").annotate(**fields)  # type: ignore[assignment]
    counted = {row["assignee"]: row for row in grouped}
    currency = rows.exclude(currency="").values_list("currency", flat=True).first() or ""
    known = users.names(counted)
    members = [
        TeamMember(
            user_id=user_id,
            name=known.get(user_id or 0, ""),
            open=row["open"],
            overdue=row["overdue"],
            done_today=row["done_today"],
            at_stake=row["at_stake"] or Decimal(0),
            currency=currency,
        )
        for user_id, row in counted.items()
        if row["open"] or row["done_today"]
    ]
    return tuple(sorted(members, key=lambda one: (one.user_id is None, -one.at_stake, one.name)))


def load(user_ids: Collection[int]) -> dict[int, int]:
    """How many tasks these users have to do."""
    rows = Task.objects.filter(ACTIVE, assignee__in=user_ids).order_by().values("assignee")
    return {row["assignee"]: row["tasks"] for row in rows.annotate(tasks=Count("id"))}


def count_overdue(now: datetime) -> int:
    """How many tasks should have been done by now, whoever they are for."""
    return Task.objects.filter(ACTIVE, due_at__lt=now).count()


def _upcoming(until: datetime) -> QuerySet[Task]:
    planned = Q(planned_at__lte=until)
    unplanned = Q(planned_at=None) & (~Q(status="postponed") | Q(due_at__lte=until))
    return Task.objects.filter(ACTIVE & (planned | unplanned))


def _page(rows: QuerySet[Task], limit: int) -> TaskPage:
    ordered = rows.order_by(
        "-is_vip", F("at_stake").desc(nulls_last=True), F("due_at").asc(nulls_last=True), "id"
    )
    return TaskPage(task_views(ordered[:limit]), rows.count())
