"""What can only be said when a whole file is staged: generated keys, twins, distinct customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from keepwell.history.schemas import FACT_TABLES
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.rules.query import text
from keepwell.intake.staging import ROW_GROUP, Staged

IDENTITY: dict[str, tuple[str, ...]] = {
    "orders": ("customer_id", "ordered_at", "amount"),
    "interactions": ("customer_id", "at", "type", "channel", "subject"),
    "contacts": ("customer_id", "at", "channel", "play", "campaign"),
    "answers": ("customer_id", "at", "survey", "metric", "topic"),
    "ledger": ("customer_id", "at", "account", "points", "reason"),
    "costs": ("customer_id", "at", "kind", "amount"),
}
"""What a fact without a number of its own is told apart by; equal ones are numbered."""

PREFIX = {"orders": "o", "interactions": "i", "contacts": "m", "answers": "a", "ledger": "l", "costs": "c"}


def quoted(names: Sequence[str], prefix: str = "") -> str:
    """A list of columns in SQL."""
    return ", ".join(f'{prefix}"{name}"' for name in names)


def parquet(path: Path) -> str:
    """A Parquet file in SQL."""
    return f"read_parquet({text(str(path))})"


def with_lines(staged: Staged) -> str:
    """The staged rows, each with its line as `_line`."""
    lines = f"(SELECT line AS _line FROM {parquet(staged.lines)})"  # noqa: S608
    return f"(SELECT * FROM {parquet(staged.path)} POSITIONAL JOIN {lines})"  # noqa: S608


def copy_to(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's rows to `path`."""
    options = f"FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, COMPRESSION snappy"
    connection.execute(f"COPY ({query}) TO {text(str(path))} ({options})")


def replace_rows(connection: duckdb.DuckDBPyConnection, staged: Staged, query: str) -> None:
    """Stage the rows of `query` (the staged columns and `_line`) in place of what was staged."""
    rows, lines = staged.path.with_suffix(".new"), staged.lines.with_suffix(".newlines")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE rewritten AS {query}")
    copy_to(connection, "SELECT * EXCLUDE (_line) FROM rewritten", rows)
    copy_to(connection, "SELECT _line AS line FROM rewritten", lines)
    connection.execute("DROP TABLE rewritten")
    rows.replace(staged.path)
    lines.replace(staged.lines)
    staged.rows = pq.read_metadata(staged.path).num_rows


def generate_keys(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Give facts without a number one that follows from what they say and how often it was said before.

    So the same file, or one that overlaps it, gives the same numbers.
    """
    table = staged.shape.name
    key = FACT_TABLES[table].key
    names = [c.name for c in FACT_TABLES[table].all_columns]
    if table == "order_items":
        order = quoted(("product_id", "unit_price", "quantity", "discount"))
        number = f"row_number() OVER (PARTITION BY order_id ORDER BY {order}, _line)"
        query = f'SELECT * REPLACE ({number} AS "line") FROM {with_lines(staged)}'  # noqa: S608
        replace_rows(connection, staged, query)
        return
    identity = quoted(IDENTITY[table])
    rest = quoted([n for n in names if n not in (*IDENTITY[table], *key, "recorded_at")])
    said = ", ".join(f"coalesce(\"{n}\"::VARCHAR, '')" for n in IDENTITY[table])
    number = f"row_number() OVER (PARTITION BY {identity} ORDER BY {rest}, _line)"
    made = f"'{PREFIX[table]}_' || left(md5(concat_ws(chr(31), {said}, {number})), 20)"
    replace_rows(connection, staged, f'SELECT * REPLACE ({made} AS "{key[0]}") FROM {with_lines(staged)}')  # noqa: S608


def drop_twins(
    connection: duckdb.DuckDBPyConnection, staged: Staged, quarantine: Quarantine
) -> tuple[int, int]:
    """Leave one row for each key: equal later rows are duplicates, different ones go to quarantine.

    Returns (duplicates, conflicts). The first question reads only the key's hashes: equal keys have equal
    hashes, so as many hashes as rows means no twins.
    """
    schema = FACT_TABLES[staged.shape.name]
    key = quoted(schema.key)
    keys = connection.execute(
        f"SELECT count(*), count(DISTINCT hash({key})) FROM {parquet(staged.path)}"  # noqa: S608
    ).fetchone()
    if not keys or keys[0] == keys[1]:
        return 0, 0
    compared = [c.name for c in schema.columns if c.name not in schema.key]
    same = " AND ".join(f'"{n}" IS NOT DISTINCT FROM first_value("{n}") OVER w' for n in compared) or "true"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE twins AS
        SELECT * FROM (
            SELECT *, first_value(_line) OVER w AS _first, ({same}) AS _same, row_number() OVER w AS _nth
            FROM {with_lines(staged)} SEMI JOIN (
                SELECT {key} FROM {parquet(staged.path)} GROUP BY ALL HAVING count(*) > 1) USING ({key})
            WINDOW w AS (PARTITION BY {key} ORDER BY _line, "recorded_at"))
        WHERE _nth > 1""")  # noqa: S608
    conflicts = 0
    names = quoted([c.name for c in schema.columns])
    query = f"SELECT _line, _first, {names} FROM twins WHERE NOT _same ORDER BY _line"  # noqa: S608
    for batch in stream(connection, query):
        for row in batch:
            conflicts += 1
            _reject_conflict(staged, quarantine, row.pop("_line"), row.pop("_first"), row)
    replace_rows(connection, staged, f"SELECT s.* FROM {with_lines(staged)} s ANTI JOIN twins USING (_line)")  # noqa: S608
    total = connection.execute("SELECT count(*) FROM twins").fetchone()
    connection.execute("DROP TABLE twins")
    return (int(total[0]) if total else 0) - conflicts, conflicts


def _reject_conflict(
    staged: Staged, quarantine: Quarantine, line: int, first: int, row: dict[str, Any]
) -> None:
    report = staged.report
    report.rejected += 1
    report.reasons["conflict"] = report.reasons.get("conflict", 0) + 1
    key = staged.shape.key[0]
    quarantine.add(
        file=report.file,
        line=line,
        column=report.columns.get(key, key),
        reason="conflict",
        detail=_("line %(line)d has the same key and other values") % {"line": first},
        value=str(row.get(key, "")),
        row=orjson.dumps({n: str(v) for n, v in row.items() if v is not None}).decode(),
    )


def stream(
    connection: duckdb.DuckDBPyConnection, query: str, size: int = 10_000
) -> Iterator[list[dict[str, Any]]]:
    """A query's rows in batches, through Arrow: instants come with their zone.

    The connection must not run anything else before the stream is read to its end.
    """
    for batch in connection.execute(query).to_arrow_reader(size):
        yield batch.to_pylist()


def customer_ids(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Iterator[str]:
    """Every customer number in the staged files, once."""
    if not paths:
        return
    listed = ", ".join(text(str(path)) for path in paths)
    query = f"""
        SELECT DISTINCT customer_id FROM read_parquet([{listed}], union_by_name = true)
        WHERE customer_id IS NOT NULL ORDER BY customer_id"""  # noqa: S608
    for batch in connection.execute(query).to_arrow_reader(50_000):
        yield from batch.column(0).to_pylist()


def drop_unknown_customers(
    connection: duckdb.DuckDBPyConnection, staged: Staged, unknown: set[str], quarantine: Quarantine
) -> int:
    """Reject the rows of customers that nobody knows; returns how many."""
    if not unknown:
        return 0
    connection.register("given", pa.table({"customer_id": pa.array(sorted(unknown), pa.string())}))
    connection.execute("CREATE OR REPLACE TEMP TABLE strangers AS FROM given")
    connection.unregister("given")
    names = [c.name for c in staged.shape.columns if c.name != "source"]
    count = 0
    known = f"SELECT _line, {quoted(names)} FROM {with_lines(staged)} SEMI JOIN strangers USING (customer_id)"  # noqa: S608
    report = staged.report
    for batch in stream(connection, known):
        for row in batch:
            line = row.pop("_line")
            count += 1
            quarantine.add(
                file=report.file,
                line=line,
                column=report.columns.get("customer_id", "customer_id"),
                reason="unknown_customer",
                value=row["customer_id"],
                row=orjson.dumps({n: str(v) for n, v in row.items() if v is not None}).decode(),
            )
    if count:
        report.rejected += count
        report.reasons["unknown_customer"] = report.reasons.get("unknown_customer", 0) + count
        query = f"SELECT s.* FROM {with_lines(staged)} s ANTI JOIN strangers USING (customer_id)"  # noqa: S608
        replace_rows(connection, staged, query)
    connection.execute("DROP TABLE strangers")
    return count
