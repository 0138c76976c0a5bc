"""What a database keeps of deleted rows: free pages and logs, cleared."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import OperationalError, connection


def clear_free_space(labels: Iterable[str]) -> dict[str, int]:
    """Have the database forget deleted rows for good. Outside of transactions; waits for other writers.

    SQLite writes itself anew and empties its log. PostgreSQL writes the tables of `labels` anew; its own log
    files are recycled by the server.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = int(cursor.fetchone()[0])
            if busy:
                raise OperationalError("a reader keeps the log of the database open; it is cleared later")
            return {"database written anew": 1}
        tables = [apps.get_model(label)._meta.db_table for label in labels]  # noqa: TID251 - tables by label
        for table in dict.fromkeys(tables):
            cursor.execute(f"VACUUM (FULL) {connection.ops.quote_name(table)}")
        return {"tables written anew": len(set(tables))}
