"""Events that do not come from facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from keepwell.integrations.contracts import EventType
from keepwell.integrations.webhooks import events


def tell(
    *, event_type: EventType, key: str, data: Mapping[str, Any], now: datetime, customer_id: str = ""
) -> int:
    """Tell whoever asked for it of one event, in the caller's transaction; `key` tells it from others.

    `data` are codes, numbers and figures, no names and no contact data. Returns the deliveries made.
    """
    return events.publish([events.Event(event_type, key, customer_id, now, data)], now=now)


def tell_updated(*, customer_ids: Collection[str], key: str, now: datetime) -> int:
    """Tell that customer records were changed; `key` names the change."""
    found = [
        events.Event(EventType.CUSTOMER_UPDATED, f"{key}\0{number}", number, now, {"customer_id": number})
        for number in sorted(customer_ids)
    ]
    return events.publish(found, now=now)
