"""A shop whose cycle has run."""

from __future__ import annotations

import pytest

from keepwell.insight import services
from tests.insight import shop


@pytest.fixture
def shop_home(home, once):
    """A home with a random shop of 60 customers and one cycle at `shop.AS_OF`."""
    once("shop of segments", _make)
    return home


def _make():
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow

    orders = shop.random_orders(customers=60)
    shop.put("orders", orders, "orders")
    items = [
        {
            "order_id": one["order_id"],
            "line": 1,
            "product_id": "p1" if place % 3 else "p2",
            "category": None if place % 3 else "Tea",
            "quantity": 1.0,
            "unit_price": one["amount"],
        }
        for place, one in enumerate(orders)
    ]
    shop.put("order_items", items, "items")
    shop.put("products", [{"product_id": "p1", "category": "Outdoor"}], "products")
    ids = sorted({one["customer_id"] for one in orders})
    rows = [
        CustomerRow(
            customer_id=one,
            city="Oslo" if int(one[1:]) % 2 else "Bergen",
            tags=("regular",) if int(one[1:]) % 5 == 0 else (),
        )
        for one in ids
    ]
    customers.upsert_many(rows=rows, source="test", at=shop.RECORDED, actor="test")
    services.run_cycle(as_of=shop.AS_OF, actor="test")
