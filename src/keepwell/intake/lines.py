"""Order lines into orders and their items."""

# ruff: noqa: S608 - names are ours, values are quoted

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import orjson
from django.utils.translation import gettext as _

from keepwell.customers.contracts import CustomerRow
from keepwell.history.schemas import FACT_TABLES
from keepwell.intake import contactdata, people
from keepwell.intake.finish import copy_to, quoted, stream, with_lines
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.rules.query import Decisions, text
from keepwell.intake.staging import Staged

UNKNOWN_PRODUCT = "unknown"

CARRIED = (
    "customer_id",
    "amount",
    "order_discount",
    "cost",
    "currency",
    "channel",
    "store",
    "campaign",
    "status",
    "refunded",
    "cancelled_at",
)
"""What is said of an order by its first line that says it."""


def lay_out(connection: duckdb.DuckDBPyConnection, staged: Staged, decisions: Decisions) -> None:
    """Make the tables `laid` (a row per line, with its order's number) and `heads` (a row per order).

    An order's customer, currency, channel and status are those of its first line that has them, its time the
    earliest, its amount the one that the file gives, else the sum of its lines less discounts.
    """
    made = (
        "'o_' || left(md5(concat_ws(chr(31), customer_id, strftime(ordered_at, '%Y-%m-%dT%H:%M:%S.%f'), "
        "(quantity < 0)::VARCHAR)), 20)"
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE laid AS
        SELECT * REPLACE (coalesce(order_id, {made}) AS order_id),
               TRY_CAST(quantity * unit_price::DOUBLE AS DECIMAL(18,4)) - coalesce(discount, 0) AS _sum
        FROM {with_lines(staged)}""")
    first = ", ".join(
        f'arg_min("{name}", _line) FILTER ("{name}" IS NOT NULL) AS "{name}"' for name in CARRIED
    )
    amounts = "" if staged.shape.name.startswith("carried") else _sum_amounts(connection, staged)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE heads AS
        SELECT order_id, min(_line) AS _line, min(ordered_at) AS ordered_at, {first}, min(source) AS source,
               TRY_CAST(sum(_sum) AS DECIMAL(18,4)) AS _sum, count(*) FILTER (_sum IS NULL) AS _odd
        FROM laid GROUP BY order_id""")
    if amounts:
        connection.execute(
            f"UPDATE heads SET amount = (SELECT {amounts} FROM laid l WHERE l.order_id = heads.order_id)"
        )


def _sum_amounts(connection: duckdb.DuckDBPyConnection, staged: Staged) -> str:
    """`sum(amount)` where the file's amounts are those of lines, nothing where they are those of orders.

    Orders of several lines decide: do their amounts add up to price times quantity, or does each repeat it?
    """
    found = connection.execute("""
        SELECT count(*) FILTER (abs(lines - priced) < 0.01), count(*) FILTER (abs(one - priced) < 0.01),
               count(*) FILTER (kinds > 1)
        FROM (
            SELECT sum(amount) AS lines, max(amount) AS one, sum(_sum) AS priced,
                   count(DISTINCT amount) AS kinds
            FROM laid WHERE amount IS NOT NULL GROUP BY order_id HAVING count(*) > 1
        )""").fetchone()
    by_line, by_order, different = found or (0, 0, 0)
    if by_line > by_order or (by_line == by_order and different):
        staged.report.warnings.append(_("amounts are those of lines; an order's is their sum"))
        return "sum(l.amount)::DECIMAL(18,4)"
    return ""


def reject_incomplete(connection: duckdb.DuckDBPyConnection, staged: Staged, quarantine: Quarantine) -> int:
    """Reject the lines of orders without a customer, a time, or an amount that money can hold."""
    report = staged.report
    count = 0
    reason = (
        "CASE WHEN h.customer_id IS NULL THEN 'customer_id|missing' "
        "WHEN h.ordered_at IS NULL THEN 'ordered_at|missing' "
        "WHEN h._odd > 0 OR coalesce(h.amount, h._sum) IS NULL THEN 'amount|range' END"
    )
    query = f"""
        SELECT l._line, {reason} AS _reason, l.order_id, l.product_id, l.quantity, l.unit_price
        FROM laid l JOIN heads h USING (order_id) WHERE {reason} IS NOT NULL ORDER BY l._line"""
    for batch in stream(connection, query):
        for row in batch:
            line, (column, _bar, code) = row.pop("_line"), row.pop("_reason").partition("|")
            count += 1
            report.reasons[code] = report.reasons.get(code, 0) + 1
            shown = orjson.dumps({n: str(v) for n, v in row.items() if v is not None}).decode()
            quarantine.add(
                file=report.file, line=line, column=report.columns.get(column, column), reason=code, row=shown
            )
    report.rejected += count
    if count:
        connection.execute(f"DELETE FROM heads h WHERE {reason} IS NOT NULL")
        connection.execute("DELETE FROM laid WHERE order_id NOT IN (SELECT order_id FROM heads)")
    return count


def write_facts(
    connection: duckdb.DuckDBPyConnection, staged: Staged, decisions: Decisions, folder: Path, now: datetime
) -> dict[str, Path]:
    """Stage the facts that follow from `laid` and `heads`; answers their files by table."""
    report = staged.report
    cancelled = (
        f"starts_with(order_id, {text(decisions.cancelled_prefix)})"
        if decisions.cancelled_prefix
        else "false"
    )
    total = "coalesce(amount, _sum - coalesce(order_discount, 0))"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE totals AS
        SELECT *, {cancelled} AS _cancelled, {total} AS _total,
               CASE WHEN refunded > 0 AND refunded < {total} THEN refunded ELSE 0 END AS _partly
        FROM heads""")
    refund = "_cancelled OR (_total < 0 AND coalesce(status, 'paid') IN ('placed', 'paid'))"
    values = {
        "amount": "(_total - _partly)::DECIMAL(18,4)",
        "currency": f"coalesce(currency, {text(decisions.currency)})",
        "discount": "order_discount",
        "status": f"""CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled' WHEN {refund} THEN 'refunded'
            WHEN _partly > 0 THEN 'paid' ELSE coalesce(status, 'paid') END""",
    }
    orders = folder / f"{staged.path.stem}-orders.parquet"
    copy_facts(connection, "orders", values, "totals", orders, now)
    position = quoted(("product_id", "unit_price", "quantity", "discount"))
    items = {
        "line": f"row_number() OVER (PARTITION BY order_id ORDER BY {position}, l._line)",
        "customer_id": "h.customer_id",
        "ordered_at": "h.ordered_at",
        "source": "l.source",
        "product_id": "product_id",
        "discount": "l.discount",
    }
    if "line" in report.columns and _numbered(connection):
        items["line"] = "l.line"
    item_file = folder / f"{staged.path.stem}-items.parquet"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW itemised AS SELECT l.* REPLACE (coalesce(l.product_id, l.name, "
        f"{text(UNKNOWN_PRODUCT)}) AS product_id) FROM laid l"
    )
    copy_facts(connection, "order_items", items, "itemised l JOIN heads h USING (order_id)", item_file, now)
    for name, condition in (
        ("cancellation_is_refund", "_cancelled"),
        ("negative_is_refund", "_total < 0 AND NOT _cancelled"),
        ("zero_amount", "_total = 0"),
        ("partial_refund_lowers_amount", "_partly > 0"),
    ):
        found = connection.execute(f"SELECT count(*) FROM totals WHERE {condition}").fetchone()
        if found and found[0]:
            report.rules[name] = found[0]
    return {"orders": orders, "order_items": item_file}


def _numbered(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file numbers the lines of each order."""
    found = connection.execute("SELECT count(*) = count(DISTINCT (order_id, line)) FROM laid").fetchone()
    return bool(found and found[0])


def copy_facts(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    values: dict[str, str],
    relation: str,
    path: Path,
    now: datetime,
) -> None:
    """Stage facts of `table`: `values` are the columns that are not simply those of `relation`."""
    fixed = {
        "recorded_at": f"TIMESTAMPTZ {text(now.isoformat())}",
        "live": "false",
        "revises": "false",
    }
    columns = ", ".join(
        f'{values.get(f.name, fixed.get(f.name, quoted([f.name])))} AS "{f.name}"'
        for f in FACT_TABLES[table].arrow_schema
    )
    copy_to(connection, f"SELECT {columns} FROM {relation}", path)


def write_people(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Stage what order lines say of customers: their country. Answers whether they say anything."""
    found = connection.execute("SELECT count(country) FROM laid").fetchone()
    if not found or not found[0]:
        return False
    rows = (
        CustomerRow(customer_id=row["customer_id"], country=country)
        for batch in stream(
            connection,
            "SELECT h.customer_id, arg_max(l.country, l._line) AS country "
            "FROM laid l JOIN heads h USING (order_id) "
            "WHERE l.country IS NOT NULL GROUP BY ALL ORDER BY ALL",
        )
        for row in batch
        if (country := contactdata.country(row["country"]))
    )
    return people.write(rows, path) > 0


def drop_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget the tables of one file."""
    connection.execute("DROP VIEW IF EXISTS itemised")
    for name in ("laid", "heads", "totals"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
