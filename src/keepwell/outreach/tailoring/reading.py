"""The signs of buying, counted in the engine: one row for each customer and sign."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

import ibis
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import Engine, engine
from keepwell.outreach.surviving import of_customers
from keepwell.outreach.tailoring.contracts import (
    CATEGORY,
    ENQUIRY,
    PRICE,
    PRODUCT,
    TYPED,
    VIEW,
    VISIT,
    Found,
    Rule,
    Stage,
)

CHUNK = 20_000
FEW = 100
# Tickets of these categories ask something; all others complain.
QUESTIONS = ("question", "inquiry", "enquiry", "information")
ORDERED = ("placed", "paid")


def signs(
    rule: Rule, *, now: datetime, among: Collection[str] | None = None
) -> Iterator[tuple[str, dict[str, Found]]]:
    """What each customer did in the days before `now` and after their last order, by surviving number.

    An order ends the way to it: what came before is not counted. `among` keeps these customers (None: all).
    """
    if "interactions" not in history.versions() or (among is not None and not among):
        return
    with engine() as running:
        events = _events(running, rule, now, among)
        counted = ibis.union(_counted(events), *_repeated(running, events))
        ordered = counted.order_by(["person", "sign"])
        yield from _by_person(running.to_arrow_batches(ordered, chunk_size=CHUNK))


def _by_person(batches: Any) -> Iterator[tuple[str, dict[str, Found]]]:
    """Rows in order of persons, each person's together."""
    person = ""
    found: dict[str, Found] = {}
    for batch in batches:
        for row in batch.to_pylist():
            if row["person"] != person:
                if found:
                    yield person, found
                person, found = row["person"], {}
            found[row["sign"]] = Found(int(row["times"]), row["last_at"], row["what"] or "")
    if found:
        yield person, found


def _events(running: Engine, rule: Rule, now: datetime, among: Collection[str] | None) -> Any:
    """(person, sign, at, what) of everything that counts, after each one's last order."""
    since = now - timedelta(days=rule.days)
    numbers = _Numbers(among)
    parts = [_done(running, rule, since, now, numbers)]
    if "tickets" in history.versions() and rule.stages.get(ENQUIRY, Stage.NONE) is not Stage.NONE:
        table = history.scan("tickets", engine=running)
        asked = _within(table, table.at, since, now).filter(
            (table.event == "opened") & table.category.lower().isin(QUESTIONS)
        )
        parts.append(numbers.surviving(asked).mutate(sign=ibis.literal(ENQUIRY), what=ibis.literal("")))
    chosen = [one.select("person", "sign", "at", "what") for one in parts]
    events = ibis.union(*chosen) if len(chosen) > 1 else chosen[0]
    if "orders" not in history.versions():
        return events
    table = history.scan("orders", engine=running)
    bought = _within(table, table.ordered_at, since, now).filter(table.status.isin(ORDERED))
    orders = numbers.surviving(bought.mutate(at=bought.ordered_at))
    last = orders.group_by(buyer=orders.person).aggregate(ordered_at=orders.at.max())
    joined = events.left_join(last, events.person == last.buyer)
    after = joined.filter(joined.ordered_at.isnull() | (joined.at > joined.ordered_at))
    return after.select("person", "sign", "at", "what")


def _done(running: Engine, rule: Rule, since: datetime, now: datetime, numbers: _Numbers) -> Any:
    """What was done on the shop's pages and with its people."""
    table = history.scan("interactions", engine=running)
    kinds = {kind: sign for sign in TYPED for kind in rule.types.get(sign, ())}
    table = of_customers(table)  # what colleagues did for a customer, and noted, is no sign of theirs
    done = _within(table, table.at, since, now).filter(table.type.isin(tuple(kinds)))
    sign = done.type.substitute(kinds)
    if rule.price_words:
        subject = done.subject.lower().fill_null("")
        priced = reduce(or_, (subject.contains(one.lower()) for one in rule.price_words))
        sign = ibis.ifelse(done.type.isin(rule.types.get(VISIT, ())) & priced, PRICE, sign)
    named = done.mutate(sign=sign, what=done.subject.fill_null(""))
    return numbers.surviving(named)


def _within(table: Any, at: Any, since: datetime, now: datetime) -> Any:
    return table.filter(
        (at > ibis.timestamp(since)) & (at <= ibis.timestamp(now)) & table.customer_id.notnull()
    )


class _Numbers:
    """Under which numbers the facts of customers are: `only` these, or of all where nobody is asked about."""

    def __init__(self, among: Collection[str] | None) -> None:
        own = [] if among is None else [(one, one) for one in among]
        self.rows = [*own, *identity.aliases(among)]
        self.only = among is not None

    def surviving(self, table: Any) -> Any:
        """`table` with the surviving number of its customer as `person`."""
        if not self.rows:
            return table.mutate(person=table.customer_id)
        if self.only and len(self.rows) <= FEW:
            # Named one by one, files and parts of files without them are not read at all.
            table = table.filter(table.customer_id.isin([number for number, _kept in self.rows]))
        columns = [[number for number, _kept in self.rows], [kept for _number, kept in self.rows]]
        known = ibis.memtable(pa.table(columns, ["other_number", "kept_number"]))
        if self.only:
            joined = table.join(known, table.customer_id == known.other_number)
            return joined.mutate(person=joined.kept_number)
        joined = table.left_join(known, table.customer_id == known.other_number)
        return joined.mutate(person=ibis.coalesce(joined.kept_number, joined.customer_id))


def _counted(events: Any) -> Any:
    """How often each sign was seen."""
    return events.group_by(["person", "sign"]).aggregate(
        times=events.count(), last_at=events.at.max(), what=ibis.literal("")
    )


def _repeated(running: Engine, events: Any) -> list[Any]:
    """The product, and the category, that each customer looked at most often."""
    looked = events.filter((events.sign == VIEW) & (events.what != ""))
    if "products" in history.versions():
        table = history.scan("products", engine=running).select("product_id", "name", "category")
        joined = looked.left_join(table, looked.what == table.product_id)
        known = joined.mutate(
            product=ibis.coalesce(joined.name, joined.what),
            kind=ibis.ifelse(joined.product_id.isnull(), joined.what, joined.category),
        )
    else:
        known = looked.mutate(product=looked.what, kind=looked.what)
    return [_most(known, "product", PRODUCT), _most(known.filter(known.kind.notnull()), "kind", CATEGORY)]


def _most(looked: Any, column: str, sign: str) -> Any:
    each = looked.group_by(["person", column]).aggregate(n=looked.count(), seen_at=looked.at.max())
    return (
        each.group_by("person")
        .aggregate(
            sign=ibis.literal(sign),
            times=each.n.max(),
            last_at=each.seen_at.argmax(each.n),
            what=each[column].argmax(each.n),
        )
        .select("person", "sign", "times", "last_at", "what")
    )
