"""A source with columns made of its own: the first of several that has a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from keepwell.intake.matching.names import normal
from keepwell.intake.reading.chunks import Chunk, Source


class FirstOf:
    """Another source, with the columns `wanted` (name -> names of the file's columns) at its end."""

    def __init__(self, source: Source, wanted: Mapping[str, tuple[str, ...]]) -> None:
        self._source = source
        self.format = source.format
        self.encoding = source.encoding
        self.delimiter = source.delimiter
        self.unit = source.unit
        self.notes = source.notes
        self.sheet = source.sheet
        places = {normal(name): n for n, name in reversed(list(enumerate(source.columns)))}
        self._made = {
            len(source.columns) + n: [places[normal(other)] for other in others if normal(other) in places]
            for n, others in enumerate(wanted.values())
        }
        self.columns = [*source.columns, *wanted]

    def _with_made(self, table: pa.Table, positions: Sequence[int]) -> pa.Table:
        for position in positions:
            made = pa.nulls(table.num_rows, pa.string())
            for other in self._made[position]:
                value = pc.utf8_trim_whitespace(table[f"c{other}"])
                said = pc.fill_null(pc.invert(pc.is_in(value, pa.array(["", "0"]))), False)
                made = pc.coalesce(made, pc.if_else(said, value, pa.scalar(None, pa.string())))
            table = table.append_column(f"c{position}", made)
        return table

    def sample(self) -> pa.Table:
        """The first rows as text."""
        return self._with_made(self._source.sample(), list(self._made))

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows, with the columns at the positions `wanted`."""
        made = [n for n in wanted if n in self._made]
        needed = sorted({n for n in wanted if n not in self._made} | {n for m in made for n in self._made[m]})
        for chunk in self._source.chunks(needed):
            yield replace(chunk, table=self._with_made(chunk.table, made))
