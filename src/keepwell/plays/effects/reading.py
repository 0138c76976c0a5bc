"""What customers bought before and after they were warned of, from the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.contracts import FirstWarning

BEFORE_DAYS = 365
SECONDS_A_DAY = 86_400
COUNTED = ("placed", "paid")
UNITS = pa.schema([("customer_id", pa.string()), ("place", pa.int64()), ("entered", pa.float64())])


def purchases(
    warnings: Iterable[FirstWarning], *, days: int, as_of: datetime, currency: str = ""
) -> dict[str, np.ndarray]:
    """For each warning, in order: revenue of the `days` after it, days until the next order, and before.

    Returns:
        `revenue` and `revenue_before` (n,) money, orders net of nothing but cancelled and refunded ones;
        `next_day` (n,) days from the warning to the first order after it, inf where there is none within
        `days`; `orders_before` (n,), both of the 365 days before the warning. Money of another `currency` is
        not added up, where one is named; orders count in any.

    """
    listed = list(warnings)
    units = pa.table(
        {
            "customer_id": [one.customer_id for one in listed],
            "place": np.arange(len(listed)),
            "entered": [one.opened_at.timestamp() for one in listed],
        },
        schema=UNITS,
    )
    found = {name: np.zeros(len(listed)) for name in ("revenue", "revenue_before", "orders_before")}
    found["next_day"] = np.full(len(listed), np.inf)
    if not listed:
        return found
    with engine() as running:
        rows = running.execute(_summed(running, units, days, as_of, currency))
    place = rows["place"].to_numpy()
    for name, values in found.items():
        values[place] = rows[name].fill_null(np.inf if name == "next_day" else 0.0).to_numpy()
    return found


def of_persons(facts: Any, aliases: Mapping[str, str]) -> Any:
    """The facts under the numbers of the records that stay; `aliases` leads there from merged numbers."""
    if not aliases:
        return facts
    known = ibis.memtable(pa.table({"alias_id": list(aliases), "canonical_id": list(aliases.values())}))
    joined = facts.left_join(known, facts.customer_id == known.alias_id)
    person = ibis.coalesce(joined.canonical_id, joined.customer_id)
    return joined.mutate(customer_id=person).drop("alias_id", "canonical_id")


def _summed(running: Any, units: pa.Table, days: int, as_of: datetime, currency: str) -> Any:
    orders = history.scan("orders", as_of=as_of, engine=running)
    orders = orders.filter(orders.status.isin(COUNTED))
    orders = orders.select("customer_id", "ordered_at", "amount", "currency")
    orders = of_persons(orders, identity.canonical_ids())
    asked = ibis.memtable(units)
    both = asked.join(orders, "customer_id")
    day = (both.ordered_at.epoch_seconds().cast("float64") - both.entered) / SECONDS_A_DAY
    after = (day > 0) & (day <= days)
    before = (day <= 0) & (day > -BEFORE_DAYS)
    money = both.amount.cast("float64")
    own = (both.currency == currency) if currency else ibis.literal(True)
    return both.group_by("place").agg(
        revenue=money.sum(where=after & own),
        next_day=day.min(where=after),
        revenue_before=money.sum(where=before & own),
        orders_before=before.sum().cast("float64"),
    )
