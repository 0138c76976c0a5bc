"""Orders that later messages change: found in the batch, the outbox or the lake."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from django.db import connection

from keepwell.history import queries as history
from keepwell.integrations.contracts import MessageError
from keepwell.integrations.tracking import orders
from keepwell.integrations.tracking.mapping import Mapped


def apply_changes(taken: Iterable[Mapped]) -> dict[str, MessageError]:
    """Give refunds and cancellations the changed order as their fact; returns what names no known order.

    `taken` are new messages only. Until the caller's transaction ends nobody else changes these orders, so
    that what another refund leaves of one is seen.
    """
    book: dict[str, Mapping[str, Any]] = {}
    unknown: dict[str, MessageError] = {}
    messages = list(taken)
    asked = {one.change.order_id for one in messages if one.change}
    if not asked:
        return unknown
    _hold(asked)
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


def _hold(order_ids: Collection[str]) -> None:
    """Wait for other transactions that change these orders. SQLite lets one transaction write at a time."""
    if connection.vendor != "postgresql":
        return
    digests = (blake2b(f"order {one}".encode(), digest_size=8).digest() for one in order_ids)
    numbers = sorted({int.from_bytes(digest, signed=True) for digest in digests})
    with connection.cursor() as cursor:
        # In order, so that two batches that share orders do not lock each other out.
        cursor.execute("SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers])
