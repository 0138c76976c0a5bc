"""What can be asked about groups."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from keepwell.outreach.groups.contracts import GroupView
from keepwell.outreach.groups.models import GroupNotice, NoticeGroup


def groups() -> list[GroupView]:
    """Every group, by name."""
    return [_view(row) for row in _counted()]


def group(group_id: int) -> GroupView | None:
    """One group, or None."""
    row = _counted().filter(pk=group_id).first()
    return _view(row) if row else None


def is_due(*, now: datetime) -> bool:
    """Whether a group is to be told something."""
    return GroupNotice.objects.filter(finished_at=None, due_at__lte=now, group__active=True).exists()


def _counted() -> QuerySet[NoticeGroup]:
    return NoticeGroup.objects.annotate(waiting=Count("notices", filter=Q(notices__finished_at=None)))


def _view(row: NoticeGroup) -> GroupView:
    return GroupView(
        group_id=row.pk,
        name=row.name,
        service=row.service,
        language=row.language,
        kinds=tuple(row.kinds),
        active=row.active,
        last_error=row.last_error,
        last_sent_at=row.last_sent_at,
        waiting=getattr(row, "waiting", 0),
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
