"""A block of whole records into a chunk of columns, each row with its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.reading.blocks import CR, LF, QUOTE, Block
from keepwell.intake.reading.chunks import Broken, Chunk

MISSING = ("", "NULL", "null", "Null", "NaN", "nan", "N/A", "n/a", "#N/A", "\\N", "None", "<NA>", "NaT")
"""What exports write for a value that is not there."""

RAW_CHARACTERS = 10_000


@dataclass(frozen=True)
class Layout:
    """What is known of the file when its blocks are parsed."""

    width: int
    delimiter: str | None
    wanted: tuple[int, ...]
    file: str
    plain_utf8: bool


def parse(block: Block, layout: Layout) -> Chunk:
    """Parse one block; the fast way where the block is regular, record by record where it is not."""
    if layout.delimiter is None:
        return _spaced(block, layout)
    if not block.regular or b"\0" in block.data:
        return _record_by_record(block, layout)
    if not layout.plain_utf8 and not _is_utf8(block.data):
        return _record_by_record(block, layout)
    return _fast(block, layout) or _record_by_record(block, layout)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _record_lines(block: Block) -> np.ndarray:
    """The line of each record that is not blank."""
    data = block.data
    array = np.frombuffer(data, np.uint8)
    breaks = array == LF
    if CR in data:
        lone = np.flatnonzero(array == CR)
        lone = lone[(lone + 1 == len(array)) | (array[np.minimum(lone + 1, len(array) - 1)] != LF)]
        breaks[lone] = True
    ends = np.flatnonzero(breaks)
    if not len(ends) or ends[-1] != len(array) - 1:
        ends = np.append(ends, len(array))
    starts = np.concatenate([[0], ends[:-1] + 1])
    quotes = np.flatnonzero(array == QUOTE)
    outside = np.searchsorted(quotes, starts) % 2 == 0
    width = ends - starts
    ended_by_crlf = (width > 0) & (array[np.minimum(ends, len(array)) - 1] == CR) & (width == 1)
    filled = (width > 0) & ~ended_by_crlf
    return block.line + np.flatnonzero(outside & filled)


def _fast(block: Block, layout: Layout) -> Chunk | None:
    """Arrow's parser; None where its count of records is not ours, so that lines would be guesses."""
    invalid: list[Any] = []

    def keep(row: Any) -> str:
        invalid.append(row)
        return "skip"

    table = _read(block.data, layout, layout.wanted, keep)
    total = table.num_rows + len(invalid)
    if total == block.line_ends + (block.data[-1:] not in (b"\n", b"\r")):
        records = np.arange(block.line, block.line + total, dtype=np.int64)  # every line is a record
    else:
        records = _record_lines(block)
        if total != len(records):
            return None
    broken = []
    if invalid:
        positions = np.array([row.number - 1 for row in invalid])
        broken = [
            _wrong_width(int(records[row.number - 1]), layout.width, row.actual_columns, row.text)
            for row in invalid
        ]
        records = np.delete(records, positions)
    return Chunk(
        table=table,
        lines=pa.array(records, pa.int64()),
        raw=_raw_rows(block.data, layout),
        broken=broken,
        bytes_done=block.bytes_done,
    )


def _read(data: bytes, layout: Layout, wanted: Sequence[int], keep: Callable[[Any], str]) -> pa.Table:
    names = [f"c{n}" for n in range(layout.width)]
    quoted = QUOTE in data
    chosen = [names[n] for n in wanted]
    return pacsv.read_csv(
        pa.BufferReader(data),
        read_options=pacsv.ReadOptions(
            use_threads=False, block_size=max(len(data) + 1, 1024), column_names=names
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            invalid_row_handler=keep,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            include_columns=chosen,
            strings_can_be_null=True,
            null_values=list(MISSING),
            check_utf8=not layout.plain_utf8,
        ),
    )


def _raw_rows(data: bytes, layout: Layout) -> Callable[[Sequence[int]], list[str]]:
    """Parses the block again with all its columns, which only blocks with rejected rows pay for."""

    def raw(positions: Sequence[int]) -> list[str]:
        table = _read(data, layout, range(layout.width), lambda _row: "skip")
        return [as_csv(list(row.values())) for row in table.take(pa.array(positions, pa.int64())).to_pylist()]

    return raw


def as_csv(values: Sequence[Any], delimiter: str = ",") -> str:
    """One record as CSV text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow("" if v is None else v for v in values)
    return out.getvalue()[:RAW_CHARACTERS]


def _wrong_width(line: int, expected: int, actual: int, raw: str) -> Broken:
    detail = _("%(actual)d fields where the header has %(expected)d") % {
        "actual": actual,
        "expected": expected,
    }
    return Broken(line, "fields", detail, raw[:RAW_CHARACTERS].rstrip("\r\n"))


def _record_by_record(block: Block, layout: Layout) -> Chunk:
    """The exact and slow way: damaged bytes, stray quotes, NUL bytes."""
    text = block.data.decode("utf-8", errors="surrogateescape")
    csv.field_size_limit(limits.RECORD_BYTES * 2)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter or ",")
    rows: list[list[str]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    line = block.line
    for row in reader:
        record_line, line = line, block.line + reader.line_num
        if not row:
            continue
        problem = _problem(row, record_line, layout)
        if problem:
            broken.append(problem)
        else:
            rows.append(row)
            lines.append(record_line)
    return _from_rows(rows, lines, broken, layout, block)


def _problem(row: list[str], line: int, layout: Layout) -> Broken | None:
    joined = as_csv(row)
    if re.search("[\ud800-\udfff\ufffd]", joined):
        shown = joined.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return Broken(line, "encoding", _("bytes that are not text in the file's encoding"), shown)
    if "\0" in joined:
        return Broken(line, "nul", _("NUL bytes"), joined.replace("\0", "\\0"))
    if len(row) != layout.width:
        return _wrong_width(line, layout.width, len(row), joined)
    return None


def _from_rows(
    rows: list[list[str]], lines: list[int], broken: list[Broken], layout: Layout, block: Block
) -> Chunk:
    table = pa.table(
        {
            f"c{n}": pa.array([None if row[n] in MISSING else row[n] for row in rows], pa.string())
            for n in layout.wanted
        }
    )
    return Chunk(
        table=table,
        lines=pa.array(lines, pa.int64()),
        raw=lambda positions: [as_csv(rows[n]) for n in positions],
        broken=broken,
        bytes_done=block.bytes_done,
    )


def _spaced(block: Block, layout: Layout) -> Chunk:
    """Columns separated by runs of white space: fixed-width tables without quoting."""
    rows: list[list[str]] = []
    lines: list[int] = []
    broken: list[Broken] = []
    text = block.data.decode("utf-8", errors="surrogateescape")
    for number, line in enumerate(re.split("\r\n|\n|\r", text), start=block.line):
        fields = line.split()
        if not fields:
            continue
        problem = _problem(fields, number, layout)
        if problem:
            broken.append(problem)
        else:
            rows.append(fields)
            lines.append(number)
    return _from_rows(rows, lines, broken, layout, block)
