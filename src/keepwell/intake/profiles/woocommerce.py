"""WooCommerce orders, as its common export plug-ins write them: one line per order.

Guests have customer number 0; their e-mail address stands in and is replaced by a pseudonym.
"""

from __future__ import annotations

from keepwell.intake.matching.names import normal
from keepwell.intake.profiles.base import SHAPES, Profile
from keepwell.intake.reading.chunks import Source


def _recognises(source: Source) -> bool:
    names = {normal(name) for name in source.columns}
    return {"orderdate", "ordertotal", "status", "billingemail"} <= names and bool(
        names & {"orderid", "ordernumber"}
    )


WOOCOMMERCE = Profile(
    name="woocommerce-orders",
    source="woocommerce",
    recognises=_recognises,
    shape=SHAPES["orders"],
    columns={
        "order_id": "first of id and number",
        "customer_id": "first of customer and email",
        "ordered_at": "order_date",
        "amount": "order_total",
        "currency": "order_currency",
        "discount": "discount_total",
        "campaign": "coupons",
        "status": "status",
    },
    constants={"channel": "web"},
    first_of={
        "first of id and number": ("order_id", "order_number"),
        "first of customer and email": (
            "customer_id", "customer_user", "billing_email", "customer_email", "billing_phone",
        ),
    },
)  # fmt: skip
