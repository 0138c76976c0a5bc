"""Makes a staged unit visible: products, customers, then facts; each step may be repeated harmlessly."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from keepwell.customers import queries as customer_queries
from keepwell.customers import services as customers
from keepwell.history import queries as history_queries
from keepwell.history import services as history
from keepwell.history.engine import engine as history_engine
from keepwell.history.schemas import FACT_TABLES
from keepwell.intake import finish, people
from keepwell.intake.contracts import TableCounts


def order_of(tables: list[str]) -> list[str]:
    """Products first, then orders, then what speaks of them."""
    known = ["products", "orders", *FACT_TABLES]
    return sorted(tables, key=known.index)


def commit(
    plan: dict[str, Any], *, batch_id: str, connection: duckdb.DuckDBPyConnection
) -> dict[str, TableCounts]:
    """Commit what `plan` says is staged; returns what became of the rows of each table.

    Repeating it, whole or from the middle, changes nothing more: appends know their batch, customer records
    are upserts.
    """
    at = datetime.fromisoformat(plan["at"])
    source, actor = plan["source"], plan["actor"]
    tables = {name: [Path(path) for path in paths] for name, paths in plan["tables"].items()}
    outcome: dict[str, TableCounts] = {}
    ordered = order_of(list(tables))
    if "products" in ordered:
        outcome["products"] = _append("products", tables["products"], batch_id)
        ordered.remove("products")
    for person_file in plan["customers"]:
        counts = outcome.setdefault("customers", TableCounts())
        _people(person_file, at, actor, counts)
    for person_file in plan["contacts"]:
        rows = people.read(Path(person_file))
        customers.upsert_many(rows=rows, source=source, at=at, actor=actor)
    facts = [path for name in ordered for path in tables[name] if FACT_TABLES[name].has_customer]
    if facts:
        ids = finish.customer_ids(connection, facts)
        new = customers.ensure(customer_ids=ids, source=source, at=at)
        plan["customers_made"] = plan.get("customers_made", 0) + new
    for name in ordered:
        outcome[name] = _append(name, tables[name], batch_id)
    return outcome


def _append(table: str, paths: list[Path], batch_id: str) -> TableCounts:
    result = history.append(table=table, staged=paths, batch_id=f"{batch_id}:{table}")
    return TableCounts(
        accepted=result.accepted, duplicate=result.duplicate, corrected=result.corrected, read=result.read
    )


def _people(said: dict[str, Any], at: datetime, actor: str, counts: TableCounts) -> None:
    rows = people.read(Path(said["path"]))
    result = customers.upsert_many(rows=rows, source=said["source"], at=at, actor=actor)
    counts.accepted += result.created + result.updated
    counts.corrected += result.updated
    counts.duplicate += result.unchanged


def foresee(plan: dict[str, Any], *, connection: duckdb.DuckDBPyConnection) -> dict[str, TableCounts]:
    """What `commit` would do, without doing it: keys are compared with the newest revisions."""
    outcome: dict[str, TableCounts] = {}
    for name, paths in plan["tables"].items():
        outcome[name] = _compare(name, [Path(path) for path in paths], connection)
    for person_file in plan["customers"]:
        ids = [row.customer_id for row in people.read(Path(person_file["path"]))]
        known = customer_queries.existing(ids)
        counts = outcome.setdefault("customers", TableCounts())
        counts.accepted += len(ids)
        counts.corrected += len(known)
    facts = [
        Path(p) for name, paths in plan["tables"].items() for p in paths if FACT_TABLES[name].has_customer
    ]
    seen = finish.customer_ids(connection, facts)
    made = 0
    while some := list(islice(seen, 50_000)):
        made += len(some) - len(customer_queries.existing(some))
    plan["customers_made"] = made
    return outcome


def _compare(table: str, paths: list[Path], connection: duckdb.DuckDBPyConnection) -> TableCounts:
    schema = FACT_TABLES[table]
    listed = ", ".join(finish.text(str(path)) for path in paths)
    staged = f"read_parquet([{listed}])"
    known = paths[0].with_name(f"known-{table}.parquet")
    names = [column.name for column in schema.columns]
    with history_engine() as engine:
        engine.to_parquet(history_queries.scan(table, engine=engine).select(names), known)
    key = finish.quoted(schema.key)
    same = " AND ".join(f's."{n}" IS NOT DISTINCT FROM k."{n}"' for n in names)
    row = connection.execute(f"""
        SELECT count(*), count(*) FILTER (k._there), count(*) FILTER (k._there AND {same})
        FROM {staged} s LEFT JOIN (SELECT *, true AS _there FROM {finish.parquet(known)}) k USING ({key})
    """).fetchone()  # noqa: S608
    read, there, equal = row or (0, 0, 0)
    return TableCounts(read=read, accepted=read - equal, duplicate=equal, corrected=there - equal)
