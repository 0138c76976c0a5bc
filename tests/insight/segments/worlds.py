"""Small random worlds and random definitions over them, and their tables as the store has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

from keepwell.insight.segments import definition as d
from keepwell.insight.segments import rollups
from keepwell.insight.segments.rollups import Extent

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
CITIES = ("Oslo", "Bergen", "Osaka")
TAGS = ("a", "b", "c")
CHANNELS = ("web", "app")

PEOPLE = pa.schema(
    [
        ("c", pa.int32()),
        ("customer_id", pa.string()),
        ("city", pa.string()),
        ("tier", pa.string()),
        ("churn_risk", pa.float64()),
        ("clv", pa.decimal128(18, 4)),
        ("acquired_at", pa.timestamp("us", tz="UTC")),
        ("tags", pa.list_(pa.string())),
        ("is_core", pa.bool_()),
        ("owner_id", pa.int64()),
    ]
)
ORDERS = pa.schema(
    [
        ("c", pa.int32()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("amount", pa.decimal128(18, 4)),
        ("currency", pa.string()),
        ("channel", pa.string()),
        ("status", pa.string()),
    ]
)
VISITS = pa.schema(
    [
        ("c", pa.int32()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("type", pa.string()),
        ("channel", pa.string()),
        ("value", pa.float64()),
    ]
)
# Instants on both sides of every edge: whole days before NOW, one microsecond off, and midnight.
instants = st.builds(
    lambda days, off: NOW - timedelta(days=days) + timedelta(microseconds=off),
    st.integers(-2, 60),
    st.sampled_from([0, 1, -1, 12 * 3_600_000_000, 12 * 3_600_000_000 - 1]),
)
quarters = st.integers(-8, 40).map(lambda n: n / 4)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


persons = st.fixed_dictionaries(
    {
        "city": maybe(st.sampled_from(CITIES)),
        "tier": maybe(st.sampled_from(["high", "mid", "low"])),
        "churn_risk": maybe(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0])),
        "clv": maybe(quarters),
        "acquired_at": maybe(instants),
        "tags": maybe(st.lists(st.sampled_from(TAGS), max_size=3)),
        "is_core": maybe(st.booleans()),
        "owner_id": maybe(st.integers(1, 3)),
    }
)
orders = st.fixed_dictionaries(
    {
        "at": instants,
        "amount": quarters,
        "channel": maybe(st.sampled_from(CHANNELS)),
        "status": st.sampled_from(["paid", "placed", "refunded"]),
    }
)
visits = st.fixed_dictionaries(
    {
        "at": instants,
        "type": st.sampled_from(["visit", "view"]),
        "channel": maybe(st.sampled_from(CHANNELS)),
        "value": maybe(quarters),
    }
)
worlds = st.lists(
    st.tuples(persons, st.lists(orders, max_size=5), st.lists(visits, max_size=4)), min_size=1, max_size=6
)

_number = st.one_of(
    st.tuples(st.sampled_from(["at_least", "at_most", "more_than", "less_than", "equals"]), quarters),
    st.tuples(st.just("between"), st.tuples(quarters, quarters).map(sorted)),
    st.tuples(st.sampled_from(["is_known", "is_unknown"]), st.none()),
)
_whole = st.one_of(
    st.tuples(
        st.sampled_from(["at_least", "at_most", "more_than", "less_than", "equals"]), st.integers(0, 40)
    ),
    st.tuples(st.just("between"), st.tuples(st.integers(0, 5), st.integers(0, 40)).map(sorted)),
)
_day = st.integers(0, 60).map(lambda n: (NOW - timedelta(days=n)).date().isoformat())
_time = st.one_of(
    st.tuples(st.sampled_from(["within_days", "more_than_days_ago"]), st.integers(0, 60)),
    st.tuples(st.sampled_from(["on_or_after", "on_or_before"]), _day),
)


def _text(values) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(
            st.sampled_from(["in", "not_in"]), st.lists(st.sampled_from(values), min_size=1, max_size=2)
        ),
        st.tuples(
            st.sampled_from(["contains", "starts_with"]),
            st.lists(st.sampled_from(["o", "OS", "web", "e"]), min_size=1, max_size=2),
        ),
        st.tuples(st.sampled_from(["is_known", "is_unknown"]), st.none()),
    )


def _said(base: dict[str, Any], comparison: tuple[str, Any]) -> dict[str, Any]:
    operator, value = comparison
    return {**base, "is": operator, **({} if value is None else {"value": value})}


def _asked(name: str, comparison) -> st.SearchStrategy[Any]:
    return comparison.map(lambda one: _said({"attribute": name}, one))


attribute_conditions = st.one_of(
    _asked("city", _text(CITIES)),
    _asked("tier", _text(("high", "mid", "low"))),
    _asked("churn_risk", _number),
    _asked("clv", _number),
    _asked("acquired_at", _time),
    _asked(
        "tags",
        st.tuples(
            st.sampled_from(["has_any", "has_all", "has_none"]),
            st.lists(st.sampled_from(TAGS), min_size=1, max_size=2),
        ),
    ),
    _asked("is_core", st.sampled_from([("is_true", None), ("is_false", None), ("is_unknown", None)])),
)


@st.composite
def windows(draw) -> dict[str, Any]:
    kind = draw(st.sampled_from(["none", "within", "before", "both", "dates"]))
    within, before = draw(st.integers(11, 60)), draw(st.integers(1, 10))
    if kind == "dates":
        first, last = sorted([draw(_day), draw(_day)])
        return {"window": {"first_on": first, "last_on": last}}
    told = {"within_days": within} if kind in ("within", "both") else {}
    told |= {"before_days": before} if kind in ("before", "both") else {}
    return {"window": told} if told else {}


@st.composite
def fact_conditions(draw) -> dict[str, Any]:
    table = draw(st.sampled_from(["orders", "interactions"]))
    number = "amount" if table == "orders" else "value"
    measure = draw(
        st.sampled_from(["count", "sum", "average", "smallest", "largest", "distinct", "last", "first"])
    )
    base: dict[str, Any] = {"facts": table, "measure": measure, **draw(windows())}
    if measure == "distinct":
        base["column"] = draw(st.sampled_from(["day", "channel"]))
    elif measure not in ("count", "last", "first"):
        base["column"] = number
    filters = []
    if draw(st.booleans()):
        filters.append(_said({"column": "channel"}, draw(_text(CHANNELS))))
    if draw(st.booleans()):
        filters.append(_said({"column": number}, draw(_number)))
    if filters:
        base["where"] = filters
    whole = measure in ("count", "distinct", "last", "first")
    return _said(base, draw(_whole if whole else _number))


def _joined(conditions: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        conditions,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda nodes: {"all": nodes}),
            st.lists(inner, max_size=3).map(lambda nodes: {"any": nodes}),
            inner.map(lambda node: {"not": node}),
        ),
        max_leaves=6,
    )


definitions = _joined(attribute_conditions | fact_conditions())

# Two years of facts, many of them at the edge of a quarter; asked before, at and after the newest of them.
_edges = [datetime(2024 + n // 4, 1 + n % 4 * 3, 1, tzinfo=UTC) for n in range(12)]
long_instants = st.one_of(
    st.builds(
        lambda at, off: at + timedelta(microseconds=off), st.sampled_from(_edges), st.sampled_from([0, 1, -1])
    ),
    st.integers(-5, 900).map(lambda n: NOW - timedelta(days=n)),
)
moments = st.sampled_from([NOW, _edges[8], _edges[5], NOW - timedelta(days=200), NOW + timedelta(days=30)])
long_worlds = st.lists(
    st.tuples(
        persons,
        st.lists(st.builds(lambda one, at: {**one, "at": at}, orders, long_instants), max_size=6),
        st.lists(st.builds(lambda one, at: {**one, "at": at}, visits, long_instants), max_size=5),
    ),
    min_size=1,
    max_size=6,
)


@st.composite
def _long_windows(draw) -> dict[str, Any]:
    kind = draw(st.sampled_from(["none", "none", "within", "before", "both", "dates", "first", "last"]))
    within, before = draw(st.integers(60, 900)), draw(st.sampled_from([1, 30, 59]))
    days = sorted(draw(st.lists(st.sampled_from(_edges) | long_instants, min_size=2, max_size=2)))
    first, last = (one.date().isoformat() for one in days)
    told = {
        "none": {},
        "within": {"within_days": within},
        "before": {"before_days": before},
        "both": {"within_days": within, "before_days": before},
        "dates": {"first_on": first, "last_on": last},
        "first": {"first_on": first},
        "last": {"last_on": last},
    }[kind]
    return {"window": told} if told else {}


@st.composite
def _long_conditions(draw) -> dict[str, Any]:
    base = {name: value for name, value in draw(fact_conditions()).items() if name != "window"}
    kind = {"orders": "status", "interactions": "type"}[base["facts"]]
    if draw(st.booleans()):
        values = {"status": ["paid", "placed", "refunded"], "type": ["visit", "view"]}[kind]
        chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
        base["where"] = [{"column": kind, "is": draw(st.sampled_from(["in", "not_in"])), "value": chosen}]
    elif draw(st.booleans()):
        base.pop("where", None)
    if base["measure"] in ("first", "last") and base["is"] not in ("is_known", "is_unknown", "between"):
        base["value"] = draw(st.integers(0, 900))
    return base | draw(_long_windows())


long_definitions = _joined(_long_conditions())


def tables(world) -> duckdb.DuckDBPyConnection:
    """The world as the store's tables."""
    from decimal import Decimal

    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    people, bought, visited = [], [], []
    for c, (person, its_orders, its_visits) in enumerate(world):
        clv = None if person["clv"] is None else Decimal(str(person["clv"]))
        people.append({"c": c, "customer_id": f"c{c}", **person, "clv": clv})
        bought += [
            {"c": c, "currency": "EUR", **one, "amount": Decimal(str(one["amount"]))} for one in its_orders
        ]
        visited += [{"c": c, **one} for one in its_visits]
    for name, rows, schema in (
        ("people", people, PEOPLE),
        ("orders", bought, ORDERS),
        ("interactions", visited, VISITS),
    ):
        connection.register("incoming", pa.Table.from_pylist(rows, schema=schema))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
        connection.unregister("incoming")
    return connection


def extents(connection: duckdb.DuckDBPyConnection) -> tuple[Extent, ...]:
    """Add the facts up by quarter, as the store does."""
    found = (rollups.build(connection, table) for table in ("orders", "interactions"))
    return tuple(one for one in found if one is not None)


def parsed(data: dict[str, Any]) -> d.Node:
    return d.parse(data)
