"""One customer's facts, newest first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from keepwell.history import queries, services
from tests.history.factories import START, order, rows

pytestmark = pytest.mark.django_db


def visit(number, customer="c1", hours=0):
    return {
        "interaction_id": f"i{number}",
        "customer_id": customer,
        "at": START + timedelta(hours=hours),
        "type": "visit",
    }


def append(table, facts, batch_id):
    return services.append_rows(table=table, rows=rows(table, facts), batch_id=batch_id)


def keys(*args, **options):
    return [fact.key for fact in queries.timeline(*args, **options)]


def test_facts_of_all_tables_come_newest_first_and_belong_to_one_customer(home):
    append(
        "orders", [order(1, customer_id="c1"), order(3, customer_id="c1"), order(4, customer_id="c2")], "b1"
    )
    append("interactions", [visit(1, hours=2), visit(2, customer="c2", hours=9)], "b2")
    facts = queries.timeline("c1")
    assert [(fact.table, fact.key) for fact in facts] == [
        ("orders", "o00003"),
        ("interactions", "i1"),
        ("orders", "o00001"),
    ]
    assert facts[0].at == START + timedelta(hours=3)
    assert facts[0].data["amount"] == Decimal("4.0000")
    assert "store" not in facts[0].data
    assert keys("c1", tables=["interactions"]) == ["i1"]
    assert keys("nobody") == []
    assert keys("c'; DROP TABLE x; --") == []


def test_pages_meet_without_gap_or_overlap_and_ties_stay_together(home):
    append("interactions", [visit(n, hours=n // 3) for n in range(20)], "b1")
    seen, before = [], None
    while page := queries.timeline("c1", limit=4, before=before):
        assert len(page) <= 6
        seen += [fact.key for fact in page]
        before = page[-1].at
    assert sorted(seen) == sorted(f"i{n}" for n in range(20))
    assert len(seen) == len(set(seen))
    with pytest.raises(ValueError, match="limit"):
        queries.timeline("c1", limit=0)


def test_what_waits_in_the_outbox_is_there_already_and_once(home):
    append("orders", [order(1, customer_id="c1")], "b1")
    services.record(table="orders", fact=order(1, customer_id="c1", status="refunded"), source="s")
    services.record(table="orders", fact=order(2, customer_id="c1"), source="s")
    for _ in range(2):
        facts = queries.timeline("c1")
        assert [(fact.key, fact.data["status"]) for fact in facts] == [
            ("o00002", "paid"),
            ("o00001", "refunded"),
        ]
        services.flush()


def test_limit_holds_where_the_outbox_replaces_rows_of_the_lake(home):
    append("orders", [order(n, customer_id="c1") for n in range(6)], "b1")
    for number in (4, 5):
        early = START - timedelta(days=number)
        services.record(table="orders", fact=order(number, customer_id="c1", ordered_at=early), source="s")
    assert keys("c1", limit=4) == ["o00003", "o00002", "o00001", "o00000"]


def test_corrections_replace_what_they_correct_also_across_customers(home):
    append(
        "orders", [order(1, customer_id="c1"), order(2, customer_id="c1"), order(3, customer_id="c2")], "b1"
    )
    append("orders", [order(1, customer_id="c2"), order(2, customer_id="c1", status="refunded")], "b2")
    for _ in range(2):
        facts = queries.timeline("c1")
        assert [(fact.key, fact.data["status"]) for fact in facts] == [("o00002", "refunded")]
        assert keys("c2") == ["o00003", "o00001"]
        services.compact()


def test_a_correction_that_waits_moves_the_fact_to_the_other_customer(home):
    append("orders", [order(1, customer_id="c1")], "b1")
    services.record(table="orders", fact=order(1, customer_id="c2"), source="s")
    assert keys("c2") == ["o00001"]
    assert keys("c1") == []


def test_chosen_columns_leave_out_the_others_but_never_key_time_and_customer(home):
    append("orders", [order(1, customer_id="c1")], "b1")
    (fact,) = queries.timeline("c1", tables=["orders"], columns=("amount",))
    (whole,) = queries.timeline("c1", tables=["orders"])
    assert set(fact.data) == {"order_id", "customer_id", "ordered_at", "amount"}
    assert fact.data.items() <= whole.data.items()
    assert (fact.at, fact.key) == (whole.at, whole.key)


def test_a_later_commit_is_seen_by_who_has_read_before(home):
    assert keys("c1") == []
    append("orders", [order(1, customer_id="c1")], "b1")
    assert keys("c1") == ["o00001"]
    append("orders", [order(2, customer_id="c1")], "b2")
    assert keys("c1") == ["o00002", "o00001"]
