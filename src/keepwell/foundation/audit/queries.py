"""What can be asked of the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from keepwell.foundation.audit.models import AuditEntry


@dataclass(frozen=True)
class EntryView:
    """One entry: who did what to which object."""

    entry_id: int
    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any]
    entry_hash: str


@dataclass(frozen=True)
class AuditFilter:
    """Which entries; what is empty does not filter. `action` may be the beginning of one."""

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(
    wanted: AuditFilter | None = None, *, before_id: int | None = None, limit: int = 100
) -> list[EntryView]:
    """The newest entries; `before_id` continues an earlier answer."""
    rows = _filtered(wanted or AuditFilter()).order_by("-id")
    if before_id is not None:
        rows = rows.filter(pk__lt=before_id)
    return [_view(row) for row in rows[:limit]]


def iter_entries(wanted: AuditFilter | None = None) -> Iterator[EntryView]:
    """All entries, oldest first, streamed."""
    for row in _filtered(wanted or AuditFilter()).order_by("id").iterator(chunk_size=2_000):
        yield _view(row)


def count() -> int:
    """How many entries there are."""
    return AuditEntry.objects.count()


def choices() -> dict[str, list[str]]:
    """The actors, actions and kinds of object that the log knows, to filter by."""
    return {
        name: sorted(filter(None, AuditEntry.objects.order_by().values_list(name, flat=True).distinct()))
        for name in ("actor", "action", "object_type")
    }


def _filtered(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.all()
    exact = {"actor": wanted.actor, "object_type": wanted.object_type, "object_id": wanted.object_id}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if wanted.action:
        rows = rows.filter(action__startswith=wanted.action)
    if wanted.since is not None:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(at__lte=wanted.until)
    return rows


def _view(row: AuditEntry) -> EntryView:
    return EntryView(
        row.pk, row.at, row.actor, row.action, row.object_type, row.object_id, row.details, row.entry_hash
    )
