"""The test database: its rows as it keeps them itself, written and taken away again in no time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

# A table's rows: those of SQLite as a list, those of PostgreSQL as it copies them.
Rows = Any


def every_table() -> list[str]:
    """The tables of all models, those between models included."""
    return connection.introspection.django_table_names(only_existing=True, include_views=False)


def filled(tables: Iterable[str]) -> list[str]:
    """Those of the tables that hold a row."""
    quoted = [(table, connection.ops.quote_name(table)) for table in tables]
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]


def clear(tables: Iterable[str]) -> None:
    """Take every row away; what refers to a row is asked for at the end of the transaction."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def dump(tables: Iterable[str]) -> dict[str, Rows]:
    """The committed rows of tables."""
    return {table: _read(table) for table in tables}


def load(rows: dict[str, Rows]) -> None:
    """Add rows that `dump` found."""
    for table, held in rows.items():
        name = connection.ops.quote_name(table)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copying:
                copying.write(held)
        elif held:
            connection.ensure_connection()
            places = ", ".join("?" * len(held[0]))
            connection.connection.executemany(f"INSERT INTO {name} VALUES ({places})", held)


def _read(table: str) -> Rows:
    name = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, cursor.copy(f"COPY {name} TO STDOUT") as copying:
            return b"".join(copying)
    # Another connection: Django's own makes Python objects of dates and decimals.
    plain = sqlite3.connect(connection.settings_dict["NAME"], timeout=30)
    try:
        return plain.execute(f"SELECT * FROM {name}").fetchall()
    finally:
        plain.close()


def replace(rows: dict[str, Rows], models: Iterable[Any] | None = None) -> None:
    """Put rows in place of all that the models hold; of everything where none are named."""
    named = list(apps.get_models() if models is None else models)
    with transaction.atomic():
        clear(filled(every_table() if models is None else [model._meta.db_table for model in named]))
        load(rows)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), named):
                cursor.execute(statement)


class Beginning:
    """What the tables hold when nothing has happened yet, for example the first segments."""

    def __init__(self) -> None:
        self.rows = dump(filled(every_table()))

    def restore(self) -> None:
        """Bring every table back to it."""
        tables = filled(every_table())
        held = dump(table for table in tables if table in self.rows)
        changed = [table for table in tables if held.get(table) != self.rows.get(table, ())]
        missing = {table: rows for table, rows in self.rows.items() if held.get(table) != rows}
        with transaction.atomic():
            clear(changed)
            load(missing)
