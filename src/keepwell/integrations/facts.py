"""Live facts that the outside is told of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.history.contracts import LiveFact
from keepwell.integrations.contracts import EventType
from keepwell.integrations.webhooks import events
from keepwell.integrations.webhooks.events import Event
from keepwell.outreach.journeys.contracts import REQUEST_TYPE

# The type of an interaction that another room records -> what is told.
SEGMENT_TYPES = {"segment_entered": EventType.SEGMENT_ENTERED, "segment_left": EventType.SEGMENT_LEFT}
TASK = "task-"


def subscribe() -> None:
    """Listen to the facts that make events."""
    history.subscribe(tables=["orders", "interactions"], handler=tell)


def tell(facts: Sequence[LiveFact]) -> None:
    """Make events of live facts; each once, by its key and what it says."""
    events.publish(found(facts), now=clock.now())


def found(facts: Sequence[LiveFact]) -> Iterator[Event]:
    """The events that `facts` are."""
    for fact in facts:
        if fact.table == "orders":
            yield _order(fact)
        elif (kind := SEGMENT_TYPES.get(fact.data["type"])) is not None:
            yield _event(kind, fact, {"segment": fact.data.get("subject")})
        elif fact.data["type"] == REQUEST_TYPE:
            yield _event(EventType.JOURNEY_REQUEST, fact, orjson.loads(fact.data.get("properties") or "{}"))
        elif fact.key.startswith(TASK) and fact.data["type"] != "withdrawn":
            said = orjson.loads(fact.data.get("properties") or "{}")
            told = {name: said.get(name) for name in ("task", "outcome", "response")}
            yield _event(EventType.TASK_COMPLETED, fact, told)


def _order(fact: LiveFact) -> Event:
    names = ("order_id", "amount", "currency", "status", "channel", "store")
    told = {name: fact.data.get(name) for name in names}
    return _event(EventType.ORDER_RECORDED, fact, {**told, "ordered_at": fact.data["ordered_at"].isoformat()})


def _event(kind: EventType, fact: LiveFact, data: dict[str, object]) -> Event:
    at = fact.data.get("ordered_at") or fact.data.get("at") or fact.recorded_at
    key = f"{fact.table}\0{fact.key}\0{fact.recorded_at.isoformat()}"
    return Event(kind, key, fact.customer_id, at, {"customer_id": fact.customer_id, **data})
