"""What is in an uploaded file: its tables, columns and first rows, and what they are taken for."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keepwell.intake.contracts import Options
from keepwell.intake.errors import IntakeError
from keepwell.intake.jobs.contracts import TableSeen
from keepwell.intake.matching.match import place
from keepwell.intake.matching.names import normal
from keepwell.intake.reading.chunks import Source
from keepwell.intake.reading.opening import Survey, survey
from keepwell.intake.shapes import SHAPES
from keepwell.intake.units import Part, match_part, sources_of

ROWS_SHOWN = 5
VALUE_LENGTH_MAX = 60


def look(path: Path, *, table: str, columns: Mapping[str, str] | None) -> tuple[TableSeen, ...]:
    """Every table of the file; one that cannot be read or matched says why in `error`.

    `table` and `columns` are what somebody said it is; without them Keepwell recognises it.
    """
    options = options_for(table, columns, {})
    with tempfile.TemporaryDirectory(prefix="keepwell-look-") as scratch:
        try:
            found = survey(path)
            return tuple(
                _seen(path, source, found, options) for source in sources_of(path, found, Path(scratch))
            )
        except IntakeError as error:
            return (TableSeen((), (), "", "", "", "", table, "", {}, (), error.message),)


def options_for(table: str, columns: Mapping[str, str] | None, said: Mapping[str, Any]) -> Options:
    """How one file is read: what was said of all files, and of this one."""
    mapping = None
    if columns is not None:
        mapping = {"table": table, "columns": dict(columns), "match_others": False}
    return Options(table=table or None, mapping=mapping, **said)


def _seen(path: Path, source: Source, found: Survey, options: Options) -> TableSeen:
    part: Part | None = None
    problem = ""
    try:
        part = match_part(path, source, found, options)
    except IntakeError as error:
        problem = error.message
    rows = source.sample().slice(0, ROWS_SHOWN).to_pylist()
    names = [f"c{place}" for place in range(len(source.columns))]
    return TableSeen(
        columns=tuple(source.columns),
        rows=tuple(tuple((row.get(name) or "")[:VALUE_LENGTH_MAX] for name in names) for row in rows),
        format=source.format,
        encoding=source.encoding or "",
        delimiter=source.delimiter or "",
        sheet=source.sheet or "",
        table=part.match.shape.name if part else (options.table or ""),
        profile=part.profile.name if part and part.profile else "",
        placed=part.report.columns if part else _placed(source.columns, options),
        notes=tuple(part.report.warnings) if part else (),
        error=problem,
    )


def _placed(columns: Sequence[str], options: Options) -> dict[str, str]:
    """Ours -> theirs where the file does not fit (yet): as it was said, else what the names tell."""
    if options.mapping is not None:
        return dict(options.mapping["columns"])
    if options.table not in SHAPES:
        return {}
    return {ours: columns[at] for ours, at in place(columns, SHAPES[options.table]).items()}


def columns_mark(columns: Sequence[str]) -> str:
    """A name for a set of columns, whatever their order: how files of the same kind are known again."""
    listed = "\0".join(sorted(normal(column) for column in columns))
    return hashlib.sha256(listed.encode()).hexdigest()
