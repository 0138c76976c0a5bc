"""Parquet files that become part of a table: their schema checked, their statistics collected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.history.schemas import FactTable

LONGEST_STATISTIC = 128


@dataclass(frozen=True)
class NewFile:
    """A whole Parquet file with the statistics that the log keeps; `lacking`: columns of later releases."""

    path: Path
    rows: int
    size: int
    minimum: dict[str, Any]
    maximum: dict[str, Any]
    nulls: dict[str, int]
    lacking: frozenset[str] = frozenset()

    def at(self, path: Path) -> NewFile:
        """The same file under another name."""
        return replace(self, path=path)


def indexed_columns(table: FactTable) -> list[str]:
    """The columns whose least and greatest values the log keeps, so that readers can skip files."""
    wanted = (*table.key, "customer_id", *((table.time,) if table.time else ()), "recorded_at", "revises")
    return [column.name for column in table.all_columns if column.name in wanted]


def inspect(path: Path, table: FactTable) -> NewFile:
    """Read the footer of `path`.

    Columns of later releases may be missing: a batch that an earlier release has staged is as good.

    Raises ValueError where another column is missing, or one is unknown, of another type, or empty though
    required.
    """
    with pq.ParquetFile(path) as file:
        _check_schema(file.schema_arrow, table, path)
        metadata = file.metadata
        nulls = {column.name: 0 for column in table.all_columns if column.required}
        present = table.later.intersection(file.schema_arrow.names)
        minimum: dict[str, Any] = {}
        maximum: dict[str, Any] = {}
        names = {metadata.schema.column(i).name: i for i in range(metadata.num_columns)}
        for name in {*nulls, *indexed_columns(table)}:
            low, high, empty = _column_statistics(metadata, names[name])
            if name in nulls and empty:
                raise ValueError(f"{table.name}.{name}: {empty} rows without a value in {path.name}")
            if low is not None and name in indexed_columns(table):
                minimum[name], maximum[name] = low, high
        # The log tells by them which files have the column.
        nulls |= {name: _column_nulls(file, names[name]) for name in present}
        size = path.stat().st_size
        return NewFile(path, metadata.num_rows, size, minimum, maximum, nulls, table.later - present)


def inspect_staged(path: Path, table: FactTable) -> NewFile:
    """`inspect` for a file that comes from outside: `revises` is the lake's to say.

    Raises ValueError as `inspect` does, and where a row claims to revise.
    """
    file = inspect(path, table)
    if file.rows and file.maximum.get("revises") is not False:
        column = pq.read_table(path, columns=["revises"])["revises"]
        if pc.any(column).as_py():
            raise ValueError(f"{table.name}.revises: must be false in {path.name}")
        file.minimum["revises"] = file.maximum["revises"] = False
    return file


def _column_statistics(metadata: pq.FileMetaData, index: int) -> tuple[Any, Any, int]:
    lows, highs, empty, known = [], [], 0, True
    for group in range(metadata.num_row_groups):
        column = metadata.row_group(group).column(index)
        statistics = column.statistics
        if statistics is None or not statistics.has_min_max:
            known = known and bool(statistics and statistics.null_count == column.num_values)
        else:
            lows.append(_value(statistics.min))
            highs.append(_value(statistics.max))
        if statistics is not None and statistics.has_null_count:
            empty += statistics.null_count
    if not known or not lows:
        return None, None, empty
    low, high = min(lows), max(highs)
    if isinstance(high, str) and max(len(low), len(high)) > LONGEST_STATISTIC:
        return None, None, empty
    return low, high, empty


def _column_nulls(file: pq.ParquetFile, index: int) -> int:
    """How many rows are empty in a column; counted where the footer does not say."""
    metadata, count = file.metadata, 0
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(index).statistics
        if statistics is not None and statistics.has_null_count:
            count += statistics.null_count
        else:
            name = metadata.schema.column(index).name
            count += file.read_row_group(group, columns=[name])[name].null_count
    return count


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value.decode() if isinstance(value, bytes) else value


def _check_schema(schema: pa.Schema, table: FactTable, path: Path) -> None:
    expected = {field.name: field.type for field in table.arrow_schema}
    found = {field.name: _plain_type(field.type) for field in schema}
    for name in expected.keys() - found.keys() - table.later:
        raise ValueError(f"{table.name}.{name}: the column is missing in {path.name}")
    for name in found.keys() - expected.keys():
        raise ValueError(f"{table.name}: unknown column {name!r} in {path.name}")
    for name, kind in expected.items():
        if found.get(name, kind) != kind:
            raise ValueError(f"{table.name}.{name}: expected {kind}, got {found[name]} in {path.name}")


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_timestamp(kind) and kind.tz in ("UTC", "Etc/UTC", "+00:00"):
        return pa.timestamp(kind.unit, tz="UTC")
    return kind
