"""What the facts of a customer become."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from keepwell.history.schemas import FACT_TABLES
from keepwell.insight import queries, services
from keepwell.insight.cycle import features, snapshot
from keepwell.insight.settings import DEFAULTS
from keepwell.science import rfm
from tests.insight import shop


def test_frequency_recency_and_age_are_those_of_the_summary():
    rows = shop.random_orders(60)
    schema = FACT_TABLES["orders"].arrow_schema
    full = [{name: (shop.COMMON | row).get(name) for name in schema.names} for row in rows]
    orders = ibis.memtable(pa.Table.from_pylist(full, schema=schema))
    days = snapshot.purchase_days(orders, None, "EUR")
    at = rfm.day_number(shop.AS_OF)
    mine = features.purchases(days, at, DEFAULTS).order_by("customer_id").to_pyarrow().to_pylist()
    theirs = rfm.summarize(orders, shop.AS_OF).order_by("customer_id").to_pyarrow().to_pylist()
    assert len(mine) == len(theirs) > 50
    for one, other in zip(mine, theirs, strict=True):
        assert {name: one[name] for name in ("customer_id", "frequency", "recency", "T")} == {
            name: other[name] for name in ("customer_id", "frequency", "recency", "T")
        }
        assert one["monetary"] == pytest.approx(other["monetary"])


@pytest.fixture
def loud(home, transactional_db):
    """A shop with one customer for each signal, among a hundred calm ones."""
    orders = [
        shop.order(f"calm{n}-{k}", f"calm{n:03d}", 20 * k + n % 17 + 1, 50)
        for n in range(100)
        for k in range(20)
    ]
    for name in ("complains", "silent", "slow", "shrinks", "cheap"):
        gap = 10 if name == "shrinks" else 20
        orders += [
            shop.order(
                f"{name}{k}",
                name,
                gap * k + (75 if name == "slow" else 0),
                5 if name == "cheap" and k < 4 else 50,
            )
            for k in range(1, 20)
        ]
    shop.put("orders", orders, "orders")
    shop.put(
        "order_items",
        [
            {
                "order_id": row["order_id"],
                "line": 1,
                "product_id": "p",
                "quantity": 1.0
                if row["customer_id"] == "shrinks" and row["ordered_at"] > shop.day(85)
                else 9.0,
                "unit_price": 5,
            }
            for row in orders
        ],
        "items",
    )
    shop.put(
        "tickets",
        [
            {"ticket_id": f"t{k}", "at": shop.day(10 + k), "customer_id": "complains", "event": "opened"}
            for k in range(4)
        ],
        "tickets",
    )
    shop.put(
        "interactions",
        [
            {"interaction_id": f"i{name}{k}", "at": shop.day(k), "customer_id": name, "type": "call"}
            for name, first in (("silent", 120), ("complains", 5))
            for k in range(first, 300, 14)
        ],
        "interactions",
    )
    services.run_cycle(as_of=shop.AS_OF, actor="ann")
    return home


def codes(customer: str) -> dict:
    return {reason.code: reason.figures for reason in queries.score(customer).reasons}


def test_every_source_of_facts_can_warn(loud):
    assert codes("complains")["complaints_rose"] == {"recent": 4, "earlier": 0, "window_days": 90}
    assert codes("silent")["contact_silent"] == {"rhythm_days": 14, "silence_days": 120}
    assert codes("slow")["rhythm_broken"]["silence_days"] == 95
    assert codes("cheap")["spending_fell"] | {"recent": 0} == {
        "recent": 0,
        "earlier": 50.0,
        "window_days": 90,
        "currency": "EUR",
    }
    shrinks = queries.score("shrinks")
    assert shrinks.quantity_trend == "falling"
    assert "cause_check" in shrinks.hints
    calm = queries.score("calm050")
    assert (calm.reasons, calm.status, calm.is_core, calm.quantity_trend) == ((), "active", True, "steady")
    assert queries.score("slow").churn_risk > calm.churn_risk
    assert queries.score("complains").churn_risk > calm.churn_risk


def test_quality_is_measured_per_field_and_source(loud):
    rows = {(row.table, row.field): row for row in queries.quality()}
    amount, cost = rows["orders", "amount"], rows["orders", "cost"]
    assert (amount.rows, amount.completeness, amount.validity) == (2095, 1.0, 1.0)
    assert (cost.completeness, cost.newest_at) == (0.0, None)
    assert amount.newest_at == shop.day(1)
    assert rows["tickets", "event"].source == "test"
    assert ("products", "name") not in rows


def test_quality_tells_sources_apart(home, transactional_db):
    good = [shop.order(f"g{n}", f"c{n}", n + 1, cost=10, channel="web") for n in range(4)]
    poor = [
        shop.order("p0", "c0", 1, source="till", channel="  "),
        shop.order("p1", "c1", 2, source="till", cost=-5, channel="shop"),
    ]
    shop.put("orders", good + poor, "orders")
    services.run_cycle(as_of=shop.AS_OF, actor="ann")
    rows = {(row.field, row.source): row for row in queries.quality()}
    assert rows["channel", "test"].completeness == 1
    assert rows["channel", "till"].completeness == 0.5
    assert rows["cost", "till"].completeness == 0.5
    assert rows["cost", "till"].validity == 0
    assert rows["cost", "test"].validity == 1


def test_few_customers_are_scored_with_the_defaults_and_it_says_so(home, transactional_db):
    shop.put(
        "orders",
        [shop.order(f"{c}{k}", c, 30 * k + 40, 50) for c in ("ann", "bob", "eve") for k in range(4)],
        "orders",
    )
    cycle = services.run_cycle(as_of=shop.AS_OF, actor="ann")
    assert cycle.models["risk"]["reason"] == "too_little_history"
    assert cycle.models["purchase"]["chosen"] == "shrunken_rate"
    assert {one.customer_id for one in queries.iter_scores()} == {"ann", "bob", "eve"}


def test_one_order_is_enough(home, transactional_db):
    shop.put("orders", [shop.order("1", "ann", 5, 50)], "orders")
    services.run_cycle(as_of=shop.AS_OF, actor="ann")
    one = queries.score("ann")
    assert (one.status, one.orders, one.rhythm_days) == ("new", 1, None)
