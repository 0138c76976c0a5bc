"""Pin what the cycle looks at: the currency, what is left out, one row per customer and purchase day.

Orders placed or paid with an amount above 0 are purchases. Refunded and cancelled orders are not. Rows with
an amount below 0 (credit notes) that are not cancelled reduce what the customer is worth.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ibis

from keepwell.insight.cycle.errors import NoOrdersError
from keepwell.insight.cycle.work import Work, write_expression
from keepwell.science import rfm

DAYS = "days.parquet"
MONEY = "decimal(18, 4)"
NO_MONEY = ibis.literal(0).cast(MONEY)


def run(work: Work) -> tuple[int, str]:
    """Write `days.parquet`; returns its rows."""
    orders = work.scan("orders")
    currencies = work.engine.execute(_currencies(orders)).to_pylist()
    bought = {one["currency"]: one["purchases"] for one in currencies if one["purchases"]}
    if not bought:
        raise NoOrdersError(
            f"there is no purchase up to {work.as_of:%Y-%m-%d %H:%M} UTC: import orders first"
        )
    currency = work.thresholds.currency or max(sorted(bought), key=lambda code: bought[code])
    if currency not in bought:
        raise NoOrdersError(f"there is no purchase in {currency}, the currency of the settings")
    work.row.currency = currency
    work.row.excluded = _excluded(currencies, currency)
    work.row.save(update_fields=["currency", "excluded"])
    rows = write_expression(work, purchase_days(orders, _units(work), currency), DAYS)
    newest = max(one["newest"] for one in currencies if one["currency"] == currency)
    return rows, f"newest purchase {newest:%Y-%m-%d}"


def day_number(instant: datetime) -> int:
    """Days since 1970 of an instant."""
    return rfm.day_number(instant.astimezone(UTC))


def is_purchase(orders: Any) -> Any:
    """Whether an order counts as a purchase."""
    return orders.status.isin(["placed", "paid"]) & (orders.amount > NO_MONEY)


def is_credit(orders: Any) -> Any:
    """Whether an order row gives money back."""
    return (orders.status != "cancelled") & (orders.amount < NO_MONEY)


def _currencies(orders: Any) -> Any:
    purchase = is_purchase(orders)
    return orders.group_by("currency").agg(
        rows=orders.count(),
        purchases=purchase.sum(),
        newest=orders.ordered_at.max(where=purchase),
        refunded=(orders.status == "refunded").sum(),
        cancelled=(orders.status == "cancelled").sum(),
        zero=(orders.status.isin(["placed", "paid"]) & (orders.amount == NO_MONEY)).sum(),
        credits=is_credit(orders).sum(),
    )


def _excluded(currencies: list[dict[str, Any]], currency: str) -> dict[str, int]:
    """How many order rows are not counted as purchases, and why."""
    kept = [one for one in currencies if one["currency"] == currency]
    counted = {
        "other_currency": sum(one["rows"] for one in currencies if one["currency"] != currency),
        "refunded": sum(one["refunded"] for one in kept),
        "cancelled": sum(one["cancelled"] for one in kept),
        "zero_amount": sum(one["zero"] for one in kept),
        "credits": sum(one["credits"] for one in kept),
    }
    return {name: int(count) for name, count in counted.items() if count}


def _units(work: Work) -> Any | None:
    """Items per order; None where no items are known."""
    items = work.scan("order_items")
    items = items.filter(items.quantity > 0)
    if not work.engine.execute(items.limit(1)).num_rows:
        return None
    return items.group_by("order_id").agg(units=items.quantity.sum())


def purchase_days(orders: Any, units: Any | None, currency: str) -> Any:
    """One row per customer and day with a purchase or a credit.

    Columns: customer_id, day (since 1970), orders, first_at and last_at, amount of the purchases, cost_known
    (amount - cost where the cost is known), cost_unknown (amount where not), credit (<= 0), units, and
    units_squared (sum of squares of the orders' units).
    """
    chosen = orders.filter(orders.currency == currency, is_purchase(orders) | is_credit(orders))
    chosen = chosen.select(
        "order_id",
        "customer_id",
        "ordered_at",
        "amount",
        "cost",
        day=rfm.day_of(chosen.ordered_at),
        bought=is_purchase(chosen),
    )
    if units is None:
        chosen = chosen.mutate(units=ibis.literal(1.0))
    else:
        joined = chosen.left_join(units, "order_id")
        chosen = joined.select(*[joined[name] for name in chosen.columns], units=joined.units.fill_null(1.0))
    bought, known = chosen.bought, chosen.cost.notnull()
    total = chosen.group_by(["customer_id", "day"]).agg(
        orders=bought.sum(),
        first_at=chosen.ordered_at.min(where=bought),
        last_at=chosen.ordered_at.max(where=bought),
        amount=chosen.amount.sum(where=bought),
        cost_known=(chosen.amount - chosen.cost).sum(where=bought & known),
        cost_unknown=chosen.amount.sum(where=bought & ~known),
        credit=chosen.amount.sum(where=~bought),
        units=chosen.units.sum(where=bought),
        units_squared=(chosen.units * chosen.units).sum(where=bought),
    )
    money = {
        name: total[name].fill_null(NO_MONEY).cast(MONEY)
        for name in ("amount", "cost_known", "cost_unknown", "credit")
    }
    return total.mutate(
        orders=total.orders.cast("int64"),
        units=total.units.fill_null(0.0),
        units_squared=total.units_squared.fill_null(0.0),
        **money,
    )
