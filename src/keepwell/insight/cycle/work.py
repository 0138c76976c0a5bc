"""What every step of a cycle works with, and how its outputs become durable."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.schemas import FACT_TABLES
from keepwell.insight.contracts import Thresholds
from keepwell.insight.models import Cycle

ROW_GROUP = 122_880
ALIASES = "aliases.parquet"
CHUNK = 100_000


@dataclass(frozen=True)
class Work:
    """One cycle in progress; `report(share, rows)` also renews the lease."""

    row: Cycle
    folder: Path
    thresholds: Thresholds
    engine: Any
    report: Callable[[float, int], None]

    @property
    def as_of(self) -> datetime:
        """The instant after which nothing is known."""
        return self.row.as_of

    def scan(self, table: str) -> Any:
        """`table` as of the cycle's instant and at its pinned version, the facts of one person as one.

        Facts without a time (items that leave it to their order) are kept: what they belong to decides.
        """
        facts = self._facts(table)
        if "customer_id" not in facts.columns or not self._has_aliases():
            return facts
        # Identity is what is known now: a merge counts for all time, whatever the instant of the cycle.
        aliases = self.read(ALIASES)
        joined = facts.left_join(aliases, facts.customer_id == aliases.alias_id)
        person = ibis.coalesce(joined.canonical_id, joined.customer_id)
        return joined.select(
            **{name: person if name == "customer_id" else joined[name] for name in facts.columns}
        )

    def _has_aliases(self) -> bool:
        """Whether merged records or known visitors are there; they are written down once per cycle."""
        path = self.path(ALIASES)
        if not path.exists():
            with durable(path) as temporary:
                identity.write_aliases(temporary)
        return bool(pq.read_metadata(path).num_rows)

    def _facts(self, table: str) -> Any:
        version = self.row.data_version.get(table)
        schema = FACT_TABLES[table]
        if schema.time is None or schema.column(schema.time).required:
            return history.scan(table, as_of=self.as_of, version=version, engine=self.engine)
        facts = history.scan(table, version=version, engine=self.engine)
        at = facts[schema.time]
        return facts.filter(at.isnull() | (at <= ibis.literal(self.as_of, type=at.type())))

    def path(self, name: str) -> Path:
        """A file of this cycle."""
        return self.folder / name

    def read(self, name: str) -> Any:
        """A Parquet file of this cycle as a table expression."""
        return self.engine.ibis.read_parquet(str(self.path(name)))


def sync(path: Path) -> None:
    """Force a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def durable(path: Path) -> Iterator[Path]:
    """A temporary path that takes the name `path` once it is written, synced and whole."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    yield temporary
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def write_expression(work: Work, expression: Any, name: str, *, sort_by: list[str] | None = None) -> int:
    """Write a table expression to a file of the cycle; returns its rows."""
    with durable(work.path(name)) as temporary:
        work.engine.to_parquet(expression, temporary, sort_by=sort_by)
    return int(pq.read_metadata(work.path(name)).num_rows)


def write_batches(work: Work, batches: Any, schema: pa.Schema, name: str, *, total: int = 0) -> int:
    """Write streamed record batches to a file of the cycle, reporting on the way; returns its rows."""
    rows = 0
    with durable(work.path(name)) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=ROW_GROUP)
            rows += batch.num_rows
            work.report(min(1.0, rows / total) if total else 0.0, rows)
    return rows


def write_json(work: Work, name: str, data: Any) -> None:
    """Write a JSON file of the cycle."""
    with durable(work.path(name)) as temporary:
        temporary.write_bytes(orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2))


def read_json(work: Work, name: str) -> Any:
    """Read a JSON file of the cycle."""
    return orjson.loads(work.path(name).read_bytes())
