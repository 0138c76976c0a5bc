"""Small shops for tests: facts with a fixed seed, appended to the lake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from keepwell.history import services as history
from keepwell.history.schemas import FACT_TABLES

AS_OF = datetime(2026, 6, 30, 23, 59, 59, 999999, tzinfo=UTC)
RECORDED = datetime(2026, 7, 1, tzinfo=UTC)
COMMON = {"source": "test", "recorded_at": RECORDED, "live": False, "revises": False}


def day(number: float) -> datetime:
    """An instant that many days before the date of observation, at noon."""
    return AS_OF.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=number)


def put(table: str, rows: Iterable[dict[str, Any]], batch: str) -> None:
    """Append rows of a table; missing columns are null."""
    schema = FACT_TABLES[table].arrow_schema
    full = [{name: (COMMON | row).get(name) for name in schema.names} for row in rows]
    history.append_rows(table=table, rows=pa.Table.from_pylist(full, schema=schema), batch_id=batch)


def order(order_id: str, customer: str, days_ago: float, amount: float = 50.0, **more: Any) -> dict[str, Any]:
    """A paid order."""
    return {
        "order_id": order_id,
        "customer_id": customer,
        "ordered_at": day(days_ago),
        "amount": Decimal(str(round(amount, 2))),
        "currency": "EUR",
        "status": "paid",
    } | more


def random_orders(customers: int = 400, seed: int = 7, span: int = 500) -> list[dict[str, Any]]:
    """A shop in which customers buy at different rates and four in ten leave at some point."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        joined, rate = rng.uniform(10, span), 1 / rng.gamma(3.0, 15.0)
        left = joined if rng.random() < 0.6 else rng.uniform(0, joined)
        at, spend, place = joined, rng.lognormal(3.5, 0.5), 0
        while at > joined - left and at > 0:
            rows.append(order(f"o{number}-{place}", f"c{number:04d}", at, spend * rng.gamma(4, 0.25)))
            place += 1
            at -= rng.exponential(1 / rate)
            if joined - at > left:
                break
    return rows
