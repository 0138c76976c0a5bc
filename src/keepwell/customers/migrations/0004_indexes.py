"""Fill the blind indexes of birthdays and of the ends of telephone numbers for the records that are there."""

from datetime import date

from django.db import migrations

from keepwell.customers.core import day_key, phone_tail
from keepwell.foundation.crypto import blind_index

CHUNK = 2_000


def fill(apps, schema_editor):
    """Index what is known; an installation without customers needs no key."""
    customer, point = (apps.get_model("customers", name) for name in ("Customer", "ContactPoint"))
    for rows in _chunks(customer.objects.only("pk", "birth_on")):
        born = [(blind_index("day", day_key(date.fromisoformat(row.birth_on))), row.pk) for row in rows if row.birth_on]
        _write(schema_editor, customer, "birth_day_index", born)
    for rows in _chunks(point.objects.only("pk", "value").filter(kind="phone")):
        tails = [(phone_tail(row.value), row.pk) for row in rows]
        indexed = [(blind_index("phone_tail", tail), pk) for tail, pk in tails if tail]
        _write(schema_editor, point, "tail_index", indexed)


def _write(schema_editor, model, field, values):
    """One prepared statement for all rows; a statement with a branch for each takes minutes for a million."""
    name = schema_editor.quote_name
    key = name(model._meta.pk.column)
    statement = f"UPDATE {name(model._meta.db_table)} SET {name(field)} = %s WHERE {key} = %s"
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _chunks(found):
    rows = list(found.order_by("pk")[:CHUNK])
    while rows:
        yield rows
        rows = list(found.filter(pk__gt=rows[-1].pk).order_by("pk")[:CHUNK])


class Migration(migrations.Migration):
    """After the columns are there."""

    dependencies = [("customers", "0003_portrait")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
