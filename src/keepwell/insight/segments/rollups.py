"""Facts added up by customer and quarter: what long stretches of time are counted from.

The table `<facts>_quarters` has a row per customer, quarter `b` (its first instant in UTC) and values of the
columns `by`: the number `n` of facts, the first and last instant, and of each column `of` the sum, the number
of known values, the smallest and the largest. Only what adds up exactly is in it: money and whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from keepwell.history.engine.sql import quote
from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.segments.definition import Filter

Span = tuple[datetime | None, datetime | None]  # [first instant, instant before which); None: open
TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rollup:
    """What a table is added up by, and of which columns."""

    by: tuple[str, ...]
    of: tuple[str, ...] = ()

    def answers(self, column: str | None, where: Iterable[Filter]) -> bool:
        """Whether a measure of `column` over facts that pass `where` can be had from it."""
        return (column is None or column in self.of) and all(one.column in self.by for one in where)


ROLLUPS: dict[str, Rollup] = {
    "orders": Rollup(("status", "currency"), ("amount",)),
    "interactions": Rollup(("type",)),
    "contacts": Rollup(("status",)),
    "ledger": Rollup(("account",), ("points",)),
}


@dataclass(frozen=True)
class Extent:
    """The first and the last instant of a fact table in the store."""

    table: str
    oldest: datetime
    newest: datetime


def name_of(table: str) -> str:
    """The name of a fact table's quarters."""
    return f"{table}_quarters"


def quarter(at: datetime) -> datetime:
    """The first instant of the quarter that `at` lies in."""
    return datetime(at.year, at.month - (at.month - 1) % 3, 1, tzinfo=UTC)


def next_quarter(at: datetime) -> datetime:
    """The first instant of the quarter after that of `at`."""
    return quarter(quarter(at) + timedelta(days=100))


def build(connection: duckdb.DuckDBPyConnection, table: str) -> Extent | None:
    """Add a fact table of the store up; its extent, None where it is empty."""
    told = connection.execute(
        f"SELECT epoch_us(min(f.at)), epoch_us(max(f.at)) FROM {quote(table)} f"  # noqa: S608
    ).fetchone()
    if not told or told[0] is None:
        return None
    oldest, newest = (EPOCH + timedelta(microseconds=int(one)) for one in told)
    rollup = ROLLUPS.get(table)
    if rollup is not None:
        _make(connection, table, rollup)
    return Extent(table, oldest, newest)


def _make(connection: duckdb.DuckDBPyConnection, table: str, rollup: Rollup) -> None:
    by = "".join(f", f.{quote(one)}" for one in rollup.by)
    columns = ["count(*)::INTEGER AS n", "min(f.at) AS first_at", "max(f.at) AS last_at"]
    for one in rollup.of:
        column = f"f.{quote(one)}"
        columns += [
            f"sum({column}){_narrow(connection, table, one)} AS {quote(f'{one}_sum')}",
            f"count({column})::INTEGER AS {quote(f'{one}_n')}",
            f"min({column}) AS {quote(f'{one}_low')}",
            f"max({column}) AS {quote(f'{one}_high')}",
        ]
    select = (
        f"SELECT f.c, $first::TIMESTAMPTZ AS b{by}, {', '.join(columns)} FROM {quote(table)} f "  # noqa: S608
        f"WHERE f.at >= $first::TIMESTAMPTZ AND f.at < $next::TIMESTAMPTZ GROUP BY f.c{by} ORDER BY f.c"
    )
    made = quote(name_of(table))
    connection.execute(f"CREATE TABLE {made} AS {select} LIMIT 0", {"first": EPOCH, "next": EPOCH})
    # Quarter by quarter: a year's customers at once would not fit the processor's caches.
    for first in _quarters(connection, table):
        connection.execute(f"INSERT INTO {made} {select}", {"first": first, "next": next_quarter(first)})


def _quarters(connection: duckdb.DuckDBPyConnection, table: str) -> list[datetime]:
    """The quarters that have facts, in order; one date of long ago does not make thousands of others."""
    found = connection.execute(
        f"SELECT DISTINCT year(f.at), quarter(f.at) FROM {quote(table)} f ORDER BY ALL"  # noqa: S608
    ).fetchall()
    return [datetime(year, 3 * number - 2, 1, tzinfo=UTC) for year, number in found]


def _narrow(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    """The cast of sums to 64 bits where every sum fits: wider numbers are added up several times slower."""
    told = connection.execute(
        f"SELECT coalesce(sum(abs(f.{quote(column)})), 0) FROM {quote(table)} f"  # noqa: S608
    ).fetchone()
    is_money = {one.name: one.type for one in FACT_TABLES[table].columns}[column] == "money"
    if told is None or told[0] >= (10**14 if is_money else 2**63):
        return ""
    return "::DECIMAL(18, 4)" if is_money else "::BIGINT"


def split(span: Span, extent: Extent) -> tuple[Span | None, tuple[Span, ...]]:
    """The whole quarters within `span`, if there are any, and what is left of it on both sides.

    Where no fact is before or after, a quarter counts as whole.
    """
    start, end = span
    first = next_quarter(start - TICK) if start is not None and start > extent.oldest else None
    last = quarter(end) if end is not None and end <= extent.newest else None
    low, high = first or quarter(extent.oldest), last or next_quarter(extent.newest)
    if low >= high:
        return None, (span,)
    edges: list[Span] = []
    if first is not None and start != first:
        edges.append((start, first))
    if last is not None and end != last:
        edges.append((last, end))
    return (first, last), tuple(edges)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same stretches of time, in order and apart from each other."""
    found: list[Span] = []
    for start, end in sorted(spans, key=lambda one: (one[0] is not None, one[0] or EPOCH)):
        if found and (found[-1][1] is None or start is None or start <= found[-1][1]):
            before = found[-1]
            if before[1] is not None and (end is None or end > before[1]):
                found[-1] = (before[0], end)
        else:
            found.append((start, end))
    return tuple(found)
