"""What the shop's system answers to a request of a journey, and whether it is still wanted."""

from __future__ import annotations

from datetime import datetime

import orjson

from keepwell.history import services as history
from keepwell.integrations.contracts import EventType
from keepwell.integrations.models import WebhookDelivery
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys.contracts import ANSWER_TYPE

SOURCE = "keepwell"
ACCEPTED, REFUSED = "accepted", "refused"
# The other side has understood and says no; posting it again would not help.
NO = frozenset({402, 409, 422})
LATER = 202  # taken, and answered later by a fact of its own


def is_request(row: WebhookDelivery) -> bool:
    """Whether it asks for something."""
    return row.event_type == EventType.JOURNEY_REQUEST


def is_late(row: WebhookDelivery, now: datetime) -> bool:
    """Whether nobody waits for its answer: its time is over, or the customer's journey has gone on."""
    if not is_request(row):
        return False
    data = row.payload["data"]
    return datetime.fromisoformat(data["not_after"]) <= now or not journeys.is_awaited(data["request"])


def give_up(row: WebhookDelivery) -> None:
    """Post it no more."""
    row.status, row.leased_until, row.last_error = WebhookDelivery.Status.FAILED, None, "not wanted any more"
    row.save(update_fields=["status", "leased_until", "last_error"])


def decided(row: WebhookDelivery, status: int | None, body: bytes | None) -> str:
    """ACCEPTED or REFUSED; "" where nothing is decided yet, and for what asks for nothing.

    What the body says as {"outcome": "accepted" | "refused" | "pending"} stands; without it 202 is answered
    later, any other success accepts.
    """
    if not is_request(row) or status is None:
        return ""
    if status in NO:
        return REFUSED
    if not 200 <= status < 300:
        return ""
    try:
        said = orjson.loads(body or b"")
    except orjson.JSONDecodeError:
        said = None
    outcome = said.get("outcome") if isinstance(said, dict) else None
    if outcome in (ACCEPTED, REFUSED):
        return str(outcome)
    return "" if outcome == "pending" or status == LATER else ACCEPTED


def record(row: WebhookDelivery, outcome: str, status: int | None, at: datetime) -> None:
    """The answer as a fact, in the caller's transaction: it wakes whoever waits for it."""
    data = row.payload["data"]
    said = {"request": data["request"], "what": data["what"], "outcome": outcome, "status": status}
    fact = {
        "interaction_id": f"answer-{data['request']}",
        "customer_id": data["customer_id"],
        "at": at,
        "channel": None,
        "type": ANSWER_TYPE,
        "subject": f"{data['request']}:{outcome}",
        "properties": orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode(),
    }
    history.record(table="interactions", fact=fact, source=SOURCE)
