"""What the customers of a lot bought, and what their messages cost; reads only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.sending import queries as sending
from keepwell.plays import queries as plays
from keepwell.plays.effects.reading import BEFORE_DAYS, COUNTED, SECONDS_A_DAY, UNITS, of_persons
from keepwell.plays.experiments import outcomes
from keepwell.plays.experiments import reading as orders
from keepwell.plays.experiments.outcomes import Sample
from keepwell.plays.lifts.core import Bought, Floats


def bought(sample: Sample, *, days: int, as_of: datetime, gross_margin: float) -> Bought:
    """The orders of each customer within `days` after they were dealt; money by currency."""
    rows = orders.bought(sample, days=days, as_of=as_of, gross_margin=gross_margin)
    place, currency = rows["place"].to_numpy(), rows["currency"].to_numpy(zero_copy_only=False)
    count = np.zeros(len(sample))
    np.add.at(count, place, rows["orders"].to_numpy())
    money: dict[str, dict[str, Floats]] = {"revenue": {}, "contribution": {}}
    for one in sorted(set(currency.tolist()), key=str):
        mine = currency == one
        for name, by_currency in money.items():
            values = np.zeros(len(sample))
            values[place[mine]] = rows[name].to_numpy()[mine]
            by_currency[str(one or "")] = values
    return Bought(count, money["revenue"], money["contribution"])


def before(customer_ids: tuple[str, ...], entered: Floats, *, as_of: datetime) -> Floats:
    """What was known of each when they were dealt, (n, k): orders and revenue of the year before."""
    found = {name: np.zeros(len(customer_ids)) for name in ("orders", "revenue")}
    if len(customer_ids):
        aliases = identity.canonical_ids()
        numbers = [aliases.get(one, one) for one in customer_ids]
        units = pa.table(
            {"customer_id": numbers, "place": np.arange(len(numbers)), "entered": entered}, schema=UNITS
        )
        with engine() as running:
            rows = running.execute(_before(running, units, as_of, aliases))
        for name, values in found.items():
            values[rows["place"].to_numpy()] = rows[name].fill_null(0.0).to_numpy()
    # Money on a scale that a few large customers do not rule.
    return outcomes.past(found["orders"], np.log1p(np.maximum(found["revenue"], 0.0)))


def _before(running: Any, units: pa.Table, as_of: datetime, aliases: Mapping[str, str]) -> Any:
    facts = history.scan("orders", as_of=as_of, engine=running)
    facts = facts.filter(facts.status.isin(COUNTED)).select("customer_id", "ordered_at", "amount")
    both = ibis.memtable(units).join(of_persons(facts, aliases), "customer_id")
    day = (both.ordered_at.epoch_seconds().cast("float64") - both.entered) / SECONDS_A_DAY
    both = both.filter((day <= 0) & (day > -BEFORE_DAYS))
    return both.group_by("place").agg(
        orders=both.count().cast("float64"), revenue=both.amount.cast("float64").sum()
    )


def prices() -> dict[str, Decimal]:
    """What one message costs, by channel: the least that a treatment without an offer costs there."""
    found: dict[str, Decimal] = {}
    for one in plays.treatments(active_only=True):
        if one.channel and not one.order_cost_share:
            found[one.channel] = min(one.unit_cost, found.get(one.channel, one.unit_cost))
    return found


def costs(origin: str, customer_ids: tuple[str, ...], entered: Floats, *, days: int) -> tuple[Floats, bool]:
    """(n,) money that messages of one origin cost within the days, and whether each one's price is known."""
    place = {one: number for number, one in enumerate(customer_ids)}
    aliases, by_channel = identity.canonical_ids(), prices()
    spent, known = np.zeros(len(customer_ids)), True
    for number, channel, at in sending.gone(origin):
        mine = place.get(number, place.get(aliases.get(number, number)))
        if mine is None or not 0 <= at.timestamp() - entered[mine] <= days * SECONDS_A_DAY:
            continue  # what went before was of another lot, or of none
        known = known and channel in by_channel
        spent[mine] += float(by_channel.get(channel, 0))
    return spent, known
