"""What the members of segments are like, and when they buy: over the store."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import duckdb

from keepwell.history.engine.sql import quote
from keepwell.insight.segments import store
from keepwell.insight.segments.attributes import attribute_named
from keepwell.insight.segments.compiler import Compiled, compile_definition
from keepwell.insight.segments.contracts import Comparison, Profile, Seasonality
from keepwell.insight.segments.counting import moment, present, resolve
from keepwell.insight.segments.definition import Node
from keepwell.insight.segments.vocabulary import TABLES, filterable

YEAR = timedelta(days=365)
VALUES_MAX = 400  # values per characteristic: enough to find the largest differences among
BOUGHT = "f.status IN ('placed', 'paid')"
AGES = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64))
_AGE = (
    "CASE WHEN p.age_years IS NULL THEN NULL "
    + " ".join(f"WHEN p.age_years <= {high} THEN '{low}–{high}'" for low, high in AGES)
    + " ELSE '65+' END"
)
# Characteristic -> what of `people` says it.
SHARES = {
    "tier": "p.tier",
    "status": "p.status",
    "life_stage": "p.life_stage",
    "region": "coalesce(p.region, p.country)",
    "age": _AGE,
    "gender": "p.gender",
    "industry": "p.industry",
    "reason": "p.reason",
    "hint": "unnest(p.hints)",
    "rfm_segment": "p.rfm_segment",
}


def profile(node: Node) -> Profile:
    """What the customers of `node` are like."""
    built = present()
    at = moment(built)
    with closing(store.cursor(built)) as cursor:
        _choose(cursor, [node], built)
        return _profile(cursor, "in0", at)


def compare(first: Node, second: Node) -> Comparison:
    """Two definitions side by side; each is worked out once."""
    built = present()
    at = moment(built)
    with closing(store.cursor(built)) as cursor:
        _choose(cursor, [first, second], built)
        both = cursor.execute("SELECT count(*) FROM in0 JOIN in1 USING (c)").fetchone()
        return Comparison(
            _profile(cursor, "in0", at), _profile(cursor, "in1", at), int(both[0] if both else 0), _currency()
        )


def seasonality(node: Node) -> Seasonality:
    """When the customers of `node` buy, over the two years before now."""
    built = present()
    at = moment(built)
    with closing(store.cursor(built)) as cursor:
        _choose(cursor, [node], built)
        known = {"low": at - 2 * YEAR, "high": at}
        said = f"FROM orders f JOIN in0 USING (c) WHERE {BOUGHT} AND f.at > $low AND f.at <= $high"
        months = cursor.execute(
            f"SELECT date_trunc('month', f.at)::DATE, count(*), sum(f.amount) {said} GROUP BY 1 ORDER BY 1",
            known,
        ).fetchall()
        days = dict(cursor.execute(f"SELECT isodow(f.at), count(*) {said} GROUP BY 1", known).fetchall())
    counted = [(day, int(number), Decimal(amount or 0)) for day, number, amount in months]
    return Seasonality(
        tuple(counted), tuple(int(days.get(place, 0)) for place in range(1, 8)), _index(counted, at.date())
    )


def known_values(name: str, table: str | None, limit: int) -> list[str]:
    """The most frequent values of a text attribute or column."""
    built = store.current()
    return list(_known_values(built, name, table, limit)) if built is not None else []


@lru_cache(maxsize=512)
def _known_values(built: store.Store, name: str, table: str | None, limit: int) -> tuple[str, ...]:
    if table is None:
        found = attribute_named(name)
        if found is None or found.kind not in ("text", "list"):
            return ()
        source = f"unnest({quote(name)})" if found.kind == "list" else quote(name)
        query = f"SELECT {source} AS v FROM people"  # noqa: S608
    else:
        known = TABLES.get(table)
        if known is None or name not in filterable(known) or known.columns[name].kind != "text":
            return ()
        query = f"SELECT {quote(name)} AS v FROM {quote(table)}"  # noqa: S608
    with closing(store.cursor(built)) as cursor:
        rows = cursor.execute(
            f"SELECT v FROM ({query}) WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {int(limit)}"  # noqa: S608, E501
        ).fetchall()
    return tuple(str(value) for (value,) in rows)


def _choose(cursor: duckdb.DuckDBPyConnection, nodes: list[Node], built: store.Store) -> None:
    at = moment(built)
    for place, node in enumerate(nodes):
        compiled: Compiled = compile_definition(node, now=at, resolve=resolve, extents=built.extents)
        query = compiled.places()
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE in{place} AS {query}", compiled.parameters_of(query))


def _profile(cursor: duckdb.DuckDBPyConnection, chosen: str, at: datetime) -> Profile:
    row = cursor.execute(
        "SELECT count(*), sum(p.clv), avg(p.clv), sum(p.expected_loss), avg(p.churn_risk), avg(p.orders), "  # noqa: S608
        f"avg(p.average_amount), avg(p.silence_days) FROM people p JOIN {chosen} USING (c)"
    ).fetchone()
    size, clv, average_clv, loss, risk, orders, amount, silence = row or (0, *[None] * 7)
    return Profile(
        size=int(size),
        clv=Decimal(clv or 0),
        average_clv=average_clv,
        expected_loss=Decimal(loss or 0),
        average_risk=risk,
        average_orders=orders,
        average_order_amount=amount,
        average_silence_days=silence,
        shares={name: _shares(cursor, chosen, said, size) for name, said in SHARES.items()},
        categories=_categories(cursor, chosen, at, size),
        at=at,
    )


def _shares(cursor: duckdb.DuckDBPyConnection, chosen: str, said: str, size: int) -> dict[str, float]:
    rows = cursor.execute(
        f"SELECT v, count(*) FROM (SELECT {said} AS v FROM people p JOIN {chosen} USING (c)) "  # noqa: S608
        f"WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT {VALUES_MAX}"
    ).fetchall()
    return {str(value): number / size for value, number in rows}


def _categories(cursor: duckdb.DuckDBPyConnection, chosen: str, at: datetime, size: int) -> dict[str, float]:
    rows = cursor.execute(
        f"SELECT f.category, count(DISTINCT f.c) FROM order_items f JOIN {chosen} USING (c) "  # noqa: S608
        "WHERE f.at > $low AND f.at <= $high AND f.category IS NOT NULL "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {VALUES_MAX}",
        {"low": at - YEAR, "high": at},
    ).fetchall()
    return {str(value): number / size for value, number in rows}


def _index(months: list[tuple[date, int, Decimal]], until: date) -> dict[int, float]:
    """Orders per day of each calendar month against those of the average day, over whole months only."""
    whole = [
        (day, number) for day, number, _amount in months if (day.year, day.month) != (until.year, until.month)
    ]
    whole = whole[1:]  # the first one is cut off as well
    if len(whole) < 12:
        return {}
    days: dict[int, int] = {}
    orders: dict[int, int] = {}
    for day, number in whole[-(len(whole) // 12 * 12) :]:
        length = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - day).days
        days[day.month] = days.get(day.month, 0) + length
        orders[day.month] = orders.get(day.month, 0) + number
    average = sum(orders.values()) / sum(days.values())
    return {month: orders[month] / days[month] / average for month in sorted(orders)}


def _currency() -> str:
    from keepwell.insight.models import CurrentCycle

    pointer = CurrentCycle.objects.select_related("cycle").first()
    return pointer.cycle.currency if pointer else ""
