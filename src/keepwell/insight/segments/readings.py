"""How the facts of conditions are read: each table, filter and stretch of time in as few passes as possible.

A measure over a long time is put together of whole quarters that were added up before and of facts at both
ends; without extents of the store (few customers, as they stand now) everything comes from the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from keepwell.history.engine.sql import quote
from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.segments.definition import FactCondition, Filter, Window
from keepwell.insight.segments.rollups import ROLLUPS, TICK, Extent, Span, merged, name_of, split

DAY_US = 86_400_000_000
# Days of a stretch are the bits of one number: bits are put together faster than days are sorted out.
BITS = 60
CHUNKS_MAX = 120
_FACTS = {
    "count": "count(*)",
    "known": "count({column})",
    "sum": "sum({column})",
    "average": "avg({column})",
    "smallest": "min({column})",
    "largest": "max({column})",
    "first": "min(f.at)",
    "last": "max(f.at)",
}
_QUARTERS = {
    "count": "sum(f.n)",
    "known": "sum(f.{column}_n)",
    "sum": "sum(f.{column}_sum)",
    "smallest": "min(f.{column}_low)",
    "largest": "max(f.{column}_high)",
    "first": "min(f.first_at)",
    "last": "max(f.last_at)",
}
_ADDED = ("count", "known", "sum")


@dataclass
class _Pass:
    """One reading of one table: facts that pass `where`, each measure over its own stretches of time."""

    name: str
    source: str
    at: str
    table: str
    where: tuple[Filter, ...]
    measures: dict[tuple[str, tuple[Span, ...]], str] = field(default_factory=dict)


class Readings:
    """The passes that a definition needs, and its measures as expressions over them."""

    def __init__(
        self,
        now: datetime,
        parameter: Callable[[Any], str],
        passes: Callable[[Filter, str], str],
        extents: Iterable[Extent],
    ) -> None:
        self.now = now
        self.parameter = parameter
        self.filter = passes
        self.extents = {one.table: one for one in extents}
        self._passes: dict[tuple[str, tuple[Filter, ...]], _Pass] = {}
        self._distinct: dict[tuple[Any, ...], tuple[str, str]] = {}

    def value(self, leaf: FactCondition) -> str:
        """What `leaf` measures, as an expression over the tables of `joined`."""
        if leaf.measure == "distinct":
            return self._distinct_value(leaf)
        if leaf.measure == "average" and is_exact(leaf.table, str(leaf.column)):
            known = self._total(leaf, "known")
            return f"(CAST({self._total(leaf, 'sum')} AS DOUBLE) / nullif({known}, 0))"
        value = self._total(leaf, leaf.measure)
        if leaf.measure in ("first", "last"):
            instant = self.parameter(self.now)
            return f"((epoch_us({instant}::TIMESTAMPTZ) - epoch_us({value})) // {DAY_US})"
        return value

    def tables(self) -> list[str]:
        """The definitions of all passes, for WITH."""
        plain = [f"{one.name} AS ({self._select(one)})" for one in self._passes.values()]
        return plain + [f"{name} AS ({query})" for name, query in self._distinct.values()]

    def joined(self) -> str:
        """The passes joined to the people `p`."""
        names = [one.name for one in self._passes.values()] + [name for name, _ in self._distinct.values()]
        return "".join(f" LEFT JOIN {name} ON {name}.c = p.c" for name in names)

    def _total(self, leaf: FactCondition, measure: str) -> str:
        span = span_of(leaf.window, self.now)
        added = measure in _ADDED
        if _is_empty(span):
            return "0" if added else f"CAST(NULL AS {'TIMESTAMPTZ' if leaf.column is None else 'DOUBLE'})"
        extent, rollup = self.extents.get(leaf.table), ROLLUPS.get(leaf.table)
        whole: Span | None = None
        edges: tuple[Span, ...] = (span,)
        # Floats do not add up to the same sum in another order.
        exact = not added or leaf.column is None or is_exact(leaf.table, leaf.column)
        if extent and rollup and measure in _QUARTERS and exact and rollup.answers(leaf.column, leaf.where):
            whole, edges = split(span, extent)
        parts = []
        if whole:
            expression = _QUARTERS[measure].format(column=leaf.column)
            parts.append(self._measured(name_of(leaf.table), "b", leaf, expression, (whole,)))
        if edges:
            expression = _FACTS[measure].format(column=f"f.{quote(leaf.column)}" if leaf.column else "")
            parts.append(self._measured(leaf.table, "at", leaf, expression, edges))
        if added:
            return "(" + " + ".join(f"coalesce({part}, 0)" for part in parts) + ")"
        if len(parts) == 1:
            return parts[0]
        return f"{'least' if measure in ('smallest', 'first') else 'greatest'}({', '.join(parts)})"

    def _measured(
        self, source: str, at: str, leaf: FactCondition, expression: str, spans: tuple[Span, ...]
    ) -> str:
        new = _Pass(f"f{len(self._passes)}", source, at, leaf.table, leaf.where)
        found = self._passes.setdefault((source, leaf.where), new)
        name = found.measures.setdefault((expression, spans), f"m{len(found.measures)}")
        return f"{found.name}.{name}"

    def _select(self, reading: _Pass) -> str:
        spans = merged(span for _expression, own in reading.measures for span in own)
        columns = []
        for (expression, own), name in reading.measures.items():
            column = expression
            if merged(own) != spans:
                apart = [f"({self._inside(span, reading.at)})" for span in own]
                column = f"{expression} FILTER (WHERE {' OR '.join(apart)})"
            columns.append(f"{column} AS {name}")
        only = self._where(reading.where, reading.table)
        return f"SELECT f.c, {', '.join(columns)} FROM {self._source(reading, spans)} f{only} GROUP BY f.c"  # noqa: S608

    def _source(self, reading: _Pass, spans: tuple[Span, ...]) -> str:
        # Stretch by stretch, so that blocks between them are not read.
        stretches = [
            f"SELECT * FROM {quote(reading.source)} f WHERE {self._inside(span, reading.at)}"  # noqa: S608
            for span in spans
        ]
        return f"({' UNION ALL '.join(stretches)})"

    def _inside(self, span: Span, at: str) -> str:
        start, end = span
        found = [] if start is None else [f"f.{at} >= {self.parameter(start)}::TIMESTAMPTZ"]
        found += [] if end is None else [f"f.{at} < {self.parameter(end)}::TIMESTAMPTZ"]
        return " AND ".join(found) or "true"

    def _where(self, where: tuple[Filter, ...], table: str) -> str:
        return f" WHERE {' AND '.join(self.filter(one, table) for one in where)}" if where else ""

    def _distinct_value(self, leaf: FactCondition) -> str:
        span = span_of(leaf.window, self.now)
        if _is_empty(span):
            return "0"
        key = (leaf.table, leaf.column, leaf.where, span)
        if key not in self._distinct:
            chunks = list(self._chunks(leaf, span)) if leaf.column == "day" else []
            if leaf.column == "day" and leaf.table in self.extents and not chunks:
                return "0"
            query = self._days(leaf, chunks) if 0 < len(chunks) <= CHUNKS_MAX else self._values(leaf, span)
            self._distinct[key] = (f"d{len(self._distinct)}", query)
        return f"coalesce({self._distinct[key][0]}.m, 0)"

    def _chunks(self, leaf: FactCondition, span: Span) -> Iterator[tuple[datetime, Span]]:
        """(first midnight, stretch) of each stretch of at most `BITS` days with facts."""
        extent = self.extents.get(leaf.table)
        if extent is None:
            return
        start = max(span[0] or extent.oldest, extent.oldest)
        end = min(span[1] or extent.newest + TICK, extent.newest + TICK)
        day = midnight(start.date())
        while day < end:
            following = day + timedelta(days=BITS)
            if max(start, day) < min(end, following):
                yield day, (max(start, day), min(end, following))
            day = following

    def _days(self, leaf: FactCondition, chunks: list[tuple[datetime, Span]]) -> str:
        only = self._where(leaf.where, leaf.table)
        parts = []
        for first, span in chunks:
            number = (first - datetime(1970, 1, 1, tzinfo=UTC)).days
            day = f"(1::UBIGINT << (epoch_us(f.at) // {DAY_US} - {number})::UBIGINT)"
            source = f"SELECT * FROM {quote(leaf.table)} f WHERE {self._inside(span, 'at')}"  # noqa: S608
            parts.append(f"SELECT f.c, bit_count(bit_or({day})) AS m FROM ({source}) f{only} GROUP BY f.c")  # noqa: S608
        return f"SELECT f.c, sum(f.m) AS m FROM ({' UNION ALL '.join(parts)}) f GROUP BY f.c"  # noqa: S608

    def _values(self, leaf: FactCondition, span: Span) -> str:
        value = f"epoch_us(f.at) // {DAY_US}" if leaf.column == "day" else f"f.{quote(str(leaf.column))}"
        source = f"SELECT * FROM {quote(leaf.table)} f WHERE {self._inside(span, 'at')}"  # noqa: S608
        each = f"SELECT DISTINCT f.c, {value} AS v FROM ({source}) f{self._where(leaf.where, leaf.table)}"  # noqa: S608
        return f"SELECT f.c, count(f.v) AS m FROM ({each}) f GROUP BY f.c"  # noqa: S608


def is_exact(table: str, column: str) -> bool:
    """Whether the sum of a column is the same in every order: money and whole numbers."""
    known = {one.name: one.type for one in FACT_TABLES[table].columns}
    return known.get(column) in ("money", "int")


def span_of(window: Window, now: datetime) -> Span:
    """The stretch of time that a window means at `now`; instants have whole microseconds."""
    starts, ends = [], [now + TICK]
    if window.within_days is not None:
        starts.append(now - timedelta(days=window.within_days) + TICK)
    if window.first_on is not None:
        starts.append(midnight(window.first_on))
    if window.before_days is not None:
        ends.append(now - timedelta(days=window.before_days) + TICK)
    if window.last_on is not None:
        ends.append(midnight(window.last_on) + timedelta(days=1))
    return max(starts, default=None), min(ends)


def _is_empty(span: Span) -> bool:
    return span[0] is not None and span[1] is not None and span[0] >= span[1]


def midnight(day: date) -> datetime:
    """The first instant of `day` in UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)
