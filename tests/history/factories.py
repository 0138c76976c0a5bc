"""Facts for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.history.schemas import FACT_TABLES

START = datetime(2026, 1, 1, tzinfo=UTC)
RECORDED = datetime(2026, 6, 1, tzinfo=UTC)


def order(number: int, **changes: Any) -> dict[str, Any]:
    """One order as a room would record it."""
    return {
        "order_id": f"o{number:05d}",
        "customer_id": f"c{number % 7}",
        "ordered_at": START + timedelta(hours=number),
        "amount": Decimal(number % 100 + 1),
        "currency": "CNY",
        "status": "paid",
        **changes,
    }


def rows(table: str, facts: list[dict[str, Any]], **common: Any) -> pa.Table:
    """Facts with the columns that every table has."""
    schema = FACT_TABLES[table].arrow_schema
    common = {"source": "test", "recorded_at": RECORDED, "live": False, "revises": False, **common}
    return pa.Table.from_pylist([{**fact, **common} for fact in facts], schema=schema)


def staged(path: Path, table: str, facts: list[dict[str, Any]], **common: Any) -> Path:
    """The same as a Parquet file."""
    pq.write_table(rows(table, facts, **common), path)
    return path
