"""Real purchase histories, for the tests of pure science."""

from __future__ import annotations

from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
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


@pytest.fixture(scope="session")
def online_retail_lines(test_data: Path) -> dict[str, np.ndarray]:
    """The lines of UCI Online Retail: customer and product as numbers from 0, day since 2010."""
    path = _need(test_data / "online_retail" / "online_retail_full.parquet")
    found = duckdb.sql(
        f"""SELECT dense_rank() OVER (ORDER BY CustomerID) - 1 AS customer,
            dense_rank() OVER (ORDER BY Description) - 1 AS product,
            InvoiceDate::DATE - DATE '2010-01-01' AS day
        FROM read_parquet('{path}')
        WHERE Quantity > 0 AND UnitPrice > 0 AND CustomerID IS NOT NULL AND Description IS NOT NULL"""
    ).fetchnumpy()
    return {name: np.asarray(column, np.int64) for name, column in found.items()}
