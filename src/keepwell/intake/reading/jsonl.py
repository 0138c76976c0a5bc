"""JSON Lines: one object per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError
from keepwell.intake.reading.blocks import BlockReader, cut
from keepwell.intake.reading.chunks import Broken, Chunk
from keepwell.intake.reading.opening import Survey, open_bytes
from keepwell.intake.reading.records import MISSING, RAW_CHARACTERS

SAMPLE_LINES = 1_000


def _text(value: Any) -> str | None:
    if value is None or value in MISSING:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


class JsonLinesSource:
    """A JSON Lines file; its columns are the names met in its first lines, nested objects as `a.b`."""

    format = "jsonl"
    unit = "line"
    delimiter: str | None = None
    sheet: str | None = None

    def __init__(self, path: Path, found: Survey, encoding: str) -> None:
        self.path = path
        self.encoding: str | None = encoding
        self.notes: list[str] = []
        self._survey = found
        self._rows = []
        names: dict[str, None] = {}
        for line in found.head.splitlines()[:SAMPLE_LINES]:
            row = _parse(line)
            if isinstance(row, dict):
                self._rows.append(row)
                names.update(dict.fromkeys(row))
        if not names:
            raise IntakeError(_("no line holds a JSON object"), code="empty", file=path.name, line=1)
        self.columns = list(names)
        if len(self.columns) > limits.COLUMNS:
            raise IntakeError(
                _("%(count)d columns; at most %(limit)d can be read")
                % {"count": len(self.columns), "limit": limits.COLUMNS},
                code="columns",
                file=path.name,
            )

    def sample(self) -> pa.Table:
        """The first rows as text."""
        return self._table(self._rows[:200], range(len(self.columns)))

    def _table(self, rows: list[dict[str, Any]], wanted: Sequence[int]) -> pa.Table:
        names = {n: self.columns[n] for n in wanted}
        return pa.table(
            {
                f"c{n}": pa.array([_text(row.get(name)) for row in rows], pa.string())
                for n, name in names.items()
            }
        )

    def chunks(self, wanted: Sequence[int]) -> Iterator[Chunk]:
        """The rows, with their lines."""
        with open_bytes(self.path, gzipped=self._survey.gzipped) as file:
            reader = BlockReader(file, self.encoding or "utf-8", self.path.name)
            for block in cut(reader, None, self.path.name):
                rows: list[dict[str, Any]] = []
                lines: list[int] = []
                broken: list[Broken] = []
                for number, line in enumerate(block.data.split(b"\n"), start=block.line):
                    line = line.strip(b"\xef\xbb\xbf \t\r")
                    if not line:
                        continue
                    row = _parse(line)
                    if isinstance(row, dict):
                        rows.append(row)
                        lines.append(number)
                    else:
                        shown = line[:RAW_CHARACTERS].decode("utf-8", "backslashreplace")
                        broken.append(Broken(number, "json", row, shown))
                yield Chunk(
                    table=self._table(rows, wanted),
                    lines=pa.array(lines, pa.int64()),
                    raw=lambda positions, rows=rows: [  # type: ignore[misc]
                        json.dumps(rows[n], ensure_ascii=False)[:RAW_CHARACTERS] for n in positions
                    ],
                    broken=broken,
                    bytes_done=block.bytes_done,
                )


def _parse(line: bytes) -> dict[str, Any] | str:
    """The line's object, flattened; or what is wrong with it."""
    try:
        row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return str(error)
    if not isinstance(row, dict):
        return str(_("not a JSON object"))
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and name != "properties":
            flat.update({f"{name}.{inner}": v for inner, v in value.items()})
        else:
            flat[name] = value
    return flat
