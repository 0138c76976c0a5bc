"""What was known of members before they were dealt out, from the history: covariates, one scan for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.insight import queries as insight

Floats = NDArray[np.float64]
COUNTED = ("placed", "paid")
NAMES = ("past_orders", "past_revenue", "past_margin", "past_satisfaction")
UNITS = pa.schema([("customer_id", pa.string()), ("place", pa.int64())])


def before(customer_ids: Sequence[str], *, at: datetime, days: int) -> dict[str, Floats]:
    """Of the `days` before `at`, for each customer in order: (n,) each.

    Returns:
        `past_orders`, those that were not cancelled or refunded; `past_revenue` and `past_margin` in money
        (amount less cost, or amount times the gross margin of the settings where there is no cost);
        `past_satisfaction`, the mean answer to csat, NaN where there was none.

    """
    found = {name: np.zeros(len(customer_ids)) for name in NAMES}
    found["past_satisfaction"][:] = np.nan
    if not len(customer_ids):
        return found
    units = pa.table({"customer_id": list(customer_ids), "place": np.arange(len(customer_ids))}, schema=UNITS)
    margin = insight.thresholds().gross_margin
    with engine() as running:
        bought = running.execute(_bought(running, units, at, days, margin))
        said = running.execute(_said(running, units, at, days))
    for rows in (bought, said):
        place = rows["place"].to_numpy()
        for name in set(rows.column_names) - {"place"}:
            found[name][place] = rows[name].fill_null(np.nan).to_numpy()
    return found


def _bought(running: Any, units: pa.Table, at: datetime, days: int, margin: float) -> Any:
    orders = history.scan("orders", as_of=at, engine=running)
    orders = orders.filter(orders.status.isin(COUNTED), orders.ordered_at > at - timedelta(days=days))
    both = _persons(orders.select("customer_id", "amount", "cost"), units)
    money = both.amount.cast("float64")
    earned = ibis.coalesce(money - both.cost.cast("float64"), money * margin)
    return both.group_by("place").agg(
        past_orders=both.count().cast("float64"), past_revenue=money.sum(), past_margin=earned.sum()
    )


def _said(running: Any, units: pa.Table, at: datetime, days: int) -> Any:
    answers = history.scan("answers", as_of=at, engine=running)
    answers = answers.filter(answers.metric == "csat", answers.at > at - timedelta(days=days))
    both = _persons(answers.select("customer_id", "score"), units)
    return both.group_by("place").agg(past_satisfaction=both.score.mean())


def _persons(facts: Any, units: pa.Table) -> Any:
    """The facts of these customers, with those under merged numbers."""
    aliases = dict(identity.aliases())
    if aliases:
        known = ibis.memtable(pa.table({"alias_id": list(aliases), "canonical_id": list(aliases.values())}))
        joined = facts.left_join(known, facts.customer_id == known.alias_id)
        person = ibis.coalesce(joined.canonical_id, joined.customer_id)
        facts = joined.mutate(customer_id=person).drop("alias_id", "canonical_id")
    return ibis.memtable(units).join(facts, "customer_id")
