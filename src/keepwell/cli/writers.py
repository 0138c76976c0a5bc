"""Files for people and programs: CSV, Excel, Parquet and JSON Lines, chosen by the name's ending.

A file takes its name only when it is whole. Text that a spreadsheet would run as a formula is escaped in
CSV and Excel.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from keepwell.cli.errors import CommandError

Kind = Literal["text", "money", "number", "integer", "time", "flag"]
Row = Sequence[Any]
EXCEL_ROWS_MAX = 1_048_575  # beside the heading
ROWS_PER_BATCH = 20_000


@dataclass(frozen=True)
class Column:
    """One column of an export."""

    name: str
    kind: Kind = "text"


def check_ending(path: Path) -> None:
    """Raise CommandError unless the ending names a format."""
    if path.suffix.lower() not in WRITERS:
        raise CommandError(f"{path.name}: the name must end in {', '.join(WRITERS)}", field="out")


def write(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Write `rows` to `path`, streamed; returns how many. A file of that name is replaced at the end.

    Raises CommandError for an ending that names no format or a folder that is not there.
    """
    check_ending(path)
    if not path.absolute().parent.is_dir():
        raise CommandError(f"there is no folder {path.parent}", field="out")
    with _whole(path) as temporary:
        return WRITERS[path.suffix.lower()](temporary, columns, rows)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _for_spreadsheet(column: Column) -> Callable[[Any], Any]:
    """How a cell of `column` is written where a person may open it in a spreadsheet."""
    from keepwell.foundation.spreadsheet import safe_cell

    def cell(value: Any) -> Any:
        if value is None:
            return ""
        if column.kind == "text":
            return safe_cell(str(value))
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(value, bool):
            return "true" if value else "false"
        return value

    return cell


def _csv(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    cells = [_for_spreadsheet(column) for column in columns]
    count = 0
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(column.name for column in columns)
        for row in rows:
            writer.writerow(cell(value) for cell, value in zip(cells, row, strict=True))
            count += 1
    return count


def _xlsx(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    import xlsxwriter

    cells = [_for_spreadsheet(column) for column in columns]
    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("keepwell")
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, bold)
        for count, row in enumerate(rows, start=1):
            if count > EXCEL_ROWS_MAX:
                raise CommandError(
                    f"an Excel sheet holds {EXCEL_ROWS_MAX:,} rows; write .csv or .parquet instead",
                    field="out",
                )
            for place, (cell, value) in enumerate(zip(cells, row, strict=True)):
                plain = cell(value)
                if isinstance(plain, int | float | Decimal):
                    sheet.write_number(count, place, float(plain))
                elif plain != "":
                    sheet.write_string(count, place, str(plain))
    return count


def _jsonl(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    import orjson

    names = [column.name for column in columns]
    count = 0
    with open(path, "wb") as file:
        for row in rows:
            document = dict(zip(names, row, strict=True))
            file.write(orjson.dumps(document, default=_number, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _parquet(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "text": pa.string(),
        "money": pa.decimal128(18, 4),
        "number": pa.float64(),
        "integer": pa.int64(),
        "time": pa.timestamp("us", tz="UTC"),
        "flag": pa.bool_(),
    }
    schema = pa.schema([pa.field(column.name, types[column.kind]) for column in columns])
    count = 0
    source = iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while batch := list(islice(source, ROWS_PER_BATCH)):
            values = zip(*batch, strict=True)
            arrays = [pa.array(list(cells), field.type) for cells, field in zip(values, schema, strict=True)]
            writer.write_table(pa.table(arrays, schema=schema))
            count += len(batch)
    return count


WRITERS: dict[str, Callable[[Path, Sequence[Column], Iterable[Row]], int]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".jsonl": _jsonl,
}
