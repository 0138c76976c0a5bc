"""Facts of the past, as journeys ask for them: in one query for many people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import pyarrow as pa

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.segments import queries as segments
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.graph import Movement

ASKED = pa.schema(
    [
        ("number", pa.string()),
        ("person", pa.string()),
        ("after", pa.timestamp("us", tz="UTC")),
    ]
)


class Codes:
    """Segments by the code that they come with, read once."""

    def __init__(self) -> None:
        self._known: dict[str, int] | None = None

    def happening(self, event: Happening | Movement) -> Happening:
        """The fact that tells of a movement; a code that is not there is told of by nobody."""
        if isinstance(event, Happening):
            return event
        number = event.segment
        if isinstance(number, str):
            if self._known is None:
                self._known = {one.code: one.segment_id for one in segments.every() if one.code}
            number = self._known.get(number, 0)
        kind = "segment_entered" if event.entered else "segment_left"
        subject = Filter("subject", "in", (f"segment:{number}",))
        return Happening("interactions", (Filter("type", "in", (kind,)), subject))


def predicate(table: Any, where: Iterable[Filter]) -> Any:
    """The conditions on an Ibis table; the same that `core.facts.holds` says of one fact."""
    return reduce(and_, (_holds(table[one.column], one) for one in where), ibis.literal(True))


def _holds(column: Any, one: Filter) -> Any:
    operator, wanted = one.operator, one.value
    if operator == "is_unknown":
        return column.isnull()
    if operator == "is_known":
        return column.notnull()
    if operator == "not_in":
        return column.isnull() | ~column.isin(wanted)
    if operator == "in":
        return (column.isin(wanted)).fill_null(False)
    if operator in ("contains", "starts_with"):
        low = column.lower()
        parts = [
            low.contains(part.lower()) if operator == "contains" else low.startswith(part.lower())
            for part in wanted
        ]
        return reduce(or_, parts).fill_null(False)
    if operator in ("is_true", "is_false"):
        return (column == (operator == "is_true")).fill_null(False)
    number = column.cast("float64")
    if operator == "between":
        return number.between(*wanted).fill_null(False)
    compared = {
        "at_least": number >= wanted[0],
        "at_most": number <= wanted[0],
        "more_than": number > wanted[0],
        "less_than": number < wanted[0],
        "equals": number == wanted[0],
    }
    return compared[operator].fill_null(False)


def happened(fact: Happening, since: Mapping[str, datetime], *, until: datetime) -> set[str]:
    """Those of the customers, given with an instant, of whom the lake has such a fact after it.

    `until` is now: what bears a later time has not happened yet.
    """
    if not since or fact.table not in history.versions():
        return set()
    numbers = list(since)
    aliases = list(identity.aliases(numbers))
    rows = [*((one, one) for one in numbers), *aliases]
    asked = pa.table(
        [
            pa.array([number for number, _person in rows]),
            pa.array([person for _number, person in rows]),
            pa.array([since[person] for _number, person in rows], ASKED.field("after").type),
        ],
        schema=ASKED,
    )
    facts = history.scan(fact.table)
    time = str(FACT_TABLES[fact.table].time)
    oldest = min(since.values())
    found = facts.filter((facts[time] > oldest) & (facts[time] <= until) & predicate(facts, fact.where))
    chosen = ibis.memtable(asked)
    joined = found.join(chosen, found.customer_id == chosen.number)
    people = joined.filter(joined[time] > joined.after).select("person").distinct()
    return set(people.to_pyarrow()["person"].to_pylist())


def occurrences(
    fact: Happening, *, since: datetime, until: datetime, among: Iterable[str] | None = None
) -> list[tuple[str, datetime]]:
    """(customer, instant) of every such fact in [since, until), in order of time, by surviving number."""
    if fact.table not in history.versions():
        return []
    facts = history.scan(fact.table)
    time = str(FACT_TABLES[fact.table].time)
    keys = FACT_TABLES[fact.table].key
    found = facts.filter(
        (facts[time] >= since)
        & (facts[time] < until)
        & facts.customer_id.notnull()
        & predicate(facts, fact.where)
    )
    if among is not None:
        canonical = identity.canonical_ids()
        wanted = set(among)
        wanted |= {alias for alias, person in canonical.items() if person in wanted}
        chosen = ibis.memtable(pa.table({"number": pa.array(sorted(wanted), pa.string())}))
        found = found.semi_join(chosen, found.customer_id == chosen.number)
    told = found.select(customer_id=found.customer_id, at=found[time], **{f"key_{k}": found[k] for k in keys})
    rows = told.order_by([told.at, *(told[f"key_{k}"] for k in keys)]).to_pyarrow()
    canonical = identity.canonical_ids(set(rows["customer_id"].to_pylist()))
    pairs = zip(rows["customer_id"].to_pylist(), rows["at"].to_pylist(), strict=True)
    return [(canonical.get(number, number), at) for number, at in pairs]


def crossed(where: Iterable[Filter], *, cycle_id: str, before_id: str) -> list[str]:
    """Customers whose scores of a cycle satisfy all of `where` and did not in the cycle before."""
    if "scores" not in history.versions():
        return []
    scores = history.scan("scores")
    held = scores.filter(predicate(scores, where))
    now = held.filter(held.cycle_id == cycle_id).select("customer_id")
    before = held.filter(held.cycle_id == before_id).select("customer_id")
    found = now.anti_join(before, "customer_id").order_by("customer_id")
    return list(found.to_pyarrow()["customer_id"].to_pylist())
