"""What happened after the lot, by hand: seven customers and everything that can befall them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from keepwell.plays.experiments import reading
from keepwell.plays.experiments.outcomes import Sample
from tests.plays.learning.conftest import AS_OF, DAY, DEALT, append, order

NAMES = ("A", "B", "C", "D")


def read(days=60, as_of=AS_OF, currency=""):
    """Outcomes of A, B, C, D."""
    count = len(NAMES)
    sample = Sample(
        NAMES,
        np.zeros(count, dtype=np.int64),
        np.full(count, 0.5),
        np.full(count, DEALT.timestamp()),
        np.zeros(count),
        np.zeros((count, 0)),
    )
    return reading.outcomes(sample, days=days, as_of=as_of, gross_margin=0.25, currency=currency)


def test_nothing_known_is_nothing(cycle):
    found = read()
    assert found.ordered.tolist() == [0, 0, 0, 0]
    assert found.revenue.tolist() == [0, 0, 0, 0]
    assert np.isnan(found.satisfaction).all()


def test_orders_within_the_days_count_and_no_others(cycle):
    append(
        "orders",
        [
            order(1, "A", DEALT - DAY, 50),  # before
            order(2, "A", DEALT + 2 * DAY, 100),
            order(3, "A", DEALT + 60 * DAY, 30),  # on the last day
            order(4, "A", DEALT + 60 * DAY + timedelta(seconds=1), 1_000),  # after it
            order(5, "B", DEALT + 3 * DAY, 70, status="cancelled"),
            order(6, "C", DEALT + 4 * DAY, 10, status="refunded"),
        ],
    )
    found = read()
    assert found.next_day.tolist() == [2.0, np.inf, np.inf, np.inf]
    assert found.revenue.tolist() == [130, 0, 0, 0]


def test_money_of_another_currency_is_not_added_but_the_order_is_one(cycle):
    usual = order(1, "A", DEALT + 2 * DAY, 100)
    other = {**order(2, "A", DEALT + DAY, 9_000), "currency": "JPY"}
    append("orders", [usual, other, {**order(3, "B", DEALT + DAY, 7_000), "currency": "JPY"}])
    found = read(currency=usual["currency"])
    assert found.next_day.tolist() == [1.0, 1.0, np.inf, np.inf]
    assert found.revenue.tolist() == [100, 0, 0, 0]
    assert found.contribution.tolist() == [25, 0, 0, 0]


def test_what_is_not_known_yet_does_not_count(cycle):
    append("orders", [order(1, "A", DEALT + 2 * DAY, 100), order(2, "A", DEALT + 9 * DAY, 100)])
    assert read(as_of=DEALT + 5 * DAY).revenue.tolist() == [100, 0, 0, 0]


def test_cost_is_the_orders_own_or_its_products_or_the_usual_margin(cycle):
    at = DEALT + DAY
    append(
        "orders",
        [
            order(1, "A", at, 100, cost=Decimal(60)),
            order(2, "B", at, 100),  # two known products: 2 x 10 + 1 x 15 = 35
            order(3, "C", at, 100),  # one product unknown: a quarter is margin
            order(4, "D", at, 100),  # no lines at all
        ],
    )
    append(
        "products",
        [{"product_id": "p", "cost": Decimal(10)}, {"product_id": "q", "cost": Decimal(15)}],
        "products",
    )
    lines = [
        ("o2", 1, "p", 2.0),
        ("o2", 2, "q", 1.0),
        ("o3", 1, "p", 1.0),
        ("o3", 2, "x", 1.0),
        ("o1", 1, "p", 1.0),
    ]
    append(
        "order_items",
        [
            {
                "order_id": one,
                "line": line,
                "product_id": product,
                "quantity": quantity,
                "unit_price": Decimal(9),
            }
            for one, line, product, quantity in lines
        ],
        "items",
    )
    assert read().contribution.tolist() == pytest.approx([40, 65, 25, 25])


def test_answers_become_shares_of_their_scale(cycle):
    at = DEALT + DAY
    said = [("A", "nps", 8.0), ("A", "csat", 5.0), ("B", "ces", 1.0), ("C", "other", 3.0), ("D", "csat", 9.0)]
    append(
        "answers",
        [
            {"answer_id": str(n), "customer_id": who, "at": at, "metric": metric, "score": score}
            for n, (who, metric, score) in enumerate(said)
        ],
    )
    append(
        "tickets",
        [
            {"ticket_id": "t", "customer_id": "B", "at": at, "event": "opened"},
            {"ticket_id": "t", "customer_id": "B", "at": at + DAY, "event": "closed", "satisfaction": 3.0},
        ],
        "tickets",
    )
    found = read()
    assert found.satisfaction[:2].tolist() == pytest.approx([0.9, 0.25])
    assert np.isnan(found.satisfaction[2])  # of an unknown scale
    assert found.satisfaction[3] == 1.0  # an answer beyond the scale counts as its end
    assert found.complaints.tolist() == [0, 1, 0, 0]


def test_who_ended_messages_counts_once_a_message(cycle):
    at = DEALT + DAY
    status = [("A", "unsubscribed"), ("B", "complained"), ("C", "opened"), ("D", "withheld")]
    append(
        "contacts",
        [
            {"contact_id": who, "customer_id": who, "at": at, "channel": "email", "status": one}
            for who, one in status
        ],
    )
    assert read().unsubscribed.tolist() == [1, 1, 0, 0]


def test_orders_of_a_merged_record_count_for_the_one_that_stays(cycle):
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.identity import services as identity

    customers.upsert_many(
        rows=[CustomerRow(customer_id=one) for one in ("A", "old")], source="shop", at=DEALT, actor="ada"
    )
    append("orders", [order(1, "old", DEALT + DAY, 40)])
    identity.merge(kept_id="A", merged_id="old", actor="ada")
    assert read().revenue.tolist() == [40, 0, 0, 0]


def test_a_member_merged_into_another_member_did_what_the_person_did(cycle):
    """Each was dealt an arm of its own; read by the merged number one would be lost, whatever was bought."""
    from keepwell.customers.identity.models import Alias

    Alias.objects.create(alias_id="B", canonical_id="A", kind="merged", since=DEALT)
    append("orders", [order(1, "B", DEALT + DAY, 40), order(2, "A", DEALT + 2 * DAY, 30)])
    found = read()
    assert found.revenue.tolist() == [70, 70, 0, 0]
    assert found.next_day.tolist() == [1.0, 1.0, np.inf, np.inf]
