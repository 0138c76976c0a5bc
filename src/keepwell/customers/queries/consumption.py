"""What a customer buys and has, from the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any, Literal

from keepwell.customers.contracts import CategoryUse, Consumption, OwnedProductView
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import OwnedProduct
from keepwell.history import queries as history
from keepwell.history.contracts import TimelineFact

TABLES = ["order_items", "orders"]
MOST_LINES = 5_000
HALF_YEAR = timedelta(days=182)
YEAR_DAYS = 365.25
# Smaller changes between two half-years are chance.
NOTICEABLE = Decimal("0.2")
MOST_PRODUCTS = 50
NOT_BOUGHT = ("refunded", "cancelled")


Trend = Literal["up", "down", "flat", "new", "stopped"]


@dataclass(frozen=True)
class _Line:
    order_id: str
    product_id: str
    category: str
    quantity: float
    amount: Decimal
    at: datetime


def purchases(customer_id: str, *, now: datetime) -> tuple[Consumption, tuple[OwnedProductView, ...]]:
    """Categories bought, with frequency, amount and trend, and the products owned with their age.

    From the newest 5,000 order lines; lines of refunded and cancelled orders do not count.
    """
    facts = identity.timeline(customer_id, limit=MOST_LINES, tables=TABLES)
    lines = _lines(facts)
    consumption = _consumption(lines, now, is_cut=len(facts) >= MOST_LINES)
    return consumption, _owned({customer_id: lines}, now)[customer_id]


def owned_by_many(customer_ids: Collection[str], *, now: datetime) -> dict[str, tuple[OwnedProductView, ...]]:
    """The products of many customers at once, as `purchases` tells them."""
    read = identity.timelines(customer_ids, limit=MOST_LINES, tables=TABLES)
    return _owned({number: _lines(facts) for number, facts in read.items()}, now)


def product_values(customer_id: str, item_id: int) -> dict[str, Any] | None:
    """What was typed in of one product, by the names of `services.save_product`, or None."""
    row = OwnedProduct.objects.filter(customer=customer_id, pk=item_id).first()
    names = ("name", "product_id", "category", "bought_on", "cycle_days", "is_given_up", "source")
    return {name: getattr(row, name) for name in names} if row else None


def _lines(facts: Sequence[TimelineFact]) -> list[_Line]:
    undone = {
        fact.data["order_id"]
        for fact in facts
        if fact.table == "orders" and fact.data.get("status") in NOT_BOUGHT
    }
    lines = [
        _Line(
            fact.data["order_id"],
            fact.data["product_id"],
            fact.data.get("category") or "",
            float(fact.data["quantity"]),
            Decimal(str(fact.data["quantity"])) * fact.data["unit_price"]
            - (fact.data.get("discount") or Decimal(0)),
            fact.at,
        )
        for fact in facts
        if fact.table == "order_items" and fact.data["order_id"] not in undone
    ]
    return [line for line in lines if line.quantity > 0]


def _consumption(lines: Sequence[_Line], now: datetime, *, is_cut: bool) -> Consumption:
    by_category: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        by_category[line.category].append(line)
    total = sum((line.amount for line in lines), Decimal(0))
    uses = [_use(category, mine, total, now) for category, mine in by_category.items()]
    uses.sort(key=lambda use: (-use.amount, use.category))
    return Consumption(tuple(uses), len(lines), is_cut)


def _use(category: str, lines: Sequence[_Line], total: Decimal, now: datetime) -> CategoryUse:
    amount = sum((line.amount for line in lines), Decimal(0))
    recent = sum((line.amount for line in lines if line.at > now - HALF_YEAR), Decimal(0))
    earlier = sum(
        (line.amount for line in lines if now - 2 * HALF_YEAR < line.at <= now - HALF_YEAR), Decimal(0)
    )
    first = min(line.at for line in lines)
    orders = len({line.order_id for line in lines})
    days = (now - first).days
    return CategoryUse(
        category=category,
        orders=orders,
        quantity=sum(line.quantity for line in lines),
        amount=amount,
        share=float(amount / total) if total else 0.0,
        # A rate of less than a quarter's observation says little.
        orders_per_year=orders / (days / YEAR_DAYS) if days >= 91 else None,
        first_at=first,
        last_at=max(line.at for line in lines),
        recent_amount=recent,
        earlier_amount=earlier,
        trend=_trend(first, recent, earlier, now),
    )


def _trend(first: datetime, recent: Decimal, earlier: Decimal, now: datetime) -> Trend:
    if first > now - HALF_YEAR:
        return "new"
    if recent <= 0:
        return "stopped"
    if recent > earlier * (1 + NOTICEABLE):
        return "up"
    return "down" if recent < earlier * (1 - NOTICEABLE) else "flat"


def _owned(lines: Mapping[str, Sequence[_Line]], now: datetime) -> dict[str, tuple[OwnedProductView, ...]]:
    """Products typed in, then those known from orders, the newest purchase first; by customer."""
    typed: dict[str, list[OwnedProduct]] = defaultdict(list)
    for row in OwnedProduct.objects.filter(customer__in=list(lines)):
        typed[row.customer_id].append(row)
    bought: dict[str, dict[str, list[_Line]]] = {}
    shown: dict[str, list[str]] = {}
    for number, mine in lines.items():
        bought[number] = _by_product(mine)
        told = {row.product_id for row in typed[number] if row.product_id}
        last = {product: max(line.at for line in some) for product, some in bought[number].items()}
        newest = sorted(last, key=last.__getitem__, reverse=True)
        shown[number] = [one for one in newest if one not in told][:MOST_PRODUCTS]
    wanted = {product for products in shown.values() for product in products}
    known = history.facts("products", sorted(wanted)) if wanted else {}
    today = now.date()
    found = {}
    for number, products in shown.items():
        orders = bought[number]
        given = [row for row in typed[number] if not row.is_given_up]
        views = [_typed(row, orders.get(row.product_id, []), today) for row in given]
        names = {one: (known.get(one) or {}).get("name") or one for one in products}
        views += [_bought(one, names[one], orders[one], today) for one in products]
        found[number] = tuple(views)
    return found


def _by_product(lines: Sequence[_Line]) -> dict[str, list[_Line]]:
    found: dict[str, list[_Line]] = defaultdict(list)
    for line in lines:
        found[line.product_id].append(line)
    return dict(found)


def _typed(row: OwnedProduct, lines: Sequence[_Line], today: date) -> OwnedProductView:
    days = sorted({line.at.date() for line in lines})
    last = max([*days, *([row.bought_on] if row.bought_on else [])], default=None)
    cycle = row.cycle_days or _cycle(days)
    return OwnedProductView(
        product_pk=row.pk,
        product_id=row.product_id,
        name=row.name,
        category=row.category,
        bought_on=last,
        times=max(1, len(days)),
        age_days=(today - last).days if last else None,
        cycle_days=cycle,
        due_on=last + timedelta(days=cycle) if last and cycle else None,
        source=row.source,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def _bought(product_id: str, name: str, lines: Sequence[_Line], today: date) -> OwnedProductView:
    days = sorted({line.at.date() for line in lines})
    cycle = _cycle(days)
    return OwnedProductView(
        product_pk=0,
        product_id=product_id,
        name=name,
        category=lines[0].category,
        bought_on=days[-1],
        times=len(days),
        age_days=(today - days[-1]).days,
        cycle_days=cycle,
        due_on=days[-1] + timedelta(days=cycle) if cycle else None,
        source="orders",
        updated_at=max(line.at for line in lines),
    )


def _cycle(days: Sequence[date]) -> int | None:
    """The median interval in days, from three purchases on."""
    if len(days) < 3:
        return None
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return round(median(gaps)) or None
