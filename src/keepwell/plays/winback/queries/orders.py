"""Orders after a moment, from the history: whether somebody came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine

COUNTED = ("placed", "paid")
MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Order:
    """The first order after a moment."""

    order_id: str
    ordered_at: datetime
    amount: Decimal


def first_after(asked: Mapping[int, tuple[str, datetime, datetime]], *, now: datetime) -> dict[int, Order]:
    """The first order of each after its moment and until its end: number -> (customer, after, until).

    Orders of merged records count for the record that stays; cancelled and refunded ones do not count.
    """
    if not asked:
        return {}
    units = pa.table(
        {
            "place": pa.array(list(asked), pa.int64()),
            "customer_id": pa.array([one[0] for one in asked.values()], pa.string()),
            "after": pa.array([one[1] for one in asked.values()], MOMENT),
            "until": pa.array([min(one[2], now) for one in asked.values()], MOMENT),
        }
    )
    with engine() as running:
        rows = running.execute(_first(running, units, now))
    return {
        row["place"]: Order(row["order_id"], row["ordered_at"], Decimal(row["amount"]))
        for row in rows.to_pylist()
    }


def _first(running: Any, units: pa.Table, now: datetime) -> Any:
    orders = history.scan("orders", as_of=now, engine=running)
    orders = orders.filter(orders.status.isin(COUNTED))
    orders = orders.select("order_id", "customer_id", "ordered_at", "amount")
    aliases = dict(identity.aliases())
    if aliases:
        known = ibis.memtable(pa.table({"alias_id": list(aliases), "canonical_id": list(aliases.values())}))
        joined = orders.left_join(known, orders.customer_id == known.alias_id)
        person = ibis.coalesce(joined.canonical_id, joined.customer_id)
        orders = joined.select("order_id", "ordered_at", "amount", customer_id=person)
    both = ibis.memtable(units).join(orders, "customer_id")
    within = both.filter((both.ordered_at > both.after) & (both.ordered_at <= both.until))
    ranked = within.mutate(
        rank=ibis.row_number().over(group_by="place", order_by=[within.ordered_at, within.order_id])
    )
    return ranked.filter(ranked["rank"] == 0).select("place", "order_id", "ordered_at", "amount")
