"""Many rows into a table of the state at once, on either database."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv
from django.db import connection


def insert(table: str, batch: pa.RecordBatch) -> None:
    """Insert the rows of `batch`, whose columns are named like the table's, in the caller's transaction.

    PostgreSQL takes them by COPY, SQLite by one prepared statement. Decimals go to SQLite as the floating
    numbers that it stores anyway.
    """
    quoted = ", ".join(connection.ops.quote_name(name) for name in batch.schema.names)
    target = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        _copy(f"COPY {target} ({quoted}) FROM STDIN WITH (FORMAT csv)", batch)
        return
    places = ", ".join(["%s"] * batch.num_columns)
    sql = f"INSERT INTO {target} ({quoted}) VALUES ({places})"  # noqa: S608 - names of our own models
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(zip(*(_for_sqlite(column) for column in batch.columns), strict=True)))


def delete_cycle(table: str, cycle_pk: int, *, chunk: int = 20_000) -> int:
    """Delete a cycle's rows in short transactions; returns how many there were."""
    place = "ctid" if connection.vendor == "postgresql" else "rowid"
    target = connection.ops.quote_name(table)
    sql = (
        f"DELETE FROM {target} WHERE {place} IN "  # noqa: S608 - names of our own models
        f"(SELECT {place} FROM {target} WHERE cycle_id = %s LIMIT {int(chunk)})"
    )
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [cycle_pk])
            deleted = max(cursor.rowcount, 0)
        total += deleted
        if deleted < chunk:
            return total


def _for_sqlite(column: pa.Array) -> Sequence[Any]:
    kind = column.type
    if pa.types.is_decimal(kind):
        # By way of its digits: the direct cast can miss the nearest number, and paging finds a row twice.
        column = column.cast(pa.string()).cast(pa.float64())
    elif pa.types.is_timestamp(kind):
        # The form in which Django reads instants back: UTC without a zone.
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us")).cast(pa.string())
    return column.to_pylist()


def _copy(statement: str, batch: pa.RecordBatch) -> None:
    columns = [
        pc.strftime(column, format="%Y-%m-%d %H:%M:%S+00") if pa.types.is_timestamp(column.type) else column
        for column in batch.columns
    ]
    sink = io.BytesIO()
    options = pc_csv.WriteOptions(include_header=False)
    pc_csv.write_csv(pa.RecordBatch.from_arrays(columns, names=batch.schema.names), sink, options)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(sink.getvalue())
