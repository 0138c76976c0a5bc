"""The table `people` of the store: one row per customer with every attribute."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from keepwell.customers import attributes as portraits
from keepwell.customers.identity import queries as identity
from keepwell.foundation.rows import among
from keepwell.history.engine.sql import literal, quote
from keepwell.insight.labels import HINT_CODES
from keepwell.insight.models import CurrentCycle, Score
from keepwell.insight.segments.attributes import SCORES, Attribute, providers

BATCH = 20_000
MONEY = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")
# Names under which definitions know columns of the record.
RENAMED = {"source": "origin"}
_PORTRAIT_TYPES: dict[str, pa.DataType] = {
    "acquired_at": INSTANT,
    "acquisition_cost": MONEY,
    "tags": pa.list_(pa.string()),
    "owner_id": pa.int64(),
    "age_years": pa.int64(),
    "birth_month": pa.int64(),
}
_SCORE_NAMES = tuple(one.name for one in SCORES)
_INTEGERS = frozenset({"orders", "r_score", "f_score", "m_score"})


def load(
    connection: duckdb.DuckDBPyConnection,
    customer_ids: Collection[str] | None,
    *,
    at: datetime,
    scores: Path | None,
    plan: Path | None,
    attributes: Collection[str] | None = None,
) -> None:
    """Make `people` of these customers (None: of all); ages are those on the day of `at`.

    Of what rooms have added, only providers of one of `attributes` are asked (None: all of them).

    Scores come from a cycle's file, or from the state where there is none. Customers are numbered in
    order of their customer number. A number that leads to another customer is nobody of its own: the
    temporary table `numbers` says under which numbers the facts of each customer are.
    """
    _fill(connection, "aliases", identity.aliases(customer_ids), identity.ALIASES)
    names = [RENAMED.get(name, name) for name in portraits.COLUMNS]
    schema = pa.schema([(name, _PORTRAIT_TYPES.get(name, pa.string())) for name in names])
    _fill(connection, "portrait", portraits.attribute_rows(customer_ids, today=at.date()), schema)
    if scores is None:
        _fill(connection, "scored", _current_scores(customer_ids), _score_schema())
    else:
        connection.execute(f"CREATE TEMP TABLE scored AS {_from_files(scores, plan)}")
    parts = ["portrait", "scored"]
    asked = [
        one
        for one in providers()
        if attributes is None or any(attribute.name in attributes for attribute in one.attributes)
    ]
    for place, provider in enumerate(asked):
        kinds = [("customer_id", pa.string()), *((one.name, _arrow(one)) for one in provider.attributes)]
        _fill(connection, f"added{place}", provider.rows(customer_ids), pa.schema(kinds))
        parts.append(f"added{place}")
    _join(connection, parts)
    connection.execute(
        "CREATE TEMP TABLE numbers AS SELECT customer_id, c FROM people "
        "UNION ALL SELECT a.alias_id, p.c FROM aliases a JOIN people p ON p.customer_id = a.canonical_id"
    )


def _join(connection: duckdb.DuckDBPyConnection, parts: list[str]) -> None:
    everybody = (
        "SELECT customer_id FROM (SELECT customer_id FROM portrait UNION SELECT customer_id FROM scored) "
        "WHERE customer_id NOT IN (SELECT alias_id FROM aliases)"
    )
    columns = ", ".join(f"{part}.* EXCLUDE (customer_id)" for part in parts)
    joins = " ".join(f"LEFT JOIN {part} ON {part}.customer_id = e.customer_id" for part in parts)
    connection.execute(
        "CREATE TABLE people AS SELECT (row_number() OVER (ORDER BY e.customer_id) - 1)::INTEGER AS c, "  # noqa: S608
        f"e.customer_id, {columns} FROM ({everybody}) e {joins} ORDER BY c"
    )
    for part in parts:
        connection.execute(f"DROP TABLE {part}")


def _fill(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[tuple[Any, ...]], schema: pa.Schema
) -> None:
    # Batch by batch: given a stream, the engine would ask the state's database in a thread of its own.
    connection.register("incoming", schema.empty_table())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM incoming")  # noqa: S608
    connection.unregister("incoming")
    for batch in _batches(rows, schema):
        connection.register("incoming", pa.Table.from_batches([batch]))
        connection.execute(f"INSERT INTO {name} SELECT * FROM incoming")  # noqa: S608
        connection.unregister("incoming")


def _batches(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    source = iter(rows)
    while part := list(islice(source, BATCH)):
        arrays = [
            pa.array(values, field.type)
            for values, field in zip(zip(*part, strict=True), schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _arrow(attribute: Attribute) -> pa.DataType:
    kinds: dict[str, pa.DataType] = {
        "text": pa.string(),
        "number": MONEY if attribute.money else pa.float64(),
        "int": pa.int64(),
        "days": pa.int64(),
        "time": INSTANT,
        "bool": pa.bool_(),
        "list": pa.list_(pa.string()),
    }
    return pa.int64() if attribute.name in _INTEGERS else kinds[attribute.kind]


def _score_schema() -> pa.Schema:
    return pa.schema([("customer_id", pa.string()), *((one.name, _arrow(one)) for one in SCORES)])


def _current_scores(customer_ids: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    pointer = CurrentCycle.objects.first()
    if pointer is None:
        return
    found = Score.objects.filter(cycle=pointer.cycle_id).values_list("customer_id", *_SCORE_NAMES)
    hints = 1 + _SCORE_NAMES.index("hints")
    action = 1 + _SCORE_NAMES.index("action")
    reason = 1 + _SCORE_NAMES.index("reason")
    for row in _rows(found, customer_ids):
        plain = list(row)
        plain[hints] = [code for place, code in enumerate(HINT_CODES) if row[hints] >> place & 1]
        plain[action] = row[action] or None
        plain[reason] = row[reason] or None
        yield tuple(plain)


def _rows(found: Any, customer_ids: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    if customer_ids is None:
        yield from found.iterator(chunk_size=BATCH)
        return
    rest = iter(sorted(customer_ids))
    while chunk := list(islice(rest, 1_000)):
        yield from found.filter(among("customer_id", chunk))


def _from_files(scores: Path, plan: Path | None) -> str:
    """A cycle's scores and plan as the same columns."""
    bits = ", ".join(
        f"CASE WHEN s.hints & {1 << place} <> 0 THEN {literal(code)} END"
        for place, code in enumerate(HINT_CODES)
    )
    told = {
        "hints": f"list_filter([{bits}], x -> x IS NOT NULL)",
        "action": "nullif(a.action, '')" if plan else "NULL::VARCHAR",
        "reason": "nullif(s.reason, '')",
    }
    columns = ", ".join(f"{told.get(name, f's.{quote(name)}')} AS {quote(name)}" for name in _SCORE_NAMES)
    joined = (
        f" LEFT JOIN read_parquet({literal(str(plan))}) a ON a.customer_id = s.customer_id" if plan else ""
    )
    return f"SELECT s.customer_id, {columns} FROM read_parquet({literal(str(scores))}) s{joined}"  # noqa: S608
