"""Fill the blind indexes of birthdays and of the ends of telephone numbers for the records that are there."""

from datetime import date

from django.db import migrations

from keepwell.customers.core import day_key, phone_tail
from keepwell.foundation.crypto import blind_index

CHUNK = 2_000


def fill(apps, schema_editor):
    """Index what is known; an installation without customers needs no key."""
    customers = apps.get_model("customers", "Customer").objects.only("pk", "birth_on")
    for rows in _chunks(customers.all()):
        born = [row for row in rows if row.birth_on]
        for row in born:
            row.birth_day_index = blind_index("day", day_key(date.fromisoformat(row.birth_on)))
        customers.bulk_update(born, ["birth_day_index"], batch_size=500)
    points = apps.get_model("customers", "ContactPoint").objects.only("pk", "value")
    for rows in _chunks(points.filter(kind="phone")):
        for row in rows:
            tail = phone_tail(row.value)
            row.tail_index = blind_index("phone_tail", tail) if tail else ""
        points.bulk_update(rows, ["tail_index"], batch_size=500)


def _chunks(found):
    rows = list(found.order_by("pk")[:CHUNK])
    while rows:
        yield rows
        rows = list(found.filter(pk__gt=rows[-1].pk).order_by("pk")[:CHUNK])


class Migration(migrations.Migration):
    """After the columns are there."""

    dependencies = [("customers", "0003_portrait")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
