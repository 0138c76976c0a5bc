"""The quick way for rows that need no interpretation: Arrow's own casts, and bounds checked by least and
greatest values. Whatever it cannot vouch for is left to the full statement, so both give the same rows.
"""

# ruff: noqa: S608 - no value from outside is in the queries

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.history.schemas import ARROW_TYPES, Column
from keepwell.intake.matching.match import Match
from keepwell.intake.rules.query import ISO_SHAPES, LONGEST_ID, Decisions

PHONE_LENGTH = 10
"""No phone number without a + is shorter, so columns of shorter customer numbers need no closer look."""

MAYBE_CONTACT = r"[@+(]|^\d{11,13}$|^\d{2,4}[ .-]\d"


@dataclass(frozen=True)
class Plain:
    """Typed columns of all rows, and which rows may be used as they are."""

    columns: dict[str, Any]
    usable: Any


class PlainReader:
    """Reads chunks of one match the quick way."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, match: Match, decisions: Decisions, now: datetime
    ) -> None:
        self._connection = connection
        self._match = match
        self._decisions = decisions
        self._latest = pa.scalar((now + timedelta(days=1)).replace(tzinfo=None), pa.timestamp("us"))
        self._earliest = pa.scalar(datetime(1970, 1, 1), pa.timestamp("us"))
        constants = match.constants
        self.possible = (
            not decisions.comma_columns
            and decisions.time_zone == "UTC"
            and not any(match.shape.has(n) and match.shape.column(n).type != "string" for n in constants)
            and all(
                not match.shape.column(n).choices or v in match.shape.column(n).choices
                for n, v in constants.items()
                if match.shape.has(n)
            )
        )

    def read(self, table: pa.Table) -> Plain:
        """Type the columns of a tidy chunk."""
        columns: dict[str, Any] = {}
        usable: Any = None
        for column in self._match.shape.columns:
            position = self._match.mapping.get(column.name)
            if position is None:
                columns[column.name] = self._absent(column)
                continue
            raw = table[f"c{position}"]
            value, sure = self._column(column, raw)
            columns[column.name] = value
            if column.required and raw.null_count:
                sure = _both(sure, pc.is_valid(raw))
            usable = _both(usable, sure)
        return Plain(columns, usable)

    def _absent(self, column: Column) -> pa.Scalar:
        said = self._match.constants.get(column.name)
        if column.name == "currency":
            said = said or self._decisions.currency
        if column.name == "source":
            said = self._decisions.source
        return pa.scalar(said, ARROW_TYPES[column.type])

    def _column(self, column: Column, raw: pa.ChunkedArray) -> tuple[Any, Any]:
        """(typed values, mask of the rows that are sure, or None for all)."""
        name = column.name
        if name == "source":
            return pc.fill_null(raw, self._decisions.source), None
        if column.type == "timestamp":
            return self._instants(name, raw)
        if column.type in ("money", "float", "int"):
            return self._numbers(column, raw)
        if name == "currency":
            return raw, _known_codes(raw)
        if column.choices:
            return raw, _members(raw, column.choices)
        if column.type == "json":
            return raw, pc.is_null(raw)
        if name == "birth_on":
            return raw, pc.fill_null(pc.match_like(raw, "____-__-__"), True)
        if name == "customer_id" or name in self._match.shape.key:
            return raw, _identifiers(name, raw)
        return raw, None

    def _instants(self, name: str, raw: pa.ChunkedArray) -> tuple[Any, Any]:
        value, sure = self._cast(raw, pa.timestamp("us"))
        if name == self._match.shape.time:
            bounds = pc.min_max(value).as_py()
            low, high = bounds["min"], bounds["max"]
            if low is not None and (low < self._earliest.as_py() or high > self._latest.as_py()):
                inside = pc.and_(pc.greater_equal(value, self._earliest), pc.less_equal(value, self._latest))
                sure = _both(sure, pc.fill_null(inside, True))
        return value, sure

    def _numbers(self, column: Column, raw: pa.ChunkedArray) -> tuple[Any, Any]:
        value, sure = self._cast(raw, ARROW_TYPES[column.type])
        if column.type == "float":
            sure = _both(sure, pc.fill_null(pc.is_finite(value), True))
        if self._match.shape.name == "orders" and column.name == "amount":
            zero = pa.scalar(0, value.type)
            if not pc.all(pc.greater(value, zero)).as_py():
                sure = _both(sure, pc.fill_null(pc.greater(value, zero), True))
        return value, sure

    def _cast(self, raw: pa.ChunkedArray, kind: pa.DataType) -> tuple[Any, Any]:
        """Arrow's strict cast; where some value does not take it, the engine's, NULL for those values."""
        try:
            value = _strict(raw, kind)
        except pa.ArrowInvalid:
            value = self._try_cast(raw, kind)
            return value, pc.or_(pc.is_valid(value), pc.is_null(raw))
        return value, None

    def _try_cast(self, raw: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
        if pa.types.is_timestamp(kind):
            shapes = " OR ".join(f"x LIKE '{shape}'" for shape in ISO_SHAPES)
            query = f"SELECT CASE WHEN {shapes} THEN TRY_CAST(x AS TIMESTAMP) END AS x FROM plain"
        elif pa.types.is_decimal(kind):
            query = (
                "SELECT CASE WHEN regexp_full_match(x, '[+-]?\\d{1,14}(\\.\\d{0,4})?') "
                "THEN TRY_CAST(x AS DECIMAL(18,4)) END AS x FROM plain"
            )
        else:
            whole = "[+-]?\\d{1,15}" + ("" if pa.types.is_integer(kind) else "(\\.\\d{0,10})?")
            target = "BIGINT" if pa.types.is_integer(kind) else "DOUBLE"
            query = (
                f"SELECT CASE WHEN regexp_full_match(x, '{whole}') THEN TRY_CAST(x AS {target}) END AS x "
                "FROM plain"
            )
        self._connection.register("plain", pa.table({"x": raw}))
        value = self._connection.execute(query).to_arrow_table()["x"]
        self._connection.unregister("plain")
        return value.cast(kind)


def _strict(raw: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Arrow's cast; instants may all have an offset, or none. Raises pa.ArrowInvalid."""
    try:
        return pc.cast(raw, kind)
    except pa.ArrowInvalid:
        if not pa.types.is_timestamp(kind):
            raise
        return pc.cast(pc.cast(raw, pa.timestamp(kind.unit, tz="UTC")), kind)


def _both(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one if other is None else other
    return pc.and_(one, other)


def _identifiers(name: str, raw: pa.ChunkedArray) -> Any:
    longest = pc.max(pc.binary_length(raw)).as_py() or 0
    sure = None
    if longest > LONGEST_ID:
        sure = pc.less_equal(pc.utf8_length(raw), LONGEST_ID)
    if name == "customer_id":
        contact = r"[@+(]" if longest < PHONE_LENGTH else MAYBE_CONTACT
        maybe = pc.match_substring_regex(raw, contact)
        if pc.any(maybe).as_py():
            sure = _both(sure, pc.invert(maybe))
    return sure if sure is None else pc.fill_null(sure, True)


def _known_codes(raw: pa.ChunkedArray) -> Any:
    """Three capitals each, and none missing: the full statement assumes and rejects."""
    values = pc.unique(raw).to_pylist()
    good = [v for v in values if v and len(v) == 3 and v.isascii() and v.isupper()]
    return None if len(good) == len(values) else pc.is_in(raw, pa.array(good, pa.string()))


def _members(raw: pa.ChunkedArray, choices: tuple[str, ...]) -> Any:
    sure = pc.is_in(raw, pa.array(choices, pa.string()))
    return None if pc.all(sure).as_py() else sure
