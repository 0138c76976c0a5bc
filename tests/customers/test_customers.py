from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from keepwell.customers import queries, services
from keepwell.customers.contracts import CustomerRow, UpsertResult
from keepwell.customers.core import mask, normal_contact
from keepwell.foundation.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)

ALICE = CustomerRow(
    customer_id="C1",
    name="Alice Example",
    email="Alice@Example.com",
    phone="+86 138 0000 0001",
    birth_on=date(1990, 5, 17),
    city="Shanghai",
    acquisition_cost=Decimal("12.5"),
    tags=("vip",),
)
MING = CustomerRow(customer_id="C2", name="陳小明", language="zh-hant")


def upsert(*rows, at=MONDAY, source="crm"):
    return services.upsert_many(rows=rows, source=source, at=at, actor="ada")


def test_a_record_keeps_what_its_source_said(home):
    assert upsert(ALICE, MING) == UpsertResult(created=2, updated=0, unchanged=0)
    view = queries.get("C1")
    assert (view.name, view.birth_on, view.city, view.tags) == (
        "Alice Example",
        date(1990, 5, 17),
        "Shanghai",
        ("vip",),
    )
    assert view.acquisition_cost == Decimal("12.5")
    assert view.provenance["city"].source == "crm"
    assert view.provenance["city"].at == MONDAY
    assert queries.names(["C1", "C2", "C9"]) == {"C1": "Alice Example", "C2": "陳小明"}


def test_the_same_rows_again_change_nothing(home):
    upsert(ALICE, MING)
    entries = AuditEntry.objects.count()
    assert upsert(ALICE, MING, at=TUESDAY) == UpsertResult(created=0, updated=0, unchanged=2)
    assert queries.get("C1").updated_at == MONDAY
    assert AuditEntry.objects.count() == entries


def test_a_later_source_completes_and_silence_leaves_what_is_stored(home):
    upsert(ALICE)
    result = upsert(CustomerRow(customer_id="C1", city="Suzhou", gender="female"), at=TUESDAY, source="shop")
    assert result == UpsertResult(created=0, updated=1, unchanged=0)
    view = queries.get("C1")
    assert (view.name, view.city, view.gender) == ("Alice Example", "Suzhou", "female")
    assert view.provenance["city"].source == "shop"
    assert view.provenance["name"].source == "crm"
    assert view.created_at == MONDAY
    assert view.updated_at == TUESDAY


def test_a_new_contact_point_is_added_beside_the_old_one(home):
    upsert(ALICE)
    assert upsert(CustomerRow(customer_id="C1", email="alice@work.example")).updated == 1
    assert [p.masked for p in queries.get("C1").contact_points] == [
        "a***@example.com",
        "a***@work.example",
        "+86****01",
    ]


def test_contact_values_are_found_by_index_and_sealed_in_the_database(home):
    upsert(ALICE)
    assert queries.find_by_contact(kind="email", value=" alice@example.COM") == ["C1"]
    assert queries.find_by_contact(kind="phone", value="+8613800000001") == ["C1"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_contactpoint")
        stored = str(cursor.fetchall())
        cursor.execute("SELECT * FROM customers_customer")
        stored += str(cursor.fetchall())
    for secret in ("lice", "13800000001", "1990"):
        assert secret not in stored


def test_a_row_without_number_is_refused_and_nothing_is_stored(home):
    with pytest.raises(ValueError, match="customer_id"):
        upsert(ALICE, CustomerRow(customer_id=""))
    assert queries.count() == 0


def test_bare_records_are_made_once_and_overwrite_nothing(home):
    upsert(ALICE)
    assert services.ensure(customer_ids=["C1", "C7", "C8", "C7"], source="orders", at=TUESDAY) == 2
    assert services.ensure(customer_ids=["C7", "C8"], source="orders", at=TUESDAY) == 0
    assert queries.get("C1").name == "Alice Example"
    bare = queries.get("C7")
    assert (bare.name, bare.source, bare.tags, bare.contact_points) == ("", "orders", (), ())
    assert list(queries.ids()) == ["C1", "C7", "C8"]
    assert queries.existing(["C1", "C9"]) == {"C1"}
    assert list(queries.acquisition_costs()) == [("C1", Decimal("12.5"))]


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("email", " Ｂｏｂ@Example.COM ", "bob@example.com"),
        ("phone", "+86 (138) 0000-0001", "+8613800000001"),
        ("phone", "138 0000 0001", "13800000001"),
    ],
)
def test_contact_values_are_compared_in_one_form(kind, value, normal):
    assert normal_contact(kind, value) == normal


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("email", "bob@example.com", "b***@example.com"),
        ("phone", "13800000001", "138****01"),
        ("phone", "110", "****"),
    ],
)
def test_a_masked_value_can_be_recognised_but_not_used(kind, value, masked):
    assert mask(kind, value) == masked
