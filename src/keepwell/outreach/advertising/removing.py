"""Take people off lists: what the platform has is noted as a removal, the rest is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from keepwell.foundation.rows import among
from keepwell.outreach.advertising.models import AudienceMember, Removal


def take_off(rows: Sequence[AudienceMember], *, now: datetime) -> int:
    """Delete these places within the caller's transaction; how many removals are due from it."""
    due = [
        Removal(audience_id=row.audience_id, digests=row.digests, since=now)
        for row in rows
        if row.handed_at is not None
    ]
    Removal.objects.bulk_create(due, batch_size=1_000)
    AudienceMember.objects.filter(among("pk", [row.pk for row in rows])).delete()
    return len(due)
