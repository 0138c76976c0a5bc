"""Delimited text, read in blocks that are cut between records; exact line numbers at streaming speed."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError
from keepwell.intake.reading import blocks as cutting
from keepwell.intake.reading import dialect, records
from keepwell.intake.reading.chunks import Chunk
from keepwell.intake.reading.opening import Survey, open_bytes


class TextSource:
    """A delimited text file; its quoting is RFC 4180 with stray quotes taken literally."""

    format = "csv"
    unit = "line"
    sheet: str | None = None

    def __init__(self, path: Path, found: Survey, encoding: str) -> None:
        self.path = path
        self.encoding: str | None = encoding
        self.notes: list[str] = []
        self._survey = found
        text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(found.head)
        whole = len(found.head) >= found.unpacked_bytes
        self._dialect = dialect.judge(text, whole=whole, file=path.name)
        self.delimiter = self._dialect.delimiter
        self.columns = self._dialect.columns
        self.has_header = self._dialect.has_header

    def sample(self) -> pa.Table:
        """The first rows as text."""
        width = len(self.columns)
        rows = [row for row in self._dialect.rows if len(row) == width]
        return pa.table(
            {f"c{n}": pa.array([row[n] or None for row in rows], pa.string()) for n in range(width)}
        )

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows, with the columns at the positions `wanted`."""
        layout = records.Layout(
            width=len(self.columns),
            delimiter=self.delimiter,
            wanted=tuple(wanted),
            file=self.path.name,
            plain_utf8=self._survey.ascii or not self._survey.utf8_errors,
        )
        with open_bytes(self.path, gzipped=self._survey.gzipped) as file:
            reader = cutting.BlockReader(file, self.encoding or "utf-8", self.path.name)
            first = True
            for block in cutting.cut(reader, self.delimiter, self.path.name):
                if first:
                    block = self._without_header(block)
                    first = False
                if block.data:
                    yield records.parse(block, layout)
        if first:
            raise IntakeError(_("the file is empty"), code="empty", file=self.path.name)

    def _without_header(self, block: cutting.Block) -> cutting.Block:
        """Drop a byte-order mark, a `sep=` line and the header from the first block."""
        data, used = block.data.removeprefix(codecs.BOM_UTF8), 0
        if data[:4] == b"sep=" and data.find(b"\n") in (5, 6):
            data, used = _after_line(data), 1
        if self.has_header:
            lines = _lines_of_first_record(data, self.delimiter)
            used += lines
            for _n in range(lines):
                data = _after_line(data)
        return replace(block, data=data, line=block.line + used, line_ends=block.line_ends - used)


def _after_line(data: bytes) -> bytes:
    """What follows the first line; a line ends at LF, CR LF or a lone CR."""
    ends = [position for position in (data.find(b"\n"), data.find(b"\r")) if position >= 0]
    if not ends:
        return b""
    end = min(ends)
    return data[end + (2 if data[end : end + 2] == b"\r\n" else 1) :]


def _lines_of_first_record(data: bytes, delimiter: str | None) -> int:
    """How many lines blank lines before the header and the header itself take."""
    text = data[: limits.RECORD_BYTES].decode("utf-8", errors="replace")
    if delimiter is None:
        count = 0
        for line in io.StringIO(text, newline=None):
            count += 1
            if line.strip():
                break
        return count
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for row in reader:
        if row:
            break
    return reader.line_num
