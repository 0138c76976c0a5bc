"""Orders that later messages change: found in the batch, the outbox or the lake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keepwell.history import queries as history
from keepwell.integrations.contracts import MessageError
from keepwell.integrations.tracking import orders
from keepwell.integrations.tracking.mapping import Mapped


def apply_changes(taken: Iterable[Mapped]) -> dict[str, MessageError]:
    """Give refunds and cancellations the changed order as their fact; returns what names no known order."""
    book: dict[str, Mapping[str, Any]] = {}
    unknown: dict[str, MessageError] = {}
    messages = list(taken)
    asked = {one.change.order_id for one in messages if one.change}
    if not asked:
        return unknown
    stored = history.facts("orders", sorted(asked))
    for one in messages:
        book.update({fact["order_id"]: fact for table, fact in one.facts if table == "orders"})
        if one.change is None:
            continue
        order = book.get(one.change.order_id) or stored.get(one.change.order_id)
        if order is None:
            unknown[one.digest] = MessageError("unknown_order", "no order with this order_id is known")
            continue
        book[one.change.order_id] = changed = orders.changed(order, one.change)
        one.facts = [("orders", changed)]
        one.customer_id = str(changed["customer_id"])
    return unknown
