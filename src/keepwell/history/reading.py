"""The SQL that answers with the newest revision of each fact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from keepwell.history.engine.sql import literal, parquet, quote
from keepwell.history.files import NewFile
from keepwell.history.lake import DataFile
from keepwell.history.schemas import Column, FactTable

SQL_TYPES = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "money": "DECIMAL(18,4)",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "json": "VARCHAR",
}


def stored(table: FactTable, files: Sequence[DataFile | NewFile], options: str = "") -> str:
    """The rows of `files` as a table function; a column of a later release is empty where a file lacks it.

    Only then are the columns spelled out: it makes a short query longer by half a millisecond.
    """
    if any(file.lacking for file in files):
        fields = ", ".join(
            f"{name}: {{name: {name}, type: '{SQL_TYPES[column.type]}', default_value: NULL}}"
            for column in table.all_columns
            for name in (literal(column.name),)
        )
        options = f", schema = MAP {{{fields}}}{options}"
    return parquet([file.path for file in files], options)


def newest_revisions(
    table: FactTable,
    files: Sequence[DataFile],
    *,
    as_of: datetime | None = None,
    where: str = "true",
) -> str:
    """A query for the newest revision of each key among `files`.

    `as_of` keeps rows whose time is not later, and leaves out revisions that were recorded live after
    it. `where` is a condition on the rows that come out. Without revisions this is a bare scan.
    """
    names = ", ".join(f"f.{quote(column.name)}" for column in table.all_columns)
    if not files:
        return _nothing(table.all_columns)
    rows = stored(table, files)
    conditions = [where]
    if as_of is not None and table.time:
        conditions.append(f"f.{quote(table.time)} <= {instant(as_of)}")
    revised = [file for file in files if file.revisions]
    if not revised:
        return f"SELECT {names} FROM {rows} f WHERE {' AND '.join(conditions)}"  # noqa: S608
    known = "revises"
    if as_of is not None:
        known = f"revises AND (NOT live OR recorded_at <= {instant(as_of)})"
        conditions.append(f"(NOT f.revises OR NOT f.live OR f.recorded_at <= {instant(as_of)})")
    key = ", ".join(quote(name) for name in table.key)
    match = " AND ".join(f"f.{quote(name)} = r.{quote(name)}" for name in table.key)
    conditions.append("(r.newest IS NULL OR f.recorded_at >= r.newest)")
    return f"""
        SELECT {names} FROM {rows} f
        LEFT JOIN (
            SELECT {key}, max(recorded_at) AS newest
            FROM {stored(table, revised)} WHERE {known} GROUP BY {key}
        ) r ON {match}
        WHERE {" AND ".join(conditions)}"""  # noqa: S608


def instant(at: datetime) -> str:
    """A timestamp; raises ValueError for one without a zone."""
    if at.tzinfo is None:
        raise ValueError("as_of: needs a time zone")
    return f"TIMESTAMPTZ {literal(at.astimezone(UTC).isoformat(sep=' ', timespec='microseconds'))}"


def _nothing(columns: Sequence[Column]) -> str:
    empty = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.type]}) AS {quote(c.name)}" for c in columns)
    return f"SELECT {empty} WHERE false"
