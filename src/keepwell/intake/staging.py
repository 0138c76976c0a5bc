"""One table of one file, checked chunk by chunk into a staged Parquet file."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.history.schemas import ARROW_TYPES, FACT_TABLES
from keepwell.intake import pseudonyms
from keepwell.intake.contracts import FileReport, Options
from keepwell.intake.matching.match import Match
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.reading.chunks import Chunk, Source
from keepwell.intake.rules import evidence
from keepwell.intake.rules.checker import Checked
from keepwell.intake.rules.checker import Checker as _Checker
from keepwell.intake.rules.query import CLEANED, Decisions
from keepwell.intake.shapes import Shape

ROW_GROUP = 122_880
LINES = pa.schema([pa.field("line", pa.int64())])


@dataclass
class Staged:
    """A staged file: `path` holds the rows, `lines` the line of each in the same order."""

    shape: Shape
    path: Path
    lines: Path
    report: FileReport
    rows: int = 0
    contacts: Path | None = None


class _ScanFirstError(Exception):
    """Values were met that the whole file must be asked about."""


def staged_schema(shape: Shape) -> pa.Schema:
    """The schema of a staged file: the lake's for a fact table, else the shape's own columns."""
    if shape.name in FACT_TABLES:
        fields = [
            f.with_nullable(f.nullable or f.name in shape.generated)
            for f in FACT_TABLES[shape.name].arrow_schema
        ]
        return pa.schema(fields)
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type]) for c in shape.columns])


class Stager:
    """Stages the tables of one import unit with one engine."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        quarantine: Quarantine,
        options: Options,
        now: datetime,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.connection = connection
        self.folder = folder
        self.quarantine = quarantine
        self.options = options
        self.now = now
        self.progress = progress

    def stage(
        self,
        source: Source,
        match: Match,
        decisions: Decisions,
        report: FileReport,
        *,
        default_order: str | None,
    ) -> Staged:
        """Check every row of `source`; raises IntakeError where the file as a whole cannot be read.

        A file whose dates or numbers can be read in more than one way is read twice: first for evidence.
        """
        mark = self.quarantine.mark()
        clean = copy.deepcopy(report)
        try:
            return self._attempt(source, match, decisions, report, certain=False)
        except _ScanFirstError:
            self.quarantine.back_to(mark)
            report.__dict__.update(clean.__dict__)
            wanted = sorted(match.mapping.values())
            found = evidence.gather(self.connection, match, source.chunks(wanted))
            order = evidence.date_order(
                found,
                option=self.options.date_order,
                default=default_order,
                file=report.file,
                notes=report.warnings,
            )
            decisions = replace(decisions, date_order=order, comma_columns=evidence.comma_columns(found))
            report.date_order = order if found.day_first or found.month_first or found.either else None
            return self._attempt(source, match, decisions, report, certain=True)

    def _attempt(
        self, source: Source, match: Match, decisions: Decisions, report: FileReport, *, certain: bool
    ) -> Staged:
        stem = f"{len(list(self.folder.iterdir())):04d}-{match.shape.name}"
        staged = Staged(match.shape, self.folder / f"{stem}.parquet", self.folder / f"{stem}.lines", report)
        schema = staged_schema(match.shape)
        wanted = sorted(match.mapping.values())
        checker = _Checker(self.connection, match, decisions, self.now)
        with _Output(staged, schema) as output:
            for chunk in ahead(source.chunks(wanted)):
                self._one(chunk, checker, staged, schema, output, certain)
        return staged

    def _one(
        self,
        chunk: Chunk,
        checker: _Checker,
        staged: Staged,
        schema: pa.Schema,
        output: _Output,
        certain: bool,
    ) -> None:
        report = staged.report
        checked = checker.check(chunk.table)
        if not certain and checked.uncertain:
            raise _ScanFirstError
        report.rows += chunk.table.num_rows + len(chunk.broken)
        for broken in chunk.broken:
            self._reject(report, broken.line, "", broken.code, broken.detail, "", broken.raw)
        self._reject_rows(chunk, checked, checker.match, report)
        for name, count in checked.applied.items():
            counts = report.cleaned if name in CLEANED else report.rules
            counts[name] = counts.get(name, 0) + count
        for part in checked.parts:
            accepted = part.rows
            if part.has_contacts:
                accepted, originals = pseudonyms.replace_contacts(accepted, country=self.options.country)
                output.write_contacts(originals)
            taken = chunk.lines if part.positions is None else chunk.lines.take(part.positions)
            output.write(self._conform(accepted, schema), taken)
            staged.rows += accepted.num_rows
        if self.progress:
            self.progress(chunk.bytes_done or staged.rows)

    def _conform(self, table: pa.Table, schema: pa.Schema) -> pa.Table:
        constants: dict[str, Any] = {"recorded_at": self.now, "live": False, "revises": False}
        columns = []
        for target in schema:
            if target.name in constants:
                columns.append(pa.repeat(pa.scalar(constants[target.name], target.type), table.num_rows))
                continue
            column = table[target.name]
            if pa.types.is_timestamp(target.type):
                column = pa.chunked_array(
                    [c.view(target.type) for c in column.cast(pa.timestamp("us")).chunks], target.type
                )
            columns.append(column.cast(target.type))
        return pa.Table.from_arrays(columns, schema=schema)

    def _reject_rows(self, chunk: Chunk, checked: Checked, match: Match, report: FileReport) -> None:
        if not checked.rejected:
            return
        positions = sorted(checked.rejected)
        for position, raw in zip(positions, chunk.raw(positions), strict=True):
            column, _bar, code = checked.rejected[position].partition("|")
            value = ""
            if column in match.mapping:
                value = chunk.table[f"c{match.mapping[column]}"][position].as_py() or ""
            self._reject(report, chunk.lines[position].as_py(), column, code, "", value, raw)

    def _reject(
        self, report: FileReport, line: int, column: str, code: str, detail: str, value: str, raw: str
    ) -> None:
        report.rejected += 1
        report.reasons[code] = report.reasons.get(code, 0) + 1
        name = report.columns.get(column, column)
        self.quarantine.add(
            file=report.file, line=line, column=name, reason=code, detail=detail, value=value, row=raw
        )


class _Output:
    """Writes a staged file and its lines side by side, in row groups of the size that readers like."""

    def __init__(self, staged: Staged, schema: pa.Schema) -> None:
        varied = {*staged.shape.key, staged.shape.time, "recorded_at"} - {"customer_id"}
        dictionary = [f.name for f in schema if pa.types.is_string(f.type) and f.name not in varied]
        self._staged = staged
        self._contacts: pq.ParquetWriter | None = None
        self._rows = pq.ParquetWriter(staged.path, schema, compression="snappy", use_dictionary=dictionary)
        self._lines = pq.ParquetWriter(staged.lines, LINES, compression="snappy", use_dictionary=False)
        self._held: list[pa.Table] = []
        self._held_lines: list[pa.Table] = []
        self._count = 0

    def write(self, rows: pa.Table, lines: pa.Array) -> None:
        """Add rows, each with its line."""
        self._held.append(rows)
        self._held_lines.append(pa.Table.from_arrays([lines], schema=LINES))
        self._count += rows.num_rows
        if self._count >= ROW_GROUP:
            self._flush()

    def write_contacts(self, originals: pa.Table) -> None:
        """Keep the contact data that pseudonyms stand for."""
        if self._contacts is None:
            self._staged.contacts = self._staged.path.with_suffix(".contacts")
            self._contacts = pq.ParquetWriter(self._staged.contacts, originals.schema)
        self._contacts.write_table(originals)

    def _flush(self) -> None:
        if self._count:
            self._rows.write_table(pa.concat_tables(self._held), row_group_size=2 * ROW_GROUP)
            self._lines.write_table(pa.concat_tables(self._held_lines))
        self._held, self._held_lines, self._count = [], [], 0

    def __enter__(self) -> _Output:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._flush()
        self._rows.close()
        self._lines.close()
        if self._contacts is not None:
            self._contacts.close()


def ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same chunks, the next one read while one is worked on."""
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="intake-read") as pool:
        coming = pool.submit(next, chunks, end)
        while (chunk := coming.result()) is not end:
            coming = pool.submit(next, chunks, end)
            yield chunk  # type: ignore[misc]
