"""One customer's facts across tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from keepwell.history.contracts import TimelineFact
from keepwell.history.engine import Engine
from keepwell.history.engine.sql import literal, quote
from keepwell.history.facts import denormalize, key_text
from keepwell.history.lake import DataFile, newest_files
from keepwell.history.models import OutboxFact
from keepwell.history.reading import instant, stored
from keepwell.history.schemas import FactTable

_KEYS_PER_QUERY = 500

_Rows = dict[str, dict[str, Any]]


def read_timeline(
    engine: Engine,
    customer_ids: Collection[str],
    tables: Sequence[FactTable],
    *,
    limit: int,
    before: datetime | None,
    columns: Collection[str] | None = None,
) -> list[TimelineFact]:
    """Newest first. Facts of the last instant are never cut apart, so the answer may pass `limit`."""
    if limit < 1:
        raise ValueError("limit: must be at least 1")
    found: list[TimelineFact] = []
    waiting = _waiting(customer_ids, tables)  # first: a flush in between shows a fact twice, not never
    quiet = not OutboxFact.objects.filter(table__in=[table.name for table in tables]).exists()
    for table in tables:
        mine = waiting.get(table.name, {})
        given_away = partial(_given_away, table, customer_ids) if not quiet else _nothing
        rows = _in_lake(engine, table, customer_ids, limit, before, mine, columns, given_away) | mine
        facts = [_fact(table, key, rows[key]) for key in rows.keys() - given_away(rows)]
        found += [fact for fact in facts if before is None or fact.at < before]
    found.sort(key=lambda fact: (fact.at, fact.table, fact.key), reverse=True)
    return [fact for fact in found if len(found) <= limit or fact.at >= found[limit - 1].at]


def _waiting(customer_ids: Collection[str], tables: Sequence[FactTable]) -> dict[str, _Rows]:
    """The newest version of each fact that the outbox holds for the customer."""
    by_name = {table.name: table for table in tables}
    rows = OutboxFact.objects.filter(customer_id__in=customer_ids, table__in=by_name).order_by("id")
    waiting: dict[str, _Rows] = {}
    for row in rows:
        values = denormalize(by_name[row.table].columns, row.fact)
        waiting.setdefault(row.table, {})[row.key] = {**values, "recorded_at": row.recorded_at}
    return waiting


def _nothing(_keys: Collection[str]) -> set[str]:
    return set()


def _given_away(table: FactTable, customer_ids: Collection[str], keys: Collection[str]) -> set[str]:
    """The keys that the newest version in the outbox gives to another customer."""
    newest: dict[str, str] = {}
    listed = list(keys)
    for start in range(0, len(listed), _KEYS_PER_QUERY):
        some = OutboxFact.objects.filter(table=table.name, key__in=listed[start : start + _KEYS_PER_QUERY])
        newest.update(some.order_by("id").values_list("key", "customer_id"))
    return {key for key, owner in newest.items() if owner not in customer_ids}


def _in_lake(
    engine: Engine,
    table: FactTable,
    customer_ids: Collection[str],
    limit: int,
    before: datetime | None,
    waiting: _Rows,
    columns: Collection[str] | None,
    given_away: Callable[[Collection[str]], set[str]],
) -> _Rows:
    """The customer's newest rows, at least `limit` where there are so many that stay the customer's."""
    files = newest_files(table.name)
    near = [file for file in files if any(file.may_hold("customer_id", one, one) for one in customer_ids)]
    revised = [file for file in files if file.revisions]
    asked = limit
    while near:
        query = _rows_query(table, near, bool(revised), customer_ids, before, asked, columns)
        read = engine.rows(query)
        rows = _without_moved(engine, table, read, revised) if revised and read else read
        kept = {key_text(table, row): row for row in rows}
        staying = kept.keys() - waiting.keys() - given_away(kept)
        if len(staying) >= limit or len(read) < asked:
            return kept
        asked *= 2
    return {}


def _rows_query(
    table: FactTable,
    near: Sequence[DataFile],
    revised: bool,
    customer_ids: Collection[str],
    before: datetime | None,
    limit: int,
    columns: Collection[str] | None,
) -> str:
    at = f"coalesce({quote(table.time)}, recorded_at)" if table.time else "recorded_at"
    wanted = {*table.key, table.time, "customer_id", *(columns or ())}
    names = ", ".join(quote(c.name) for c in table.columns if columns is None or c.name in wanted)
    key = ", ".join(quote(name) for name in table.key)
    newest = (
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY recorded_at DESC) = 1" if revised else ""
    )
    earlier = f"WHERE {at} < {instant(before)}" if before else ""
    owned = f"customer_id IN ({', '.join(literal(one) for one in customer_ids)})"
    return f"""
        SELECT * FROM (
            SELECT {names}, recorded_at FROM {stored(table, near)}
            WHERE {owned} {newest}
        ) {earlier} QUALIFY rank() OVER (ORDER BY {at} DESC) <= {limit}"""  # noqa: S608


def _without_moved(
    engine: Engine, table: FactTable, rows: list[dict[str, Any]], revised: Sequence[DataFile]
) -> list[dict[str, Any]]:
    """Leave out rows whose newest revision belongs to another customer."""
    first = table.key[0]
    ids = ", ".join(sorted({literal(row[first]) for row in rows}))
    names = ", ".join(quote(name) for name in table.key)
    query = f"""
        SELECT {names}, max(recorded_at) AS newest FROM {stored(table, revised)}
        WHERE {quote(first)} IN ({ids}) GROUP BY {names}"""  # noqa: S608
    newest = {key_text(table, row): row["newest"] for row in engine.rows(query)}
    return [row for row in rows if row["recorded_at"] >= newest.get(key_text(table, row), row["recorded_at"])]


def _fact(table: FactTable, key: str, row: dict[str, Any]) -> TimelineFact:
    at = row[table.time] if table.time else None
    data = {column.name: row[column.name] for column in table.columns if row.get(column.name) is not None}
    return TimelineFact(table.name, key, at or row["recorded_at"], data)
