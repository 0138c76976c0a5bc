"""What customers wrote, as it was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count

from keepwell.customers.identity import queries as identity
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


def has_ended(customer_id: str, channel: str) -> bool:
    """Whether a customer asked on this channel to hear no more; those of merged records too."""
    mine = HeardRow.objects.filter(customer_id__in=identity.fact_ids(customer_id), channel=channel)
    return mine.filter(kind=HeardKind.STOP).exists()


def channels_of(customer_id: str, *, since: datetime) -> Counter[str]:
    """How many messages a customer sent on each channel since a moment; those of merged records too."""
    rows = HeardRow.objects.filter(
        customer_id__in=identity.fact_ids(customer_id), kind=HeardKind.MESSAGE, at__gte=since
    )
    counted = rows.order_by().values("channel").annotate(messages=Count("id"))
    return Counter({row["channel"]: row["messages"] for row in counted})
