"""Write many rows at once, faster than one CASE for each field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import connections, models, router

Row = TypeVar("Row", bound=models.Model)
# PostgreSQL and SQLite take more, but not without end.
PLACES_MAX = 500


def update_many(rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Save `fields` of rows of one model, by primary key; as `bulk_update`, which it stands in for.

    Rows that get the same values are written by one statement; where most differ, each is written by its own
    (`write_many`). `bulk_update` builds a CASE of as many branches as rows for each field, which costs Django
    about a millisecond a row.
    """
    if not rows:
        return
    model = type(rows[0])
    names = [model._meta.get_field(name).attname for name in fields]  # type: ignore[union-attr]
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row.pk)
    if len(groups) > max(1, len(rows) // 4):
        write_many(model, fields, ((key, *values) for values, keys in groups.items() for key in keys))
        return
    for values, keys in groups.items():
        for start in range(0, len(keys), PLACES_MAX):
            found = model._base_manager.filter(pk__in=keys[start : start + PLACES_MAX])
            found.update(**dict(zip(names, values, strict=True)))


def write_many(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `fields` of many rows, each given as its primary key and the values, in one round trip.

    PostgreSQL joins the table with arrays of the values; SQLite repeats a prepared statement.
    """
    connection = connections[router.db_for_write(model)]
    columns: list[Any] = [model._meta.pk, *(model._meta.get_field(name) for name in fields)]
    given = [
        [_ready(column, value, connection) for column, value in zip(columns, row, strict=True)]
        for row in rows
    ]
    if not given:
        return
    quote = connection.ops.quote_name
    table, (key, *names) = quote(model._meta.db_table), [quote(one.column) for one in columns]
    # Names are the model's own, values are parameters: nothing from outside gets into the text.
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(f"{name} = %s" for name in names)
            statement = f"UPDATE {table} SET {marks} WHERE {key} = %s"  # noqa: S608 - see above
            cursor.executemany(statement, [(*values, own) for own, *values in given])
            return
        sets = ", ".join(f"{name} = v.{name}" for name in names)
        arrays = ", ".join(f"%s::{one.rel_db_type(connection)}[]" for one in columns[:1])
        arrays += "".join(f", %s::{one.db_type(connection)}[]" for one in columns[1:])
        named = ", ".join([key, *names])
        cursor.execute(
            f"UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v({named}) "  # noqa: S608 - see above
            f"WHERE t.{key} = v.{key}",
            [list(column) for column in zip(*given, strict=True)],
        )


def insert_many(
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    unique: str = "",
    update: Sequence[str] = (),
) -> None:
    """Insert rows of one model, each given as the values of `fields`, in one round trip; those there stay.

    With `unique` those that have the same value of this field get what is given for the fields of `update`.
    No object is made, so the other columns must have a default of the database or be null: `bulk_create`
    spends more on a row than the database does.
    """
    connection = connections[router.db_for_write(model)]
    columns: list[Any] = [model._meta.get_field(name) for name in fields]
    given = [
        _column(one, values, connection)
        for one, values in zip(columns, zip(*rows, strict=True), strict=False)
    ]
    if not given:
        return
    quote = connection.ops.quote_name
    names = ", ".join(quote(one.column) for one in columns)
    into = f"INSERT INTO {quote(model._meta.db_table)} ({names})"
    # Names are the model's own, values are parameters: nothing from outside gets into the text.
    there = "ON CONFLICT DO NOTHING"
    if unique:
        key, *changed = (quote(_field(model, name).column) for name in (unique, *update))
        there = f"ON CONFLICT ({key}) DO UPDATE SET " + ", ".join(
            f"{one} = EXCLUDED.{one}" for one in changed
        )
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(columns))
            statement = f"{into} VALUES ({marks}) {there}"
            cursor.executemany(statement, list(zip(*given, strict=True)))
            return
        types = (
            one.rel_db_type(connection) if one.is_relation else one.db_type(connection) for one in columns
        )
        arrays = ", ".join(f"%s::{one}[]" for one in types)
        cursor.execute(f"{into} SELECT * FROM unnest({arrays}) {there}", given)  # noqa: S608


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _column(column: Any, values: Sequence[Any], connection: Any) -> list[Any]:
    """The values of one column for the database; what many rows share is made ready once."""
    if isinstance(column, models.TextField | models.JSONField):
        return [_ready(column, value, connection) for value in values]
    known: dict[Any, Any] = {}
    for value in values:
        if value not in known:
            known[value] = _ready(column, value, connection)
    return [known[value] for value in values]


def _ready(column: Any, value: Any, connection: Any) -> Any:
    if isinstance(column, models.JSONField):
        # An array of them is cast from text; the driver's own wrapper goes one by one only.
        return None if value is None else json.dumps(value, ensure_ascii=False)
    if column.primary_key:
        return column.get_db_prep_value(value, connection)
    return column.get_db_prep_save(value, connection)
