"""Olist's public data set: orders, items, payments and customers in files of their own that belong together.

An order's customer_id there is new with every order; the person is customer_unique_id in the customers file.
"""

from __future__ import annotations

from keepwell.intake.profiles.base import Profile, has_columns
from keepwell.intake.shapes import OLIST_CUSTOMERS, OLIST_ITEMS, OLIST_ORDERS, OLIST_PAYMENTS

ORDERS = Profile(
    name="olist",
    source="olist",
    recognises=has_columns("order_id", "customer_id", "order_status", "order_purchase_timestamp"),
    shape=OLIST_ORDERS,
    columns={
        "order_id": "order_id",
        "customer_id": "customer_id",
        "status": "order_status",
        "ordered_at": "order_purchase_timestamp",
    },
    currency="BRL",
    joins=True,
)

ITEMS = Profile(
    name="olist",
    source="olist",
    recognises=has_columns("order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"),
    shape=OLIST_ITEMS,
    columns={
        "order_id": "order_id",
        "line": "order_item_id",
        "product_id": "product_id",
        "unit_price": "price",
        "freight": "freight_value",
    },
    currency="BRL",
    joins=True,
)

PAYMENTS = Profile(
    name="olist",
    source="olist",
    recognises=has_columns("order_id", "payment_sequential", "payment_type", "payment_value"),
    shape=OLIST_PAYMENTS,
    columns={"order_id": "order_id", "line": "payment_sequential", "amount": "payment_value"},
    currency="BRL",
    joins=True,
)

CUSTOMERS = Profile(
    name="olist",
    source="olist",
    recognises=has_columns("customer_id", "customer_unique_id", "customer_city", "customer_state"),
    shape=OLIST_CUSTOMERS,
    columns={
        "customer_id": "customer_id",
        "unique_id": "customer_unique_id",
        "city": "customer_city",
        "region": "customer_state",
    },
    joins=True,
)
