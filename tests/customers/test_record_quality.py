"""How complete the records are, and whose a field is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from keepwell.accounts.models import User
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.lists import queries
from keepwell.customers.models import Ownership

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def people(db, home):
    """Three records of the till and one of the shop."""
    till = [
        CustomerRow("T1", name="张伟", phone="+8613800138000", birth_on=date(1990, 5, 1), country="CN"),
        CustomerRow("T2", name="王芳", country="CN"),
        CustomerRow("T3", email="x@example.com", city="上海"),
    ]
    customers.upsert_many(rows=till, source="till", at=NOW, actor="test")
    shop = [CustomerRow("W1", name="Anna", email="anna@example.com", acquisition_cost=5)]
    customers.upsert_many(rows=shop, source="web-shop", at=NOW, actor="test")


def test_each_field_is_measured_by_source(people):
    found = {(one.source, one.field): one for one in queries.record_quality(now=NOW)}
    assert found["till", "name"].rows == 3
    assert found["till", "name"].completeness == pytest.approx(2 / 3)
    assert found["till", "phone"].completeness == pytest.approx(1 / 3)
    assert found["till", "birth_on"].completeness == pytest.approx(1 / 3)
    assert found["till", "income"].completeness == 0
    assert found["till", "country"].validity == 1
    assert found["web-shop", "email"].completeness == 1
    assert found["web-shop", "acquisition_cost"].completeness == 1
    assert found["till", "name"].newest_at == NOW
    assert {one.field for one in found.values()} == set(queries.FIELDS)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("name", ("T3",)), ("birth_on", ("T2", "T3", "W1")), ("phone", ("T2", "T3", "W1")),
        ("email", ("T1", "T2")), ("acquisition_cost", ("T1", "T2", "T3")), ("city", ("T1", "T2", "W1")),
    ],
)  # fmt: skip
def test_those_without_a_field_are_listed_in_parts_and_within_reach(people, field, expected):
    assert queries.missing(field=field, owner_ids=None) == expected
    assert queries.missing(field=field, owner_ids=None, limit=1) == expected[:1]
    assert queries.missing(field=field, owner_ids=None, after=expected[0]) == expected[1:]
    ada = User.objects.create_user("ada", roles=["account_manager"])
    Ownership.objects.create(customer_id=expected[-1], owner=ada, started_at=NOW, assigned_by="test")
    assert queries.missing(field=field, owner_ids={ada.pk}) == expected[-1:]
    assert queries.missing(field=field, owner_ids=frozenset()) == ()


def test_a_field_that_is_none_is_refused(people):
    with pytest.raises(KeyError):
        queries.missing(field="password", owner_ids=None)
