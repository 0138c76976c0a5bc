"""Rows of a backup into an empty PostgreSQL of the shape that the backup's state had."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from keepwell.operations.backup.archive import Reader
from keepwell.operations.backup.manifest import Manifest
from keepwell.operations.backup.state import member_of, plain_columns, tables
from keepwell.operations.contracts import BackupError


def refuse_used_database() -> None:
    """Raises BackupError where the configured PostgreSQL holds tables."""
    with connection.cursor() as cursor:
        found = tables(cursor.connection)
    if found:
        raise BackupError(f"the database {connection.settings_dict['NAME']} is not empty: it has {found[0]}")


def shape_as(manifest: Manifest) -> None:
    """Migrate the empty database to exactly what the backup's database had."""
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations.keys()
    unknown = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if unknown:
        raise BackupError(f"the backup is of a newer release: this one does not know {unknown[0]}")
    # In the order in which they were applied, so that a leaf of each app is reached and nothing beyond.
    executor.migrate(manifest.migrations, plan=_plan(executor, manifest.migrations))


def _plan(executor: MigrationExecutor, wanted: Sequence[tuple[str, str]]) -> list[tuple[Any, bool]]:
    plan = executor.migration_plan(list(wanted))
    extra = {(m.app_label, m.name) for m, _ in plan} - set(wanted)
    if extra:
        raise BackupError(f"the backup lacks the migration {sorted(extra)[0]}")
    return plan


def load_copies(reader: Reader) -> None:
    """Load the tables that a PostgreSQL wrote."""
    with transaction.atomic(), connection.cursor() as cursor, tempfile.TemporaryDirectory() as folder:
        server = cursor.connection
        there = tables(server)
        names = [name for name in reader.manifest.tables if name in there]
        _empty(server, names)
        for name in names:
            packed = Path(folder) / "table"
            reader.extract(member_of(name), packed)
            columns = reader.manifest.tables[name].columns
            with (
                pa.CompressedInputStream(pa.OSFile(str(packed)), "zstd") as source,
                server.cursor() as own,
                own.copy(_copy_query(name, columns)) as data,
            ):
                while chunk := source.read(1 << 20):
                    data.write(chunk)
            packed.unlink()
        _settle(server, names, reader.manifest.sequences)


def load_sqlite(path: Path) -> None:
    """Load the tables of an SQLite database: a shop moves to PostgreSQL."""
    source = sqlite3.connect(path)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            server = cursor.connection
            server.execute("SET LOCAL TIME ZONE 'UTC'")  # SQLite's instants are UTC and do not say so
            there = tables(server)
            found = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            names = sorted(name for (name,) in found if name in there)
            _empty(server, names)
            for name in names:
                _load_table(source, server, name)
            _settle(server, names, {})
    finally:
        source.close()


def _load_table(source: sqlite3.Connection, server: psycopg.Connection[Any], name: str) -> None:
    wanted = plain_columns(server, name)
    held = {row[1] for row in source.execute(f'PRAGMA table_info("{name}")')}
    columns = [column for column in wanted if column in held]
    kinds = _types(server, name)
    listed = ", ".join(f'"{column}"' for column in columns)
    with server.cursor() as own, own.copy(_copy_query(name, columns)) as data:
        for row in source.execute(f'SELECT {listed} FROM "{name}"'):  # noqa: S608
            data.write_row(tuple(_fit(v, kinds[c]) for v, c in zip(row, columns, strict=True)))


def _fit(value: Any, kind: str) -> Any:
    """SQLite keeps truth as a number; everything else is written as text that PostgreSQL reads."""
    if value is None or isinstance(value, bytes):
        return value
    if kind == "boolean":
        return bool(value)
    return str(value)


def _types(server: psycopg.Connection[Any], table: str) -> dict[str, str]:
    found = server.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = %s",
        [table],
    )
    return dict(found.fetchall())


def _copy_query(table: str, columns: Sequence[str]) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), listed)


def _empty(server: psycopg.Connection[Any], names: Sequence[str]) -> None:
    """Silence triggers, which would act upon what is only put back, and remove what migrations wrote."""
    for name in names:
        server.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(name)))
    if names:
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        server.execute(sql.SQL("TRUNCATE {} CASCADE").format(listed))


def _settle(server: psycopg.Connection[Any], names: Sequence[str], numbers: dict[str, int]) -> None:
    """Check what is deferred, let triggers act again, and let every sequence go on after its last number."""
    server.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an altered table must have nothing left to check
    for name in names:
        server.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(name)))
    for table, column, sequence in _sequences(server):
        query = sql.SQL("SELECT setval(%s, greatest(max({}), %s, 0) + 1, false) FROM {}").format(
            sql.Identifier(column), sql.Identifier(table)
        )
        server.execute(query, [sequence, numbers.get(sequence.rpartition(".")[2].strip('"'), 0)])


def _sequences(server: psycopg.Connection[Any]) -> Iterator[tuple[str, str, str]]:
    """Each column that numbers itself, with its sequence."""
    yield from server.execute(
        "SELECT table_name, column_name, s FROM (SELECT table_name, column_name, "
        "pg_get_serial_sequence(quote_ident(table_name), column_name) AS s FROM information_schema.columns "
        "WHERE table_schema = current_schema()) c WHERE s IS NOT NULL"
    ).fetchall()
