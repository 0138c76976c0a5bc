"""From a message to what is written: facts, a record, a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from keepwell.customers.contracts import CustomerRow
from keepwell.integrations.tracking import behaviour, messages, orders, people
from keepwell.integrations.tracking.messages import Message

Fact = tuple[str, Mapping[str, Any]]


@dataclass(slots=True)
class Mapped:
    """What one message brings. `link` is (visitor, customer number): both are the same person."""

    digest: str
    customer_id: str
    facts: list[Fact] = field(default_factory=list)
    record: CustomerRow | None = None
    link: tuple[str, str] | None = None
    change: orders.Change | None = None
    is_visitor: bool = False


def mapped(raw: Any, *, source: str, received_at: datetime, skew: timedelta, currency: str) -> Mapped:
    """Read one message and say what it brings. Raises MessageError."""
    message = messages.read(raw, source=source, received_at=received_at, skew=skew)
    who = people.of(message)
    found = Mapped(message.digest, who.customer_id, is_visitor=not message.user_id)
    if message.type == "alias":
        _alias(message, who.customer_id, found)
    elif message.type in ("identify", "group"):
        found.record = people.record(message, who)
        if message.type == "identify" and message.user_id and message.anonymous_id:
            found.link = (message.anonymous_id, who.customer_id)
        if found.is_visitor:
            found.record = None  # what a form said before anybody was known: there is nobody to tell it of
    else:
        _behaviour(message, found, currency)
        if who.contact:
            found.record = people.record(message, who)
    return found


def _behaviour(message: Message, found: Mapped, currency: str) -> None:
    event = message.event.casefold()
    if event in orders.PLACED:
        found.facts = orders.order(message, found.customer_id, currency=currency)
    elif event in orders.UNDONE:
        found.change = orders.change(message)
    else:
        found.facts = [("interactions", behaviour.interaction(message, found.customer_id))]


def _alias(message: Message, customer_id: str, found: Mapped) -> None:
    if message.user_id and message.previous_id != message.user_id:
        found.link = (message.previous_id, customer_id)
