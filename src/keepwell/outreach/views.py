"""From rows to the frozen values of the contract."""

from __future__ import annotations

from collections.abc import Iterable

from keepwell.insight.contracts import Reason
from keepwell.outreach import users
from keepwell.outreach.contracts import Kind, Status, TaskView
from keepwell.outreach.models import Task

SAME = (
    "customer_id", "channel", "title", "response", "treatment", "at_stake", "currency", "due_at",
    "planned_at", "assignee_id", "team_id", "outcome", "kept", "need", "dissatisfaction", "solution",
    "attempt", "created_at", "created_by", "finished_at", "finished_by", "alert_id",
    "play", "script", "is_vip",
)  # fmt: skip


def task_view(row: Task, assignee_name: str = "") -> TaskView:
    """The view of one task."""
    return TaskView(
        task_id=row.pk,
        kind=Kind(row.kind),
        status=Status(row.status),
        reasons=tuple(Reason(one["code"], one["figures"], one["weight"]) for one in row.reasons),
        remedies=tuple(row.remedies),
        assignee_name=assignee_name,
        **{name: getattr(row, name) for name in SAME},
    )


def task_views(rows: Iterable[Task]) -> tuple[TaskView, ...]:
    """The views of tasks, their assignees named by one query."""
    listed = list(rows)
    known = users.names(row.assignee_id for row in listed)
    return tuple(task_view(row, known.get(row.assignee_id or 0, "")) for row in listed)
