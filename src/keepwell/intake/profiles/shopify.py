"""Shopify's orders export: one line per item; what holds for the order is on its first line only.

The export has no customer number, so the e-mail address (or phone number) is used and replaced by a
pseudonym. A partial refund lowers the amount, a full one makes the order refunded.
"""

from __future__ import annotations

from keepwell.intake.profiles.base import Profile, has_columns
from keepwell.intake.shapes import CARRIED_LINES

SHOPIFY = Profile(
    name="shopify-orders",
    source="shopify",
    recognises=has_columns(
        "Name", "Email", "Financial Status", "Total", "Created at", "Lineitem name", "Lineitem quantity"
    ),
    shape=CARRIED_LINES,
    columns={
        "order_id": "Name",
        "customer_id": "first of email and phone",
        "ordered_at": "Created at",
        "product_id": "first of sku and name",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
        "discount": "Lineitem discount",
        "amount": "Total",
        "order_discount": "Discount Amount",
        "currency": "Currency",
        "channel": "Source",
        "store": "Location",
        "campaign": "Discount Code",
        "status": "Financial Status",
        "refunded": "Refunded Amount",
        "cancelled_at": "Cancelled at",
        "country": "Billing Country",
    },
    first_of={
        "first of email and phone": ("Email", "Phone", "Billing Phone", "Shipping Phone"),
        "first of sku and name": ("Lineitem sku", "Lineitem name"),
    },
)
