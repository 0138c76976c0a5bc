"""Excel files (.xlsx, .xls, .xlsb) through calamine, one source per sheet that holds a table."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine
from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError
from keepwell.intake.reading.chunks import Chunk
from keepwell.intake.reading.records import MISSING, RAW_CHARACTERS


def _check_archive(path: Path) -> None:
    """Unpack every entry once, counting: the directory of a zip bomb lies about sizes."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if not any(name.startswith("xl/workbook") for name in names):
                raise IntakeError(
                    _("a ZIP archive, but no Excel file; unpack it first"), code="format", file=path.name
                )
            total = 0
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    while data := stream.read(limits.MIB):
                        total += len(data)
                        if total > limits.SHEET_BYTES:
                            raise IntakeError(
                                _("the Excel file unpacks to more than %(limit)d MiB; save it as CSV")
                                % {"limit": limits.SHEET_BYTES // limits.MIB},
                                code="bomb",
                                file=path.name,
                            )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        message = _("the Excel file is damaged or protected: %(error)s") % {"error": error}
        raise IntakeError(message, file=path.name) from error


def excel_sources(path: Path) -> Iterator[ExcelSource]:
    """The sheets with data; raises IntakeError for a damaged, protected or oversized file."""
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            _check_archive(path)
    if path.stat().st_size > limits.SHEET_BYTES // 2:
        raise IntakeError(_("the Excel file is too large; save it as CSV"), code="size", file=path.name)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
    except Exception as error:
        # calamine raises its own and plain exceptions; whatever it is, the file is at fault
        message = _("the Excel file is damaged or protected: %(error)s") % {"error": error}
        raise IntakeError(message, file=path.name) from error
    for name in names:
        source = ExcelSource(path, book, name)
        if source.columns:
            yield source


class ExcelSource:
    """One sheet; its first row that is not empty names the columns."""

    format = "excel"
    unit = "row"
    encoding: str | None = None
    delimiter: str | None = None

    def __init__(self, path: Path, book: Any, sheet: str) -> None:
        self.path = path
        self.sheet: str | None = sheet
        self.notes: list[str] = []
        self._book = book
        self._header_row = 0
        self.columns: list[str] = []
        for number, row in self._rows():
            if any(_cell(value) for value in row):
                self._header_row = number
                self.columns = [_cell(value) or "" for value in row]
                break
        while self.columns and not self.columns[-1]:
            self.columns.pop()
        if len(self.columns) > limits.COLUMNS:
            raise IntakeError(
                _("%(count)d columns; at most %(limit)d can be read")
                % {"count": len(self.columns), "limit": limits.COLUMNS},
                code="columns",
                file=path.name,
            )

    def _rows(self) -> Iterator[tuple[int, list[Any]]]:
        """(row number in the sheet, cells)."""
        try:
            sheet = self._book.get_sheet_by_name(self.sheet)
            yield from enumerate(sheet.iter_rows(), start=1)  # rows above the first filled one come empty
        except python_calamine.CalamineError as error:
            message = _("the Excel file is damaged: %(error)s") % {"error": error}
            raise IntakeError(message, file=self.path.name) from error

    def _data(self) -> Iterator[tuple[int, list[str | None]]]:
        width = len(self.columns)
        for number, row in self._rows():
            if number <= self._header_row:
                continue
            cells = [_cell(value) for value in row[:width]]
            if any(cells):
                yield number, cells + [None] * (width - len(cells))

    def sample(self) -> pa.Table:
        """The first rows as text."""
        rows = [cells for _number, cells in islice(self._data(), 200)]
        return pa.table(
            {f"c{n}": pa.array([r[n] for r in rows], pa.string()) for n in range(len(self.columns))}
        )

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows, with their numbers in the sheet."""
        rows = self._data()
        while batch := list(islice(rows, limits.ROWS_PER_CHUNK)):
            cells = [row for _number, row in batch]

            def raw(positions: Sequence[int], cells: list[list[str | None]] = cells) -> list[str]:
                named = (dict(zip(self.columns, cells[n], strict=True)) for n in positions)
                return [json.dumps(row, ensure_ascii=False)[:RAW_CHARACTERS] for row in named]

            yield Chunk(
                table=pa.table({f"c{n}": pa.array([row[n] for row in cells], pa.string()) for n in wanted}),
                lines=pa.array([number for number, _row in batch], pa.int64()),
                raw=raw,
            )


def _cell(value: Any) -> str | None:
    if value is None or value == "" or (isinstance(value, str) and value in MISSING):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds" if value.microsecond else "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    return str(value)
