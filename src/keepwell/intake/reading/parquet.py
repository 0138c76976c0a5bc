"""Parquet files, by row groups and batches."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError
from keepwell.intake.reading.chunks import Chunk
from keepwell.intake.reading.records import RAW_CHARACTERS


def as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column of any type as text: whole floats without their fraction, instants as ISO in UTC."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(pa.string())
    if pa.types.is_floating(kind):
        return _floats(column)
    if pa.types.is_timestamp(kind):
        zoned = kind.tz is not None
        plain = column.cast(pa.timestamp("us", tz=kind.tz), safe=False).cast(pa.timestamp("us"))
        with contextlib.suppress(pa.ArrowInvalid):  # whole seconds, written without a fraction
            plain = plain.cast(pa.timestamp("s"))
        text = pc.strftime(plain, format="%Y-%m-%d %H:%M:%S")
        return pc.binary_join_element_wise(text, "+00:00", "") if zoned else text
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else _json(v) for v in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _floats(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """17850.0 is the number 17850, as exports with gaps write it; NaN is missing."""
    column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    whole = pc.and_(pc.equal(column, pc.trunc(column)), pc.less(pc.abs(column), 1e15))
    integers = pc.if_else(whole, column, pa.scalar(None, column.type)).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(integers, column.cast(pa.string()))


def _json(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else json.dumps(value, default=str)


class ParquetSource:
    """A Parquet file."""

    format = "parquet"
    unit = "row"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        try:
            with pq.ParquetFile(path) as file:
                self.columns: list[str] = list(file.schema_arrow.names)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error
        if len(self.columns) > limits.COLUMNS:
            raise IntakeError(
                _("%(count)d columns; at most %(limit)d can be read")
                % {"count": len(self.columns), "limit": limits.COLUMNS},
                code="columns",
                file=path.name,
            )

    def _damaged(self, error: Exception) -> IntakeError:
        message = _("the Parquet file is damaged: %(error)s") % {"error": str(error).splitlines()[0]}
        return IntakeError(message, file=self.path.name)

    def _batches(self, rows: int, columns: Sequence[int]) -> Iterator[pa.RecordBatch]:
        names = [self.columns[n] for n in columns]
        try:
            with pq.ParquetFile(self.path) as file:
                yield from file.iter_batches(batch_size=rows, columns=names)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from error

    def sample(self) -> pa.Table:
        """The first rows as text."""
        everything = range(len(self.columns))
        for batch in self._batches(200, everything):
            return pa.table({f"c{n}": as_text(batch.column(n)) for n in everything})
        return pa.table({f"c{n}": pa.array([], pa.string()) for n in everything})

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows, numbered from 1."""
        row = 1
        for batch in self._batches(limits.ROWS_PER_CHUNK, wanted):
            table = pa.table({f"c{n}": as_text(batch.column(i)) for i, n in enumerate(wanted)})
            names = [self.columns[n] for n in wanted]

            def raw(positions: Sequence[int], table: pa.Table = table, names: list[str] = names) -> list[str]:
                rows = table.take(pa.array(positions, pa.int64())).rename_columns(names).to_pylist()
                return [json.dumps(r, ensure_ascii=False)[:RAW_CHARACTERS] for r in rows]

            lines = pa.array(range(row, row + batch.num_rows), pa.int64())
            yield Chunk(table=table, lines=lines, raw=raw)
            row += batch.num_rows
