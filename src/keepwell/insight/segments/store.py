"""What segments are counted over: one file with a row per customer and the facts in order of time.

It is made anew by every cycle from the lake and the state, never changed, and replaced as a whole. A customer
is a small number in it, so that millions of facts are added up by customer in a fraction of a second.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.history.engine import engine as new_engine
from keepwell.history.engine.memory import memory_limit
from keepwell.history.engine.sql import literal, quote
from keepwell.insight.segments import people, rollups
from keepwell.insight.segments.rollups import Extent
from keepwell.insight.segments.vocabulary import TABLES

POINTER = "current.json"
FORMAT = 2
# Groups are customers, numbered without gaps: up to 2^24 of them are added up in an array, not a hash table.
ARRAY_BITS = 24


@dataclass(frozen=True)
class Store:
    """The present file and what it was made of."""

    path: Path
    built_at: datetime  # everything recorded before is in it
    cycle_id: str
    as_of: datetime | None  # the cycle's instant, where one was given
    extents: tuple[Extent, ...] = ()


def folder() -> Path:
    """Where the files are."""
    path = Home.current().root / "segments"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def current() -> Store | None:
    """The present store, or None before the first cycle."""
    told, path = _told()
    if path is None or told.get("format") != FORMAT or told.get("columns") != _columns():
        return None
    as_of = datetime.fromisoformat(told["as_of"]) if told["as_of"] else None
    extents = tuple(
        Extent(table, datetime.fromisoformat(oldest), datetime.fromisoformat(newest))
        for table, oldest, newest in told.get("extents", ())
    )
    return Store(path, datetime.fromisoformat(told["built_at"]), told["cycle_id"], as_of, extents)


def _told() -> tuple[dict[str, Any], Path | None]:
    """What the pointer says, and the file that it names, which may be of an earlier release."""
    try:
        told = json.loads((folder() / POINTER).read_text())
    except (FileNotFoundError, ValueError):
        return {}, None
    path = folder() / str(told["file"])
    return told, path if path.exists() else None


def _columns() -> dict[str, list[str]]:
    """What a store has of each fact table; one of an earlier release has less and is made anew."""
    return {name: sorted(table.columns) for name, table in TABLES.items()}


def build(
    *,
    at: datetime,
    cycle_id: str,
    as_of: datetime | None,
    scores: Path | None,
    plan: Path | None,
    progress: Callable[[float], None] = lambda _share: None,
) -> Store:
    """Make the store from the lake, the state and a cycle's files.

    Without `scores` the current scores of the state are taken. Nobody sees it before it is whole.
    """
    target = folder() / f"store-{uuid.uuid4().hex}.duckdb"
    partial = target.with_suffix(".partial")
    extents: list[Extent | None] = []
    try:
        with _writing(partial) as connection, new_engine() as engine:
            people.load(connection, None, at=as_of or at, scores=scores, plan=plan)
            for place, table in enumerate(TABLES):
                progress((place + 1) / (len(TABLES) + 1))
                _copy(connection, table, _fact_query(table, engine), None)
                extents.append(rollups.build(connection, table))
        _sync(partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    built = Store(target, at, cycle_id, as_of, tuple(one for one in extents if one is not None))
    _point(built)
    return built


def forget(customer_ids: Collection[str]) -> bool:
    """Replace the store by one without these customers; whether they were in it.

    Written anew as a whole: a file that rows were deleted from still holds their bytes. One of an earlier
    release is removed; the next cycle makes another.
    """
    old = current()
    if old is None:
        obsolete = _told()[1]
        if obsolete is not None:
            obsolete.unlink(missing_ok=True)
        return obsolete is not None
    target = folder() / f"store-{uuid.uuid4().hex}.duckdb"
    partial = target.with_suffix(".partial")
    listed = ", ".join(literal(one) for one in customer_ids)
    try:
        with _writing(partial) as connection:
            connection.execute(f"ATTACH {literal(str(old.path))} AS old (READ_ONLY)")
            found = connection.execute(
                f"SELECT list(c) FROM old.people WHERE customer_id IN ({listed})"  # noqa: S608
            ).fetchone()
            if not found or not found[0]:
                return False
            tables = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old'"
            ).fetchall()
            for (table,) in tables:
                connection.execute(
                    f"CREATE TABLE {quote(table)} AS SELECT * FROM old.{quote(table)} "  # noqa: S608
                    f"WHERE c NOT IN ({', '.join(str(int(c)) for c in found[0])})"
                )
            connection.execute("DETACH old")
        _sync(partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    _point(replace(old, path=target))
    return True


def _point(built: Store) -> None:
    target = built.path
    told = {
        "format": FORMAT,
        "columns": _columns(),
        "file": target.name,
        "built_at": built.built_at.isoformat(),
        "cycle_id": built.cycle_id,
        "as_of": built.as_of.isoformat() if built.as_of else None,
        "extents": [[one.table, one.oldest.isoformat(), one.newest.isoformat()] for one in built.extents],
    }
    temporary = folder() / f".{POINTER}.{uuid.uuid4().hex}"
    temporary.write_text(json.dumps(told))
    _sync(temporary)
    os.replace(temporary, folder() / POINTER)
    _sync(folder())
    # Who has an older one open keeps reading it.
    for file in folder().glob("store-*"):
        if file.name != target.name:
            file.unlink(missing_ok=True)


@contextmanager
def of_customers(
    customer_ids: Collection[str],
    *,
    at: datetime,
    attributes: Collection[str] | None = None,
    tables: Collection[str] | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same tables with these customers only, as everything stands now; for few customers.

    `attributes` and `tables` are those that will be asked for (None: all): the others need not be there.
    """
    connection = duckdb.connect(":memory:", config=_config())
    try:
        _prepare(connection)
        chosen = sorted(set(customer_ids))
        connection.register("chosen", pa.table({"customer_id": pa.array(chosen, pa.string())}))
        people.load(connection, chosen, at=at, scores=None, plan=None, attributes=attributes)
        known = [number for (number,) in connection.execute("SELECT customer_id FROM numbers").fetchall()]
        with new_engine() as engine:
            for table in TABLES if tables is None else tables:
                _copy(connection, table, _fact_query(table, engine), known)
        yield connection
    finally:
        connection.close()


_open: dict[Path, duckdb.DuckDBPyConnection] = {}
_opening = threading.Lock()


def cursor(store: Store) -> duckdb.DuckDBPyConnection:
    """A cursor on the store for one thread; close it after use."""
    with _opening:
        connection = _open.get(store.path)
        if connection is None:
            for path in [known for known in _open if not known.exists()]:
                _open.pop(path).close()
            connection = duckdb.connect(str(store.path), read_only=True, config=_config())
            _open[store.path] = connection
        found = connection.cursor()
    _prepare(found)
    return found


def _config() -> dict[str, Any]:
    return {
        "threads": os.cpu_count() or 1,
        "memory_limit": memory_limit(str(settings.KEEPWELL_MEMORY)),
        "temp_directory": str(Home.current().staging_dir / f"duckdb-{os.getpid()}-segments"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET perfect_ht_threshold = {ARRAY_BITS}")


@contextmanager
def _writing(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path), config=_config())
    try:
        _prepare(connection)
        yield connection
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _fact_query(table: str, engine: Any) -> dict[str, str]:
    """The newest revisions of a table, and of those that belong to it, as SQL."""
    needed = {table, "orders", "products"} if table == "order_items" else {table}
    return {name: f"({engine.ibis.compile(history.scan(name, engine=engine))})" for name in needed}


def _copy(
    connection: duckdb.DuckDBPyConnection, table: str, scans: dict[str, str], chosen: list[str] | None
) -> None:
    """Make one fact table: `c`, `at` and the columns that definitions know, in order of time."""
    known = TABLES[table]
    select = _items(scans, chosen) if table == "order_items" else _plain(table, scans[table], chosen)
    columns = ", ".join(f"x.{quote(name)}" for name in known.columns)
    connection.execute(
        f"CREATE TABLE {quote(table)} AS SELECT p.c, x.at, {columns} FROM ({select}) x "  # noqa: S608
        "JOIN numbers p ON p.customer_id = x.customer_id WHERE x.at IS NOT NULL ORDER BY x.at"
    )


def _among(chosen: list[str] | None, column: str) -> str:
    if chosen is None:
        return "true"
    return f"{column} IN ({', '.join(literal(one) for one in chosen)})" if chosen else "false"


def _plain(table: str, scan: str, chosen: list[str] | None) -> str:
    names = ", ".join(quote(name) for name in TABLES[table].columns)
    at = quote(TABLES[table].time)
    return f"SELECT customer_id, {at} AS at, {names} FROM {scan} WHERE {_among(chosen, 'customer_id')}"  # noqa: S608


def _items(scans: dict[str, str], chosen: list[str] | None) -> str:
    """Items with what they leave to their order: customer, instant and status; the product's category."""
    orders = f"(SELECT order_id, customer_id, ordered_at, status FROM {scans['orders']} WHERE {_among(chosen, 'customer_id')})"  # noqa: S608, E501
    items = scans["order_items"]
    if chosen is not None:
        own = f"SELECT * FROM {items} WHERE {_among(chosen, 'customer_id')}"  # noqa: S608
        theirs = (
            f"SELECT * FROM {items} WHERE customer_id IS NULL AND order_id IN (SELECT order_id FROM {orders})"  # noqa: S608
        )
        items = f"({own} UNION ALL {theirs})"
    return f"""
        SELECT coalesce(i.customer_id, o.customer_id) AS customer_id,
               coalesce(i.ordered_at, o.ordered_at) AS at,
               hash(i.order_id) AS order_id, i.product_id, coalesce(i.category, r.category) AS category,
               i.quantity, i.unit_price, i.discount, o.status
        FROM {items} i
        LEFT JOIN {orders} o ON o.order_id = i.order_id
        LEFT JOIN {scans["products"]} r ON r.product_id = i.product_id"""  # noqa: S608


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
