"""One customer's facts across tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from keepwell.history.contracts import TimelineFact
from keepwell.history.engine import Engine
from keepwell.history.engine.sql import literal, parquet, quote
from keepwell.history.facts import denormalize, key_text
from keepwell.history.lake import DataFile, Snapshot
from keepwell.history.models import OutboxFact
from keepwell.history.reading import instant
from keepwell.history.schemas import FactTable

_Rows = dict[str, dict[str, Any]]


def read_timeline(
    engine: Engine,
    customer_id: str,
    tables: Sequence[FactTable],
    *,
    limit: int,
    before: datetime | None,
) -> list[TimelineFact]:
    """Newest first. Facts of the last instant are never cut apart, so the answer may pass `limit`."""
    if limit < 1:
        raise ValueError("limit: must be at least 1")
    found: list[TimelineFact] = []
    waiting = _waiting(customer_id, tables)  # first: a flush in between shows a fact twice, not never
    for table in tables:
        rows = _in_lake(engine, table, customer_id, limit, before, waiting.get(table.name, {}))
        rows.update(waiting.get(table.name, {}))
        facts = (_fact(table, key, row) for key, row in rows.items() if row["customer_id"] == customer_id)
        found += [fact for fact in facts if before is None or fact.at < before]
    found.sort(key=lambda fact: (fact.at, fact.table, fact.key), reverse=True)
    return [fact for fact in found if len(found) <= limit or fact.at >= found[limit - 1].at]


def _waiting(customer_id: str, tables: Sequence[FactTable]) -> dict[str, _Rows]:
    """The newest version of each fact that the outbox holds for the customer."""
    by_name = {table.name: table for table in tables}
    rows = OutboxFact.objects.filter(customer_id=customer_id, table__in=by_name).order_by("id")
    waiting: dict[str, _Rows] = {}
    for row in rows:
        values = denormalize(by_name[row.table].columns, row.fact)
        waiting.setdefault(row.table, {})[row.key] = {**values, "recorded_at": row.recorded_at}
    return waiting


def _in_lake(
    engine: Engine,
    table: FactTable,
    customer_id: str,
    limit: int,
    before: datetime | None,
    waiting: _Rows,
) -> _Rows:
    files = Snapshot.open(table.name).files()
    near = [file for file in files if file.may_hold("customer_id", customer_id, customer_id)]
    if not near:
        return {}
    at = f"coalesce({quote(table.time)}, recorded_at)" if table.time else "recorded_at"
    names = ", ".join(quote(column.name) for column in table.columns)
    key = ", ".join(quote(name) for name in table.key)
    revised = [file for file in files if file.revisions]
    newest = (
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY recorded_at DESC) = 1" if revised else ""
    )
    earlier = f"WHERE {at} < {instant(before)}" if before else ""
    # Facts that wait in the outbox may take the place of as many from the lake.
    query = f"""
        SELECT * FROM (
            SELECT {names}, recorded_at FROM {parquet([file.path for file in near])}
            WHERE customer_id = {literal(customer_id)} {newest}
        ) {earlier} QUALIFY rank() OVER (ORDER BY {at} DESC) <= {limit + len(waiting)}"""  # noqa: S608
    rows = engine.execute(engine.sql(query)).to_pylist()
    if revised and rows:
        rows = _without_moved(engine, table, rows, revised)
    return {key_text(table, row): row for row in rows}


def _without_moved(
    engine: Engine, table: FactTable, rows: list[dict[str, Any]], revised: Sequence[DataFile]
) -> list[dict[str, Any]]:
    """Leave out rows whose newest revision belongs to another customer."""
    first = table.key[0]
    ids = ", ".join(sorted({literal(row[first]) for row in rows}))
    names = ", ".join(quote(name) for name in table.key)
    query = f"""
        SELECT {names}, max(recorded_at) AS newest FROM {parquet([file.path for file in revised])}
        WHERE {quote(first)} IN ({ids}) GROUP BY {names}"""  # noqa: S608
    newest = {key_text(table, row): row["newest"] for row in engine.execute(engine.sql(query)).to_pylist()}
    return [row for row in rows if row["recorded_at"] >= newest.get(key_text(table, row), row["recorded_at"])]


def _fact(table: FactTable, key: str, row: dict[str, Any]) -> TimelineFact:
    at = row[table.time] if table.time else None
    data = {column.name: row[column.name] for column in table.columns if row[column.name] is not None}
    return TimelineFact(table.name, key, at or row["recorded_at"], data)
