"""Run definitions: over the store, corrected by whoever was touched since it was made."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from keepwell.foundation import clock
from keepwell.history.engine.sql import quote
from keepwell.insight.segments import store
from keepwell.insight.segments.compiler import Compiled, compile_definition
from keepwell.insight.segments.contracts import Counted
from keepwell.insight.segments.definition import (
    AttributeCondition,
    DefinitionError,
    FactCondition,
    Group,
    Node,
    leaves,
    parse,
)
from keepwell.insight.segments.models import Segment, SegmentTouch
from keepwell.insight.segments.rollups import Extent

TOUCHED_MAX = 2_000
SAMPLE = 10
EVERYBODY = Group("all", ())


class NoStoreError(RuntimeError):
    """There was no cycle yet: nothing can be counted."""


def present() -> store.Store:
    """The store; raises NoStoreError."""
    found = store.current()
    if found is None:
        raise NoStoreError("there is nothing to count yet: run a cycle")
    return found


def moment(now: store.Store | None) -> datetime:
    """The instant that "now" means: the cycle's own where one was given, else the clock's."""
    return now.as_of if now and now.as_of else clock.now()


def moment_of(customer_id: str) -> datetime:
    """The instant that "now" means for one customer: the clock's once something happened since the cycle."""
    built = store.current()
    if built is None or SegmentTouch.objects.filter(customer_id=customer_id, at__gte=built.built_at).exists():
        return clock.now()
    return moment(built)


def resolve(segment_id: int) -> Node | None:
    """The present definition of a segment, archived ones too."""
    found = Segment.objects.filter(pk=segment_id).values_list("definition", flat=True).first()
    return None if found is None else parse(found)


def run(connection: duckdb.DuckDBPyConnection, compiled: Compiled, query: str) -> Any:
    """The result of a query made of `compiled`."""
    return connection.execute(query, compiled.parameters_of(query))


def touched(since: datetime) -> set[str] | None:
    """Customers to whom something happened since; None where they are too many to look at one by one."""
    rows = SegmentTouch.objects.filter(at__gte=since).order_by()
    found = set(rows.values_list("customer_id", flat=True).distinct()[: TOUCHED_MAX + 1])
    return None if len(found) > TOUCHED_MAX else found


def count(
    node: Node,
    *,
    owner_ids: Collection[int] | None,
    sample: int = 0,
    fresh: bool = True,
) -> Counted:
    """How many customers of these owners are in `node`, and some of them.

    With `fresh` the customers touched since the store was made are looked at as they are now.
    Raises NoStoreError, DefinitionError.
    """
    present_store = present()
    at = moment(present_store)
    started = time.perf_counter()
    changed = (touched(present_store.built_at) if fresh else None) or set()
    connection = store.cursor(present_store)
    try:
        size, picked = _count(connection, node, at, owner_ids, sample, changed, present_store.extents)
        whole = owner_ids is None and not changed
        total = (
            everybody(present_store) if whole else _count(connection, EVERYBODY, at, owner_ids, 0, changed)[0]
        )
    finally:
        connection.close()
    if changed:
        with store.of_customers(changed, at=clock.now()) as own:
            more, others = _count(own, node, clock.now(), owner_ids, sample, set())
            size, picked = size + more, sorted([*picked, *others])[:sample]
            total += _count(own, EVERYBODY, at, owner_ids, 0, set())[0]
    seconds = time.perf_counter() - started
    return Counted(size, total, at, present_store.built_at, seconds, tuple(picked))


@lru_cache(maxsize=8)
def everybody(present_store: store.Store) -> int:
    """How many customers a store has; it never changes."""
    connection = store.cursor(present_store)
    try:
        found = connection.execute("SELECT count(*) FROM people").fetchone()
        return int(found[0]) if found else 0
    finally:
        connection.close()


def _count(
    connection: duckdb.DuckDBPyConnection,
    node: Node,
    at: datetime,
    owner_ids: Collection[int] | None,
    sample: int,
    without: set[str],
    extents: tuple[Extent, ...] = (),
) -> tuple[int, list[str]]:
    """One query for both the count and a sample: the facts are read once."""
    compiled = compile_definition(
        node, now=at, resolve=resolve, owner_ids=owner_ids, without=without, extents=extents
    )
    if not sample:
        return int(run(connection, compiled, compiled.count()).fetchone()[0]), []
    query = compiled.sampled(sample)
    size, picked = run(connection, compiled, query).fetchone()
    return int(size), list(picked or [])


def member_ids(node: Node, *, at: datetime, present_store: store.Store) -> Any:
    """Everybody in `node` by the store alone, as an Arrow array of customer numbers."""
    connection = store.cursor(present_store)
    try:
        compiled = compile_definition(node, now=at, resolve=resolve, extents=present_store.extents)
        return run(connection, compiled, compiled.members()).to_arrow_table().column(0).combine_chunks()
    finally:
        connection.close()


def among(node: Node, customer_ids: Collection[str]) -> set[str]:
    """Those of `customer_ids` for whom `node` holds now.

    Asked of the store where there is one; who was touched since it was made is looked at as they are.
    """
    asked = set(customer_ids)
    built = store.current()
    if not asked:
        return set()
    fresh = asked if built is None else asked & (touched(built.built_at) or set())
    found: set[str] = set()
    if built is not None and asked - fresh:
        connection = store.cursor(built)
        try:
            found = _among(connection, node, asked - fresh, moment(built), built.extents)
        finally:
            connection.close()
    if fresh:
        at = clock.now()
        names, tables = _asked(node)
        with store.of_customers(fresh, at=at, attributes=names, tables=tables) as own:
            found |= _among(own, node, fresh, at)
    return found


def _asked(node: Node, seen: frozenset[int] = frozenset()) -> tuple[set[str], set[str]]:
    """The attributes and the fact tables that `node` asks for, through other segments too."""
    names: set[str] = set()
    tables: set[str] = set()
    for leaf in leaves(node):
        if isinstance(leaf, AttributeCondition):
            names.add(leaf.attribute)
        elif isinstance(leaf, FactCondition):
            tables.add(leaf.table)
        elif leaf.segment_id not in seen and (there := resolve(leaf.segment_id)) is not None:
            more = _asked(there, seen | {leaf.segment_id})
            names, tables = names | more[0], tables | more[1]
    return names, tables


def _among(
    connection: duckdb.DuckDBPyConnection,
    node: Node,
    customer_ids: Collection[str],
    at: datetime,
    extents: tuple[Extent, ...] = (),
) -> set[str]:
    compiled = compile_definition(node, now=at, resolve=resolve, extents=extents)
    chosen = pa.table({"customer_id": pa.array(sorted(customer_ids), pa.string())})
    connection.register("asked", chosen)
    query = f"{compiled.members()} AND p.customer_id IN (SELECT customer_id FROM asked)"  # noqa: S608
    try:
        return {number for (number,) in run(connection, compiled, query).fetchall()}
    finally:
        connection.unregister("asked")


def day_values(attribute: str) -> Any:
    """Customer number and value of an attribute of everybody in whom it is known, as an Arrow table.

    Raises NoStoreError.
    """
    connection = store.cursor(present())
    try:
        column = quote(attribute)
        query = f"SELECT customer_id, {column} AS value FROM people WHERE {column} IS NOT NULL"  # noqa: S608
        return connection.execute(query).to_arrow_table()
    finally:
        connection.close()


def depends_on(node: Node, seen: frozenset[int] = frozenset()) -> set[str]:
    """The tables that membership depends on, through other segments too; "people" always."""
    from keepwell.insight.segments.definition import fact_tables, referenced

    found = {"people"} | fact_tables(node)
    for other in referenced(node) - seen:
        there = resolve(other)
        if there is None:
            raise DefinitionError("segment", f"there is no segment {other}")
        found |= depends_on(there, seen | {other})
    return found
