"""Joins Olist's files: the order's amount is what was paid for it, its customer the person."""

# ruff: noqa: S608 - names are ours, values are quoted

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb
from django.utils.translation import gettext as _

from keepwell.customers.contracts import CustomerRow
from keepwell.intake import people
from keepwell.intake.errors import IntakeError
from keepwell.intake.finish import parquet, stream, with_lines
from keepwell.intake.lines import copy_facts
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.staging import Staged

NEEDED = {"olist_orders": "olist_orders_dataset.csv", "olist_customers": "olist_customers_dataset.csv"}
COUNTRY = "BR"


def load(connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged]) -> None:
    """Make one table of each kind, each row once; raises IntakeError where a file is missing."""
    for name in ("olist_orders", "olist_items", "olist_payments", "olist_customers"):
        files = [s for s in staged if s.shape.name == name]
        if not files and name in NEEDED:
            message = _("Olist's files belong together; %(file)s is missing") % {"file": NEEDED[name]}
            raise IntakeError(message, code="file_missing", file=staged[0].report.file)
        if not files:
            columns = {
                "olist_items": "order_id VARCHAR, line BIGINT, product_id VARCHAR, unit_price DECIMAL(18,4), "
                "freight DECIMAL(18,4), source VARCHAR, _line BIGINT",
                "olist_payments": "order_id VARCHAR, line BIGINT, amount DECIMAL(18,4), "
                "source VARCHAR, _line BIGINT",
            }[name]
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
            continue
        rows = " UNION ALL ".join(f"SELECT * FROM {with_lines(s)}" for s in files)
        key = ", ".join(files[0].shape.key)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS "
            f"SELECT DISTINCT ON ({key}) * FROM ({rows}) ORDER BY {key}, _line"
        )


def reject_strays(
    connection: duckdb.DuckDBPyConnection, staged: Sequence[Staged], quarantine: Quarantine
) -> dict[str, int]:
    """Reject orders without a person and items without an order; answers how many of each table."""
    rejected: dict[str, int] = {}
    for table, shape, column, other, code in (
        ("orders", "olist_orders", "customer_id", "olist_customers", "unknown_customer"),
        ("order_items", "olist_items", "order_id", "olist_orders", "unknown_order"),
    ):
        reports = [s.report for s in staged if s.shape.name == shape]
        if not reports:
            continue
        report = reports[0]
        query = f"SELECT _line, {column} FROM {shape} ANTI JOIN {other} USING ({column}) ORDER BY _line"
        for batch in stream(connection, query):
            for row in batch:
                rejected[table] = rejected.get(table, 0) + 1
                report.rejected += 1
                report.reasons[code] = report.reasons.get(code, 0) + 1
                quarantine.add(
                    file=report.file,
                    line=row["_line"],
                    column=column,
                    reason=code,
                    value=row[column],
                    row=row[column],
                )
        connection.execute(f"DELETE FROM {shape} WHERE {column} NOT IN (SELECT {column} FROM {other})")
    return rejected


def write_facts(connection: duckdb.DuckDBPyConnection, folder: Path, now: datetime) -> dict[str, Path]:
    """Stage orders and items; answers their files by table."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE olist_heads AS
        SELECT o.order_id, c.unique_id AS customer_id, o.ordered_at, o.status, o.source,
               coalesce(p.amount, i.amount, 0)::DECIMAL(18,4) AS amount
        FROM olist_orders o JOIN olist_customers c USING (customer_id)
        LEFT JOIN (SELECT order_id, sum(amount) AS amount FROM olist_payments GROUP BY 1) p USING (order_id)
        LEFT JOIN (
            SELECT order_id, sum(unit_price + coalesce(freight, 0)) AS amount FROM olist_items GROUP BY 1
        ) i USING (order_id)""")
    paths = {"orders": folder / "olist-orders.parquet", "order_items": folder / "olist-items.parquet"}
    nothing = "NULL::DECIMAL(18,4)"
    orders = {
        "currency": "'BRL'",
        "cost": nothing,
        "discount": nothing,
        "channel": "'web'",
        "store": "NULL::VARCHAR",
        "campaign": "NULL::VARCHAR",
    }
    copy_facts(connection, "orders", orders, "olist_heads", paths["orders"], now)
    items = {
        "customer_id": "h.customer_id",
        "ordered_at": "h.ordered_at",
        "source": "i.source",
        "category": "NULL::VARCHAR",
        "quantity": "1::DOUBLE",
        "discount": nothing,
    }
    joined = "olist_items i JOIN olist_heads h USING (order_id)"
    copy_facts(connection, "order_items", items, joined, paths["order_items"], now)
    return paths


def write_people(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Stage a record per person."""
    query = (
        "SELECT unique_id, arg_max(city, _line) AS city, arg_max(region, _line) AS region "
        "FROM olist_customers GROUP BY 1 ORDER BY 1"
    )
    rows = (
        CustomerRow(customer_id=row["unique_id"], city=row["city"], region=row["region"], country=COUNTRY)
        for batch in stream(connection, query)
        for row in batch
    )
    return people.write(rows, path)


def count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of a staged file."""
    found = connection.execute(f"SELECT count(*) FROM {parquet(path)}").fetchone()
    return int(found[0]) if found else 0
