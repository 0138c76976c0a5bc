"""Purchases: the order events of the Segment e-commerce specification as `orders` and `order_items`.

`amount` is net: `revenue` (without shipping and tax); else `subtotal` less `discount`; else `total` less
`shipping` and `tax`; else the sum of the products. A currency that is not said is the installation's, else
US dollars, as the specification has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from keepwell.integrations.contracts import MessageError
from keepwell.integrations.tracking import behaviour, scrub
from keepwell.integrations.tracking.messages import Message

Fact = tuple[str, Mapping[str, Any]]

PLACED = frozenset({"order completed", "completed order", "order updated", "order placed"})
UNDONE = frozenset({"order refunded", "order cancelled", "order canceled"})
AMOUNT_MAX = Decimal(10) ** 13
ITEMS_MAX = 1_000
CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Change:
    """An order taken back, in part (`amount`) or as a whole (None)."""

    order_id: str
    status: str
    amount: Decimal | None


def order(message: Message, customer_id: str, *, currency: str) -> list[Fact]:
    """The order and its lines. Raises MessageError."""
    said = message.properties
    order_id = _order_id(said)
    products = _products(said)
    fact = {
        "order_id": order_id,
        "customer_id": customer_id,
        "ordered_at": message.at,
        "amount": _amount(said, products),
        "currency": _currency(said, currency),
        "discount": _money(said, "discount"),
        "channel": behaviour.channel(message),
        "store": _short(said.get("affiliation")),
        "campaign": behaviour.campaign(message) or _short(said.get("coupon")),
        "status": "paid",
    }
    return [("orders", fact), *_lines(products, order_id, message, customer_id)]


def change(message: Message) -> Change:
    """What a refund or cancellation says. Raises MessageError."""
    said = message.properties
    if message.event.casefold() != "order refunded":
        return Change(_order_id(said), "cancelled", None)
    products = _products(said)
    amount = next(
        (m for name in ("revenue", "total", "value") if (m := _money(said, name)) is not None), None
    )
    if amount is None and products:
        amount = _sum(products)
    return Change(_order_id(said), "refunded", abs(amount) if amount is not None else None)


def changed(stored: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The order `stored` after `change`: a refund in part leaves it paid with what remains."""
    left = None if change.amount is None else stored["amount"] - change.amount
    if change.status == "refunded" and left is not None and left > 0:
        return {**stored, "amount": left}
    return {**stored, "status": change.status}


def _lines(products: list[dict[str, Any]], order_id: str, message: Message, customer_id: str) -> list[Fact]:
    found: list[Fact] = []
    for number, product in enumerate(products, start=1):
        product_id = next(
            (_short(product.get(n)) for n in ("product_id", "sku", "id") if product.get(n)), None
        )
        price = _money(product, "price")
        quantity = behaviour.number(product.get("quantity", 1))
        if product_id is None or price is None or quantity is None:
            continue
        line = {
            "order_id": order_id,
            "line": number,
            "customer_id": customer_id,
            "ordered_at": message.at,
            "product_id": product_id,
            "category": _short(product.get("category")),
            "quantity": quantity,
            "unit_price": price,
            "discount": _money(product, "discount"),
        }
        found.append(("order_items", line))
    return found


def _order_id(said: Mapping[str, Any]) -> str:
    value = said.get("order_id") or said.get("orderId")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise MessageError("order_id", "order_id is missing")
    value = value.strip()
    if len(value) > 200 or not value.isprintable() or scrub.text(value, phones=False) != value:
        raise MessageError("order_id", "order_id must be a short number without personal data")
    return value


def _products(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    value = said.get("products")
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise MessageError("products", "products must be a list of objects")
    if len(value) > ITEMS_MAX:
        raise MessageError("products", f"products must have at most {ITEMS_MAX} entries")
    return value


def _amount(said: Mapping[str, Any], products: list[dict[str, Any]]) -> Decimal:
    revenue, subtotal, total = (_money(said, name) for name in ("revenue", "subtotal", "total"))
    if revenue is not None:
        return revenue
    if subtotal is not None:
        return subtotal - (_money(said, "discount") or 0)
    if total is not None:
        return total - (_money(said, "shipping") or 0) - (_money(said, "tax") or 0)
    value = _money(said, "value")
    if value is not None:
        return value
    if not products:
        raise MessageError("amount", "the order has neither revenue, subtotal, total nor products")
    return _sum(products)


def _sum(products: list[dict[str, Any]]) -> Decimal:
    amounts = []
    for product in products:
        quantity = behaviour.number(product.get("quantity", 1))
        amounts.append((_money(product, "price") or Decimal(0)) * Decimal(str(quantity or 0)))
    return _bounded("products", sum(amounts, Decimal(0)))


def _money(said: Mapping[str, Any], name: str) -> Decimal | None:
    value = said.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise MessageError(name, f"{name} must be an amount")
    try:
        return _bounded(name, Decimal(str(value).strip()))
    except InvalidOperation:
        raise MessageError(name, f"{name} must be an amount") from None


def _bounded(name: str, amount: Decimal) -> Decimal:
    if not amount.is_finite() or abs(amount) >= AMOUNT_MAX:
        raise MessageError(name, f"{name} is out of range")
    return amount


def _currency(said: Mapping[str, Any], default: str) -> str:
    value = said.get("currency") or default or CURRENCY
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{3}", value):
        raise MessageError("currency", "currency must be an ISO 4217 code")
    return value.upper()


def _short(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    return scrub.text(value.strip(), phones=False)[:200] or None
