"""What customers did after they were assigned, from the history; reads only, one pass over each table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.plays.effects.reading import COUNTED, SECONDS_A_DAY, UNITS, of_persons
from keepwell.plays.experiments.outcomes import Outcomes, Sample

ENDED = ("unsubscribed", "complained")
# Lowest and highest answer of the scales whose ends are known.
SCALES = {"nps": (0.0, 10.0), "csat": (1.0, 5.0), "ces": (1.0, 7.0)}
TICKET_SCALE = SCALES["csat"]
EMPTY = {"next_day": np.inf, "satisfaction": np.nan, "solving_days": np.nan}
NAMES = (
    "next_day", "revenue", "contribution", "satisfaction", "complaints", "unsubscribed", "converted",
    "solving_days", "solved",
)  # fmt: skip
SOLVED = ("resolved", "closed")
# Of the history of tasks, whose properties are written with sorted keys and no spaces.
TALK, STAYS = "task-", '"outcome":"staying"'


def outcomes(units: Sample, *, days: int, as_of: datetime, gross_margin: float, currency: str) -> Outcomes:
    """For each member, in order: what happened within `days` after the assignment and until `as_of`.

    Orders that were cancelled or refunded do not count. Money of another `currency` than the play's is not
    added ("" where the play has none yet: all is one), though the order counts as one. What an order cost is
    its own cost, else that of its products where all of them are known, else what `gross_margin` leaves of
    its amount. Orders of merged records count for the record that stays; where both are members, for both.
    """
    found = {name: np.full(len(units), EMPTY.get(name, 0.0)) for name in NAMES}
    if not len(units):
        return Outcomes(**found)
    aliases = identity.canonical_ids()
    numbers = [aliases.get(one, one) for one in units.customer_id]
    asked = pa.table(
        {"customer_id": numbers, "place": np.arange(len(units)), "entered": units.entered},
        schema=UNITS,
    )
    with engine() as running:
        people = ibis.memtable(asked)
        window = _Window(running, people, days, as_of, aliases)
        for rows in (
            running.execute(_orders(window, gross_margin, currency)),
            running.execute(_satisfaction(window)),
            running.execute(_complaints(window)),
            running.execute(_ended(window)),
            running.execute(_converted(window)),
            running.execute(_solving(window)),
        ):
            place = rows["place"].to_numpy()
            for name in rows.column_names:
                if name != "place":
                    found[name][place] = (
                        rows[name].cast(pa.float64()).fill_null(EMPTY.get(name, 0.0)).to_numpy()
                    )
    return Outcomes(**found)


BOUGHT = pa.schema(
    [("place", pa.int64()), ("currency", pa.string()), ("next_day", pa.float64()), ("orders", pa.float64()),
     ("revenue", pa.float64()), ("contribution", pa.float64())]
)  # fmt: skip


def bought(units: Sample, *, days: int, as_of: datetime, gross_margin: float) -> pa.Table:
    """The orders of each member within `days` after the assignment, one row for each currency: `BOUGHT`.

    `place` is that of the member in `units`; who ordered nothing has no row. Orders count as in `outcomes`.
    """
    if not len(units):
        return BOUGHT.empty_table()
    aliases = identity.canonical_ids()
    numbers = [aliases.get(one, one) for one in units.customer_id]
    asked = pa.table(
        {"customer_id": numbers, "place": np.arange(len(units)), "entered": units.entered},
        schema=UNITS,
    )
    with engine() as running:
        window = _Window(running, ibis.memtable(asked), days, as_of, aliases)
        return running.execute(_by_currency(window, gross_margin)).select(BOUGHT.names).cast(BOUGHT)


class _Window:
    """Facts of the members within the days after their assignment."""

    def __init__(
        self, running: Any, people: Any, days: int, as_of: datetime, aliases: Mapping[str, str]
    ) -> None:
        self.running, self.people, self.days, self.as_of = running, people, days, as_of
        self.aliases = aliases

    def facts(self, table: str, time: str, *columns: str) -> Any:
        """Rows of `table` within the days, with `place` and `day` (days after the assignment)."""
        both = self.every(table, time, *columns)
        return both.filter((both.day > 0) & (both.day <= self.days))

    def every(self, table: str, time: str, *columns: str) -> Any:
        """All rows of `table`, also before the assignment; `last` is the day until which facts are known."""
        rows = history.scan(table, as_of=self.as_of, engine=self.running)
        rows = of_persons(rows.select("customer_id", *columns, at=rows[time]), self.aliases)
        both = self.people.join(rows, "customer_id")
        return both.mutate(
            day=(both.at.epoch_seconds().cast("float64") - both.entered) / SECONDS_A_DAY,
            last=(self.as_of.timestamp() - both.entered) / SECONDS_A_DAY,
        )


def _orders(window: _Window, gross_margin: float, currency: str) -> Any:
    """One row for each member; money in one currency, or in all where none is asked for."""
    joined, amount, gain = _valued(window, gross_margin)
    own = (joined.currency == currency) if currency else ibis.literal(True)
    return joined.group_by("place").agg(
        next_day=joined.day.min(), revenue=amount.sum(where=own), contribution=gain.sum(where=own)
    )


def _by_currency(window: _Window, gross_margin: float) -> Any:
    """One row for each member and currency."""
    joined, amount, gain = _valued(window, gross_margin)
    return joined.group_by("place", "currency").agg(
        next_day=joined.day.min(),
        orders=joined.count().cast("float64"),
        revenue=amount.sum(),
        contribution=gain.sum(),
    )


def _valued(window: _Window, gross_margin: float) -> tuple[Any, Any, Any]:
    """The orders that count, with what each brought and what is left of it after its cost."""
    orders = window.facts("orders", "ordered_at", "order_id", "amount", "currency", "cost", "status")
    orders = orders.filter(orders.status.isin(COUNTED))
    joined = orders.left_join(_item_costs(window, orders), "order_id")
    amount = joined.amount.cast("float64")
    cost = ibis.coalesce(joined.cost.cast("float64"), joined.item_cost, amount * (1.0 - gross_margin))
    return joined, amount, amount - cost


def _item_costs(window: _Window, orders: Any) -> Any:
    """What the products of each order cost, where the cost of all of them is known."""
    items = history.scan("order_items", engine=window.running).select("order_id", "product_id", "quantity")
    items = items.semi_join(orders.filter(orders.cost.isnull()), "order_id")
    products = history.scan("products", engine=window.running)
    products = products.select("product_id", unit_cost=products.cost.cast("float64"))
    lines = items.left_join(products, "product_id")
    summed = lines.group_by("order_id").agg(
        total=(lines.quantity * lines.unit_cost).sum(), unknown=lines.unit_cost.isnull().sum()
    )
    known = summed.filter(summed.unknown == 0)
    return known.select("order_id", item_cost=known.total.cast("float64"))


def _satisfaction(window: _Window) -> Any:
    answers = window.facts("answers", "at", "metric", "score")
    low = answers.metric.cases(*[(name, ends[0]) for name, ends in SCALES.items()], else_=None)
    span = answers.metric.cases(*[(name, ends[1] - ends[0]) for name, ends in SCALES.items()], else_=None)
    answers = answers.select("place", value=(answers.score - low) / span)
    tickets = window.facts("tickets", "at", "satisfaction")
    low, high = TICKET_SCALE
    said = answers.union(tickets.select("place", value=(tickets.satisfaction - low) / (high - low)))
    said = said.filter(said.value.notnull()).mutate(value=said.value.clip(0.0, 1.0))
    return said.group_by("place").agg(satisfaction=said.value.mean())


def _complaints(window: _Window) -> Any:
    tickets = window.facts("tickets", "at", "event")
    opened = tickets.filter(tickets.event == "opened")
    return opened.group_by("place").agg(complaints=opened.count().cast("float64"))


def _ended(window: _Window) -> Any:
    contacts = window.facts("contacts", "at", "status")
    ended = contacts.filter(contacts.status.isin(ENDED))
    return ended.group_by("place").agg(unsubscribed=ended.count().cast("float64"))


def _converted(window: _Window) -> Any:
    """Talks that colleagues wrote down with the outcome that the customer stays."""
    talks = window.facts("interactions", "at", "interaction_id", "type", "properties")
    talks = talks.filter(
        talks.interaction_id.startswith(TALK) & (talks.type != "withdrawn") & talks.properties.contains(STAYS)
    )
    return talks.group_by("place").agg(converted=talks.count().cast("float64"))


def _solving(window: _Window) -> Any:
    """Days until the first complaint is solved that was open at the lot, or was opened within the days.

    From its opening, or from the lot where it was open by then: before, nobody was treated differently. What
    is not solved was looked at last on the day until which facts are known.
    """
    tickets = window.every("tickets", "at", "ticket_id", "event")
    is_end = tickets.event.isin(SOLVED)
    seen = tickets.group_by(["place", "ticket_id"]).agg(
        opened=tickets.day.min(where=tickets.event == "opened"),
        # A ticket that was solved before the lot and not opened again was not open any more.
        before=tickets.day.max(where=is_end & (tickets.day <= 0)),
        again=tickets.day.max(where=(tickets.event == "reopened") & (tickets.day <= 0)),
        end=tickets.day.min(where=is_end & (tickets.day > 0)),
        last=tickets.last.max(),
    )
    still = seen.before.isnull() | (seen.again > seen.before)
    mine = seen.filter(seen.opened.notnull() & (seen.opened <= window.days) & still)
    begin = ibis.greatest(mine.opened, 0.0)
    mine = mine.mutate(
        begin=begin, length=ibis.coalesce(mine.end, mine.last) - begin, is_over=mine.end.notnull()
    )
    # Of several the first; of several that were open at the lot the one that takes longest.
    first = mine.group_by("place").agg(begun=mine.begin.min())
    both = mine.inner_join(first, "place")
    both = both.filter(both.begin == both.begun)
    return both.group_by("place").agg(
        solving_days=ibis.greatest(both.length.max(), 0.0),
        solved=both.is_over.argmax(both.length).cast("float64"),
    )
