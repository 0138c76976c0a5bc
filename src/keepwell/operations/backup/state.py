"""The state at one instant: a read transaction that is opened at once and copied at leisure."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pyarrow as pa
from django.db import connection
from psycopg import sql

from keepwell.operations.backup.archive import Tell, Writer
from keepwell.operations.backup.manifest import Manifest, Table

SQLITE_MEMBER = "state/state.sqlite3.zst"
PAGES = 4_096


class Snapshot(Protocol):
    """The state as it was when the snapshot was opened, whoever writes since."""

    def migrations(self) -> list[tuple[str, str]]:
        """The applied migrations, in their order."""

    def copy(self, writer: Writer, manifest: Manifest, scratch: Path, tell: Tell) -> None:
        """Add the state to the archive and describe it in the manifest."""


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Open a snapshot of the configured database, on a connection of its own."""
    if connection.vendor == "postgresql":
        with _postgres() as server:
            yield PostgresSnapshot(server)
        return
    source = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=30)
    try:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with a reading
        yield SQLiteSnapshot(source)
    finally:
        source.close()


class SQLiteSnapshot:
    """Copied by SQLite's online backup: page by page, in the read transaction, hindering no writer."""

    def __init__(self, source: sqlite3.Connection) -> None:
        self._source = source

    def migrations(self) -> list[tuple[str, str]]:
        """The applied migrations."""
        return self._source.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()

    def copy(self, writer: Writer, manifest: Manifest, scratch: Path, tell: Tell) -> None:
        """Copy the database file, compress it, add it."""
        plain, packed = scratch / "state.sqlite3", scratch / "state.sqlite3.zst"
        target = sqlite3.connect(plain)
        try:
            target.execute("PRAGMA journal_mode=OFF")
            self._source.backup(target, pages=PAGES)
            manifest.rows = _rows(target)
        finally:
            target.close()
        compress(plain, packed)
        plain.unlink()
        writer.add_file(SQLITE_MEMBER, packed)
        packed.unlink()


def _rows(database: sqlite3.Connection) -> int:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
        "AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return sum(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables)  # noqa: S608


class PostgresSnapshot:
    """Copied table by table by COPY, in one repeatable-read transaction."""

    def __init__(self, server: psycopg.Connection[Any]) -> None:
        self._server = server

    def migrations(self) -> list[tuple[str, str]]:
        """The applied migrations."""
        rows = self._server.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        return [(app, name) for app, name in rows]

    def copy(self, writer: Writer, manifest: Manifest, scratch: Path, tell: Tell) -> None:
        """Copy each table into a compressed member; remember its columns and the sequences."""
        for name in tables(self._server):
            columns = plain_columns(self._server, name)
            packed = scratch / "table.zst"
            with self._server.cursor() as cursor, pa.CompressedOutputStream(str(packed), "zstd") as out:
                listed = sql.SQL(", ").join(map(sql.Identifier, columns))
                query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(listed, sql.Identifier(name))
                with cursor.copy(query) as data:
                    for chunk in data:
                        out.write(chunk)
                        tell(len(chunk))
                count = cursor.rowcount
            writer.add_file(member_of(name), packed)
            packed.unlink()
            manifest.tables[name] = Table(columns, count)
            manifest.rows += count
        found = self._server.execute(
            "SELECT sequencename, last_value FROM pg_sequences "
            "WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY 1"
        )
        manifest.sequences = dict(found.fetchall())


@contextmanager
def _postgres() -> Iterator[psycopg.Connection[Any]]:
    own = connection.copy()
    try:
        own.connect()
        server: psycopg.Connection[Any] = own.connection
        server.autocommit = False
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        server.read_only = True
        server.execute("SELECT 1")  # the snapshot begins with the first query
        yield server
        server.rollback()
    finally:
        own.close()


def tables(server: psycopg.Connection[Any]) -> list[str]:
    """The tables of the current schema."""
    found = server.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    return [name for (name,) in found.fetchall()]


def plain_columns(server: psycopg.Connection[Any], table: str) -> list[str]:
    """The columns of `table` that are stored, not computed."""
    found = server.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in found.fetchall()]


def member_of(table: str) -> str:
    """The member that holds `table`."""
    if not re.fullmatch(r"\w+", table):
        raise ValueError(f"{table!r} is no name of a table")
    return f"state/{table}.copy.zst"


def compress(source: Path, target: Path) -> None:
    """Write `source`, compressed, to `target`."""
    with source.open("rb") as file, pa.CompressedOutputStream(str(target), "zstd") as out:
        while chunk := file.read(1 << 20):
            out.write(chunk)


def decompress(source: Path, target: Path) -> None:
    """Write what `source` holds to `target`, which only its owner may read."""
    target.touch(mode=0o600)
    with pa.CompressedInputStream(pa.OSFile(str(source)), "zstd") as packed, target.open("wb") as file:
        while chunk := packed.read(1 << 20):
            file.write(chunk)
