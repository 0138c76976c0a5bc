"""The file that segments are counted over, where an earlier release made it."""

from __future__ import annotations

import json

import pytest

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.insight.segments import store
from tests.history.factories import RECORDED
from tests.history.releases import append, append_earlier, message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def built(home):
    rows = [CustomerRow(customer_id=f"c{number}") for number in range(3)]
    customers.upsert_many(rows=rows, source="test", at=RECORDED, actor="test")
    append_earlier([message(number) for number in range(6)], "b0")
    append([message(2, reason="full")], "b1")
    return store.build(at=RECORDED, cycle_id="", as_of=None, scores=None, plan=None)


def forget_a_column():
    pointer = store.folder() / store.POINTER
    told = json.loads(pointer.read_text())
    told["columns"]["contacts"].remove("reason")
    pointer.write_text(json.dumps(told))


def test_messages_of_both_releases_are_in_it(built):
    with store.cursor(built) as connection:
        query = "SELECT reason, count(*) FROM contacts GROUP BY reason ORDER BY ALL"
        assert connection.execute(query).fetchall() == [("full", 1), (None, 5)]


def test_one_with_other_columns_is_none(built):
    assert store.current() == built
    forget_a_column()
    assert store.current() is None
    store.build(at=RECORDED, cycle_id="", as_of=None, scores=None, plan=None)
    assert store.current() is not None
    assert not built.path.exists()


def test_whoever_is_erased_does_not_stay_in_one_of_an_earlier_release(built):
    forget_a_column()
    assert store.forget(["c1"])
    assert not built.path.exists()
    assert not store.forget(["c1"])
