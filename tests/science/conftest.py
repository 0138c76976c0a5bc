"""Real purchase histories, for the tests of pure science."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest


def _need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"real data not found: {path}")
    return path


@pytest.fixture(scope="session")
def cdnow(test_data: Path) -> ir.Table:
    """The 1/10 sample of CDNOW: 2,357 customers, orders as customer_id, ordered_at, amount."""
    path = _need(test_data / "cdnow" / "CDNOW_sample.txt")
    backend = ibis.duckdb.connect()
    backend.raw_sql(
        f"""CREATE TABLE orders AS
        SELECT f[2] AS customer_id, strptime(f[3], '%Y%m%d') AS ordered_at, f[5]::DECIMAL(18, 4) AS amount
        FROM (SELECT string_split_regex(trim(line), ' +') AS f FROM read_csv('{path}',
            columns = {{'line': 'VARCHAR'}}, header = false, delim = '|', auto_detect = false))"""
    )
    return backend.table("orders")


@pytest.fixture(scope="session")
def online_retail(test_data: Path) -> ir.Table:
    """UCI Online Retail, the full period: sales (no cancellations) of known customers, a row per item."""
    path = _need(test_data / "online_retail" / "online_retail_full.parquet")
    backend = ibis.duckdb.connect()
    backend.raw_sql(
        f"""CREATE TABLE orders AS
        SELECT CustomerID::INT::VARCHAR AS customer_id, InvoiceDate::TIMESTAMP AS ordered_at,
            Quantity * UnitPrice AS amount
        FROM read_parquet('{path}') WHERE Quantity > 0 AND UnitPrice > 0 AND CustomerID IS NOT NULL"""
    )
    return backend.table("orders")
