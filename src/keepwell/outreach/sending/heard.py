"""What customers wrote, as it was kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from keepwell.outreach.channels.contracts import HeardKind
from keepwell.outreach.sending.models import HeardRow
from keepwell.outreach.sending.services.hearing import Said, fact_key


def said_between(since: datetime, until: datetime, *, limit: int) -> Iterator[Said]:
    """Messages with words that customers sent between two moments, the newest first, at most `limit`."""
    rows = HeardRow.objects.filter(kind=HeardKind.MESSAGE, at__gte=since, at__lt=until).order_by("-at", "-pk")
    for row in rows[:limit].iterator(chunk_size=1_000):
        if row.text.strip():
            key = fact_key(row.channel, row.customer_id, row.key)
            yield Said(key, row.customer_id, row.channel, row.at, row.received_at, row.text)
