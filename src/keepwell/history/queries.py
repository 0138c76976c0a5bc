"""What can be asked of the history; nothing here writes."""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime
from typing import Any

from keepwell.history.contracts import TimelineFact
from keepwell.history.copying import active_names, files_at
from keepwell.history.engine import Engine
from keepwell.history.engine import engine as configured_engine
from keepwell.history.lake import Snapshot, fact_table
from keepwell.history.lookup import read_facts
from keepwell.history.models import OutboxFact
from keepwell.history.reading import newest_revisions
from keepwell.history.schemas import FACT_TABLES
from keepwell.history.timelines import read_timeline

__all__ = [
    "active_names",
    "counts",
    "customer_numbers",
    "facts",
    "files_at",
    "outbox_backlog",
    "scan",
    "timeline",
    "versions",
]

_local = threading.local()


def versions() -> dict[str, int]:
    """The Delta version of each table that exists: together they name a state of the lake."""
    opened = {name: Snapshot.open(name).version for name in FACT_TABLES}
    return {name: version for name, version in opened.items() if version is not None}


def scan(
    table: str, *, as_of: datetime | None = None, version: int | None = None, engine: Engine | None = None
) -> Any:
    """The newest revision of each fact of `table`, as an Ibis table.

    `as_of` keeps facts whose time is not later and leaves out revisions that were recorded live after
    it; `version` reads the lake as it was at that Delta version. A table that does not exist yet is empty.
    The files are settled now: what is committed later is not seen. Without `engine` the expression belongs
    to this thread's own.

    Raises ValueError for an unknown table, a version that does not exist, or an `as_of` without a zone.
    """
    snapshot = Snapshot.open(table, version)
    return (engine or _own_engine()).sql(newest_revisions(snapshot.schema, snapshot.files(), as_of=as_of))


def timeline(
    customer_id: str | Collection[str],
    *,
    limit: int = 200,
    before: datetime | None = None,
    tables: list[str] | None = None,
    columns: Collection[str] | None = None,
) -> list[TimelineFact]:
    """The facts of one customer, newest first, also those that wait in the outbox.

    `customer_id` may be several numbers of one person, whose facts then come as one. `before` continues an
    earlier answer: pass the `at` of its last fact. `tables` defaults to every table whose facts belong to a
    customer, without the scores. `columns` are those that matter beside key, time and customer: fewer are
    read sooner; None means all.
    """
    names = tables or [t.name for t in FACT_TABLES.values() if t.has_customer and t.name != "scores"]
    return read_timeline(
        _own_engine(),
        (customer_id,) if isinstance(customer_id, str) else tuple(customer_id),
        [fact_table(name) for name in names],
        limit=limit,
        before=before,
        columns=columns,
    )


def facts(table: str, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The newest version of each fact of `table` among `keys`, also those that wait in the outbox, by key.

    Raises ValueError for an unknown table or one whose key has several columns.
    """
    return read_facts(_own_engine(), table, keys)


def counts() -> dict[str, int]:
    """How many facts each existing table of the lake holds; a corrected fact is one fact."""
    answer = {}
    for name in FACT_TABLES:
        snapshot = Snapshot.open(name)
        if snapshot.version is not None:
            answer[name] = sum(file.rows for file in snapshot.files() if not file.revisions)
    return answer


def customer_numbers() -> set[str]:
    """Every customer number in the lake and the outbox; reads one column of each table."""
    found: set[str] = set()
    for table in FACT_TABLES.values():
        if table.has_customer and Snapshot.open(table.name).version is not None:
            numbers = scan(table.name).customer_id.as_table().distinct().to_pyarrow()
            found.update(numbers["customer_id"].to_pylist())
    found.update(OutboxFact.objects.values_list("customer_id", flat=True).distinct())
    return found - {None, ""}


def outbox_backlog() -> tuple[int, datetime | None]:
    """How many facts wait for the lake, and since when the oldest does."""
    oldest = OutboxFact.objects.order_by("id").values_list("recorded_at", flat=True).first()
    return OutboxFact.objects.count(), oldest


def _own_engine() -> Engine:
    """The engine of this thread, made at first use and kept: it holds the footers of files it has read."""
    own: Engine | None = getattr(_local, "engine", None)
    if own is None:
        own = _local.engine = configured_engine()
    return own
