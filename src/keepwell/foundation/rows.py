"""Write many rows at once, faster than one CASE for each field, and ask for many by their values.

Lists go to the database as one value each: a place for every member costs Django and the driver more than the
database spends on the row that it names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, models, router
from django.db.models import F
from django.db.models.lookups import Lookup

Row = TypeVar("Row", bound=models.Model)
# Members of one list: the databases take more, but not without end.
MEMBERS_MAX = 5_000
AS_TEXT = json.JSONEncoder(ensure_ascii=False)


class Among(Lookup):
    """A column that has one of many values; see `among`."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """`= ANY` of an array on PostgreSQL, a member of a JSON list on SQLite."""
        if not self.rhs:
            raise EmptyResultSet
        column, values = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            kind = _type(self.lhs.output_field, connection)
            return f"{column} = ANY(%s::{kind}[])", (*values, array(self.rhs))
        named = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - a column's own name
        return named, (*values, json.dumps(self.rhs))


def among(name: str, values: Iterable[str] | Iterable[int]) -> Among:
    """A condition for `filter`, as `name__in=values` where the values are plain texts or whole numbers."""
    return Among(F(name), tuple(dict.fromkeys(value for value in values if value is not None)))


def array(values: Sequence[Any]) -> Any:
    """`values` as PostgreSQL writes an array, for a place with a type of its own (`%s::text[]`).

    The driver would look each member up and quote it by a pattern. What is not plain is left to it.
    """
    try:
        # In most columns many rows have the same value.
        written = {value: _member(value) for value in set(values)}
    except TypeError:
        return list(values)
    return "{" + ",".join([written[value] for value in values]) + "}"


def _member(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "NULL"
    if isinstance(value, int | float | Decimal):  # a bool is an int: True, False
        return str(value)
    if isinstance(value, date | datetime):
        return f'"{value.isoformat()}"'
    raise TypeError(f"{type(value).__name__} is not plain")


def _type(column: Any, connection: Any) -> str:
    """The type of a column's members, without a length: a cast would silently cut off what is longer."""
    kind: str = column.rel_db_type(connection)
    return kind.partition("(")[0] if kind.startswith("varchar") else kind


def update_many(rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Save `fields` of rows of one model, by primary key; as `bulk_update`, which it stands in for.

    Rows that get the same values are written by one statement; where most differ, each is written by its own
    (`write_many`). `bulk_update` builds a CASE of as many branches as rows for each field, which costs Django
    about a millisecond a row.
    """
    if not rows:
        return
    model = type(rows[0])
    names = [_field(model, name).attname for name in fields]
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, name) for name in names), []).append(row.pk)
    if len(groups) > max(1, len(rows) // 4):
        write_many(model, fields, ((key, *values) for values, keys in groups.items() for key in keys))
        return
    for values, keys in groups.items():
        for start in range(0, len(keys), MEMBERS_MAX):
            found = model._base_manager.filter(among("pk", keys[start : start + MEMBERS_MAX]))
            found.update(**dict(zip(names, values, strict=True)))


def write_many(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `fields` of many rows, each given as its primary key and the values, in one round trip.

    PostgreSQL joins the table with arrays of the values; SQLite repeats a prepared statement.
    """
    connection = connections[router.db_for_write(model)]
    columns: list[Any] = [model._meta.pk, *(_field(model, name) for name in fields)]
    given = _columns(columns, rows, connection)
    if not given:
        return
    quote = connection.ops.quote_name
    table, (key, *names) = quote(model._meta.db_table), [quote(one.column) for one in columns]
    # Names are the model's own, values are parameters: nothing from outside gets into the text.
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(f"{name} = %s" for name in names)
            statement = f"UPDATE {table} SET {marks} WHERE {key} = %s"  # noqa: S608 - see above
            cursor.executemany(statement, list(zip(*given[1:], given[0], strict=True)))
            return
        sets = ", ".join(f"{name} = v.{name}" for name in names)
        named = ", ".join([key, *names])
        cursor.execute(
            f"UPDATE {table} AS t SET {sets} FROM unnest({_arrays(columns, connection)}) AS v({named}) "  # noqa: S608 - see above
            f"WHERE t.{key} = v.{key}",
            [array(one) for one in given],
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
    columns = [_field(model, name) for name in fields]
    given = _columns(columns, rows, connection)
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
            cursor.executemany(f"{into} VALUES ({marks}) {there}", list(zip(*given, strict=True)))
            return
        statement = f"{into} SELECT * FROM unnest({_arrays(columns, connection)}) {there}"  # noqa: S608 - see above
        cursor.execute(statement, [array(one) for one in given])


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _arrays(columns: Sequence[Any], connection: Any) -> str:
    """Places for the values of columns, an array for each."""
    return ", ".join(f"%s::{_type(one, connection)}[]" for one in columns)


def _columns(columns: Sequence[Any], rows: Iterable[Sequence[Any]], connection: Any) -> list[list[Any]]:
    """The values of rows by column, ready for the database; [] where there are no rows."""
    by_column = list(zip(*rows, strict=True))
    if not by_column:
        return []
    return [_column(one, values, connection) for one, values in zip(columns, by_column, strict=True)]


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
        return None if value is None else AS_TEXT.encode(value)
    if column.primary_key:
        return column.get_db_prep_value(value, connection)
    return column.get_db_prep_save(value, connection)
