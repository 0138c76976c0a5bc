"""What every reader gives: chunks of text columns, each row with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Broken:
    """A record that is no row: wrong number of fields, or bytes that are not text."""

    line: int
    code: str
    detail: str
    raw: str


@dataclass(frozen=True)
class Chunk:
    """Rows of one file: `table` holds the wanted columns as text, named c0, c1, … by position.

    `lines` (int64) is the line or row number in the file of each row. `raw` gives the whole original row of
    some positions.
    """

    table: pa.Table
    lines: pa.Array
    raw: Callable[[Sequence[int]], list[str]]
    broken: list[Broken] = field(default_factory=list)
    bytes_done: int = 0


class Source(Protocol):
    """One table inside one file."""

    columns: list[str]
    format: str
    encoding: str | None
    delimiter: str | None
    unit: str
    notes: list[str]
    sheet: str | None

    def sample(self) -> pa.Table:
        """The first rows as text, all columns named c0, c1, …"""
        ...

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows, with the columns at the positions `wanted`; may be called again."""
        ...
