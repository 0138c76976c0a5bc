from datetime import UTC, date, datetime

import pytest
from django.db import connection

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import services
from keepwell.customers.privacy.contracts import HoldKind
from keepwell.customers.privacy.models import Settings
from keepwell.customers.privacy.services import rotation
from keepwell.foundation import crypto

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def people(home):
    rows = [
        CustomerRow(
            f"C{n}",
            name=f"人 {n}",
            email=f"p{n}@example.com",
            phone=f"1390000{n:04}",
            birth_on=date(1990, 3, 4),
        )
        for n in range(7)
    ]
    customer_services.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
    services.place_hold(customer_id="C1", kind=HoldKind.LEGAL, reason="court", actor="ada")
    return home


def stored(column, table="customers_customer"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [row[0] for row in cursor.fetchall()]


def test_everything_is_sealed_under_the_new_key_and_the_old_one_is_gone(people, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 3)
    old = crypto.ring()
    customer_services.save_contact_point(
        customer_id="C3", kind="wecom", value="wmC3", actor="ada", source="crm"
    )
    done = services.rotate_keys(actor="ada")
    assert (done.newest, done.removed, done.unreadable) == ("k2", ("k1",), {})
    assert set(crypto.ring().seal_keys) == {"k2"}
    assert crypto.ring().seal_keys["k2"] not in old.seal_keys.values()
    sealed = [*stored("name"), *stored("value", "customers_contactpoint"), *stored("reason", "privacy_hold")]
    assert all(value.startswith("k2:") for value in sealed if value)
    assert customers.names(["C3"]) == {"C3": "人 3"}
    assert customers.find_by_contact(kind="email", value="p3@example.com") == ["C3"]
    assert customers.find_by_contact(kind="wecom", value="wmC3") == ["C3"]


def test_a_rotation_that_died_is_carried_on(people, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    seen = 0

    def die(_what, rows):
        nonlocal seen
        seen = rows
        if rows:
            raise SystemError("killed")

    with pytest.raises(SystemError):
        services.rotate_keys(actor="ada", progress=die)
    assert seen
    assert set(crypto.ring().seal_keys) == {"k1", "k2"}
    assert customers.names(["C3"]) == {"C3": "人 3"}
    done = services.rotate_keys(actor="ada")
    assert (done.newest, done.removed) == ("k2", ("k1",))
    assert customers.names(["C3", "C6"]) == {"C3": "人 3", "C6": "人 6"}


def test_indexes_are_made_again_under_a_new_key(people):
    old_key, before = crypto.ring().index_key, stored("value_index", "customers_contactpoint")
    done = services.rotate_keys(actor="ada", index=True)
    assert done.indexes == 21
    assert crypto.ring().index_key != old_key
    assert not set(before) & set(stored("value_index", "customers_contactpoint"))
    assert customers.find_by_contact(kind="phone", value="13900000004") == ["C4"]
    row = CustomerRow("C4", email="p4@example.com")
    assert customer_services.upsert_many(rows=[row], source="crm", at=NOW, actor="ada").unchanged == 1


def test_sealed_text_inside_json_is_found(people):
    Settings.objects.update_or_create(
        pk=1, defaults={"values": {"x": [crypto.ring().seal("inside"), "k1:not"]}}
    )
    done = services.rotate_keys(actor="ada")
    value, other = Settings.objects.get(pk=1).values["x"]
    assert crypto.ring().unseal(value) == "inside"
    assert other == "k1:not"
    assert done.unreadable == {"privacy_settings.values": 1}
    assert done.removed == ()
