"""What a version said after each change, and which of it holds now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keepwell.outreach.journeys.models import Draft, JourneyVersion

KEPT = 100


def keep(row: JourneyVersion, told: Mapping[str, Any], *, what: str, actor: str, now: datetime) -> None:
    """Let the version say `told`, and keep what it said before; what was taken back is forgotten."""
    if row.pk is not None:
        if not row.drafts.exists():
            by = {"made_at": row.updated_at, "made_by": row.updated_by}
            Draft.objects.create(version=row, place=row.place, definition=row.definition, **by)
        row.drafts.filter(place__gt=row.place).delete()
        row.place += 1
    _say(row, told, actor, now)
    Draft.objects.create(version=row, place=row.place, definition=told, what=what, made_at=now, made_by=actor)
    row.drafts.filter(place__lte=row.place - KEPT).delete()


def step(row: JourneyVersion, by: int, *, actor: str, now: datetime) -> bool:
    """Say what it said one change before (-1) or after (1); False where there is none."""
    other = row.drafts.filter(place=row.place + by).first()
    if other is None:
        return False
    row.place = other.place
    _say(row, other.definition, actor, now)
    return True


def _say(row: JourneyVersion, told: Mapping[str, Any], actor: str, now: datetime) -> None:
    row.definition, row.revision = told, row.revision + 1
    row.updated_at, row.updated_by = now, actor
    row.save()
