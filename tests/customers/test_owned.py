"""What many customers have, read at once, is what it is read for one after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from keepwell.customers import queries, services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import queries as identity
from keepwell.customers.identity import services as merging
from keepwell.history import services as history

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PEOPLE = ("C-1", "C-2", "C-3", "C-4")


@pytest.fixture
def shop(home, db):
    """Ann buys tea monthly, Bo bought a cup under two numbers, Cy sent it back, Di never bought."""
    rows = [CustomerRow(number, name=number) for number in (*PEOPLE, "C-5")]
    services.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
    for product, name in (("tea", "Morning tea"), ("cup", "A cup")):
        fact = {
            "product_id": product,
            "name": name,
            "category": "Tea",
            "price": Decimal(9),
            "currency": "CNY",
        }
        history.record(table="products", fact=fact, source="shop")
    bought = [("C-1", "tea", 90, ""), ("C-1", "tea", 60, ""), ("C-1", "tea", 30, ""), ("C-1", "cup", 300, "")]
    bought += [("C-2", "cup", 40, ""), ("C-5", "tea", 20, ""), ("C-3", "cup", 10, "refunded")]
    for number, (customer_id, product, days, status) in enumerate(bought):
        order = {
            "order_id": f"o{number}",
            "customer_id": customer_id,
            "ordered_at": NOW - timedelta(days=days),
        }
        order |= {"status": status or "paid", "amount": Decimal(9), "currency": "CNY"}
        history.record(table="orders", fact=order, source="shop")
        line = {"order_id": f"o{number}", "line": 1, "customer_id": customer_id, "product_id": product}
        line |= {
            "ordered_at": order["ordered_at"],
            "quantity": 1.0,
            "unit_price": Decimal(9),
            "category": "Tea",
        }
        history.record(table="order_items", fact=line, source="shop")
    history.flush()
    merging.merge(kept_id="C-2", merged_id="C-5", actor="ada", reason="twice")


@pytest.mark.parametrize("most", [100_000, 3])
def test_many_at_once_have_what_each_has(shop, monkeypatch, most):
    monkeypatch.setattr(identity, "FACTS_TOGETHER", most)
    found = queries.owned_by_many(PEOPLE, now=NOW)
    assert found == {number: queries.purchases(number, now=NOW)[1] for number in PEOPLE}
    assert [one.name for one in found["C-1"]] == ["Morning tea", "A cup"]
    assert [one.name for one in found["C-2"]] == ["Morning tea", "A cup"]  # the merged number's too
    assert found["C-3"] == found["C-4"] == ()


def test_nobody_has_nothing(shop):
    assert queries.owned_by_many((), now=NOW) == {}
