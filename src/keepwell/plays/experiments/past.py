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
from keepwell.plays.effects.reading import COUNTED, of_persons

Floats = NDArray[np.float64]
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
    orders = of_persons(orders.select("customer_id", "amount", "cost"), identity.canonical_ids())
    both = ibis.memtable(units).join(orders, "customer_id")
    money = both.amount.cast("float64")
    earned = ibis.coalesce(money - both.cost.cast("float64"), money * margin)
    return both.group_by("place").agg(
        past_orders=both.count().cast("float64"), past_revenue=money.sum(), past_margin=earned.sum()
    )


def _said(running: Any, units: pa.Table, at: datetime, days: int) -> Any:
    answers = history.scan("answers", as_of=at, engine=running)
    answers = answers.filter(answers.metric == "csat", answers.at > at - timedelta(days=days))
    answers = of_persons(answers.select("customer_id", "score"), identity.canonical_ids())
    both = ibis.memtable(units).join(answers, "customer_id")
    return both.group_by("place").agg(past_satisfaction=both.score.mean())
