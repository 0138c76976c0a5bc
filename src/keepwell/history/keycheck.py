"""Which staged rows are new, known already, or revisions of what is known; in bounded memory."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keepwell.history.durability import place, sync_file
from keepwell.history.engine.duck import ROW_GROUP, DuckDBEngine
from keepwell.history.engine.sql import literal, quote
from keepwell.history.files import NewFile, inspect
from keepwell.history.lake import DataFile
from keepwell.history.reading import stored
from keepwell.history.schemas import COMMON, FactTable

NOT_COMPARED = frozenset(column.name for column in COMMON)


@dataclass(frozen=True)
class Admission:
    """The files to add, already in the table's folder and synced, and the counts of the batch."""

    files: list[NewFile]
    read: int
    duplicate: int
    corrected: int

    @property
    def accepted(self) -> int:
        """New facts and revisions."""
        return self.read - self.duplicate


def admit(
    table: FactTable, staged: Sequence[NewFile], existing: Sequence[DataFile], folder: Path
) -> Admission:
    """Compare `staged` with `existing` by key and put what is new into `folder`.

    A staged file without any known key is linked as it is; others are written anew without the rows that
    equal a stored revision, and the revisions go to a file of their own.
    """
    read = sum(file.rows for file in staged)
    near = _near(table, staged, existing)
    with DuckDBEngine() as engine:
        hits = _hits(engine, table, staged, near)
        fresh = [file for file in staged if file.rows and not hits.get(str(file.path))]
        mixed = [file for file in staged if hits.get(str(file.path))]
        files = [_link(file, folder) for file in fresh]
        corrected = 0
        if mixed:
            corrected = _find_revisions(engine, table, mixed, near)
            files += _rewrite(engine, table, mixed, near, folder, hits, corrected)
    return Admission(files, read, sum(hits.values()) - corrected, corrected)


def _near(table: FactTable, staged: Sequence[NewFile], existing: Sequence[DataFile]) -> list[DataFile]:
    """The existing files that can hold a key of the batch, by the files' least and greatest values."""
    return [
        file
        for file in existing
        if any(
            all(file.may_hold(name, new.minimum.get(name), new.maximum.get(name)) for name in table.key)
            for new in staged
            if new.rows
        )
    ]


def _hits(
    engine: DuckDBEngine, table: FactTable, staged: Sequence[NewFile], near: Sequence[DataFile]
) -> dict[str, int]:
    """How many rows of each staged file have a key that exists."""
    if not near:
        return {}
    key = _columns(table.key)
    query = f"""
        SELECT s.filename, count(*)
        FROM {stored(table, staged, ", filename = true")} s
        SEMI JOIN (SELECT {key} FROM {stored(table, near)}) e USING ({key})
        GROUP BY s.filename"""  # noqa: S608
    return dict(engine.connection.execute(query).fetchall())


def _find_revisions(
    engine: DuckDBEngine, table: FactTable, mixed: Sequence[NewFile], near: Sequence[DataFile]
) -> int:
    """Make the temporary table `revisions` (key, newest): known keys whose row equals no revision."""
    key = _columns(table.key)
    compared = [c.name for c in table.columns if c.name not in table.key and c.name not in NOT_COMPARED]
    same = " AND ".join(f"s.{quote(c)} IS NOT DISTINCT FROM e.{quote(c)}" for c in compared) or "true"
    keys = ", ".join(f"s.{quote(c)}" for c in table.key)
    # Without revisions in the lake each key is there once, and no grouping is needed.
    once = not any(file.revisions for file in near)
    newest, ending = (
        ("e.recorded_at", f"WHERE NOT ({same})")
        if once
        else ("max(e.recorded_at)", f"GROUP BY {keys} HAVING NOT bool_or({same})")
    )
    engine.connection.execute(f"""
        CREATE OR REPLACE TEMPORARY TABLE revisions AS
        SELECT {keys}, {newest} AS newest
        FROM {stored(table, mixed)} s JOIN {stored(table, near)} e USING ({key}) {ending}""")  # noqa: S608
    row = engine.connection.execute("SELECT count(*) FROM revisions").fetchone()
    return int(row[0]) if row else 0


def _rewrite(
    engine: DuckDBEngine,
    table: FactTable,
    mixed: Sequence[NewFile],
    near: Sequence[DataFile],
    folder: Path,
    hits: dict[str, int],
    corrected: int,
) -> list[NewFile]:
    key = _columns(table.key)
    names = _columns([column.name for column in table.all_columns])
    files = []
    if sum(file.rows for file in mixed) > sum(hits[str(file.path)] for file in mixed):
        known = f"(SELECT {key} FROM {stored(table, near)})"  # noqa: S608
        query = f"SELECT {names} FROM {stored(table, mixed)} s ANTI JOIN {known} e USING ({key})"  # noqa: S608
        files.append(write_file(engine, table, query, folder / new_name("part")))
    if corrected:
        # A revision is later than what it corrects, whatever the clocks say.
        query = f"""
            SELECT {names} FROM (
                SELECT s.* REPLACE (
                    true AS revises,
                    greatest(s.recorded_at, c.newest + INTERVAL 1 MICROSECOND) AS recorded_at)
                FROM {stored(table, mixed)} s JOIN revisions c USING ({key}))"""  # noqa: S608
        files.append(write_file(engine, table, query, folder / new_name("revised")))
    return files


def write_file(engine: DuckDBEngine, table: FactTable, query: str, path: Path) -> NewFile:
    """Write the rows of `query` to `path`, synced."""
    engine.connection.execute(
        f"COPY ({query}) TO {literal(str(path))} "
        f"(FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, COMPRESSION zstd)"
    )
    sync_file(path)
    return inspect(path, table)


def new_name(kind: str) -> str:
    """A file name that was never used."""
    return f"{kind}-{uuid.uuid4().hex}.parquet"


def _link(file: NewFile, folder: Path) -> NewFile:
    target = folder / new_name("part")
    place(file.path, target)
    return file.at(target)


def _columns(names: Sequence[str]) -> str:
    return ", ".join(quote(name) for name in names)
