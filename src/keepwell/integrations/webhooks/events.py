"""What is told: small events that name things by number and hold no personal data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from django.db.models import Q

from keepwell.integrations.contracts import EventType
from keepwell.integrations.models import WebhookDelivery, WebhookEndpoint


@dataclass(frozen=True)
class Event:
    """Something that happened. `key` tells it from every other; the same key is told once."""

    type: EventType
    key: str
    customer_id: str
    at: datetime
    data: Mapping[str, Any]
    known_at: datetime | None = None  # addresses added later are not told of it


def publish(events: Iterable[Event], *, now: datetime) -> int:
    """Put events on their way to whoever asked for them, in the caller's transaction; returns how many
    deliveries were made. An event that is known already makes none.
    """
    endpoints = list(WebhookEndpoint.objects.filter(active=True))
    if not endpoints:
        return 0
    rows = [
        delivery(endpoint, event, now)
        for event in events
        for endpoint in endpoints
        if event.type in endpoint.event_types
        and (event.known_at is None or event.known_at >= endpoint.created_at)
    ]
    known = set(
        WebhookDelivery.objects.filter(
            Q(event_key__in=[row.event_key for row in rows]), endpoint__in=endpoints
        ).values_list("endpoint_id", "event_key")
    )
    new = [row for row in rows if (row.endpoint_id, row.event_key) not in known]
    WebhookDelivery.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new)


def delivery(endpoint: WebhookEndpoint, event: Event, now: datetime) -> WebhookDelivery:
    """The row for one event and one address, not saved; ids sort as they were made."""
    key = sha256(f"{event.type}\0{event.key}".encode()).hexdigest()
    number = sha256(f"{endpoint.pk}\0{key}".encode()).hexdigest()[:16]
    payload = {"type": str(event.type), "timestamp": event.at.isoformat(), "data": _plain(event.data)}
    return WebhookDelivery(
        delivery_id=f"msg_{int(now.timestamp() * 1000):012x}{number}",
        endpoint=endpoint,
        event_type=str(event.type),
        event_key=key,
        customer_id=event.customer_id[:64],
        payload=payload,
        created_at=now,
        next_at=now,
    )


def _plain(data: Mapping[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(dict(data), default=str))
