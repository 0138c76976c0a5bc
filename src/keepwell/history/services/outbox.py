"""Facts written with the change that they tell of, and their way to the lake."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from keepwell.foundation import clock
from keepwell.foundation.rows import array
from keepwell.history import faults, reactions
from keepwell.history.contracts import AppendResult, FlushResult
from keepwell.history.facts import content_hash, denormalize, key_text, normalize
from keepwell.history.lake import fact_table, lake_folder
from keepwell.history.locks import Lease, writing
from keepwell.history.models import OutboxFact
from keepwell.history.services.append import append_rows_held, refuse_transaction


def record(*, table: str, fact: Mapping[str, Any], source: str, live: bool = True) -> str:
    """Put one fact into the outbox, in the caller's transaction, and return its key.

    The same fact again is one fact; another fact with the same key is a revision. Nothing reaches the
    lake before `flush`.

    Raises ValueError naming the table and the column that does not fit.
    """
    return record_many(facts=[(table, fact)], source=source, live=live)[0]


def record_many(
    *, facts: Iterable[tuple[str, Mapping[str, Any]]], source: str, live: bool = True
) -> list[str]:
    """Put facts, each (table, fact), into the outbox in the caller's transaction; return their keys.

    One statement for all of them; like `record` otherwise, whose errors it raises, writing nothing.
    """
    at = clock.now()
    rows = [_row(table, fact, source, live, at) for table, fact in facts]
    if rows:
        _insert(rows)
    return [row[1] for row in rows]


_COLUMNS = (
    "table",
    "key",
    "content_hash",
    "customer_id",
    "fact",
    "source",
    "live",
    "recorded_at",
    "batch_id",
)


def _row(table: str, fact: Mapping[str, Any], source: str, live: bool, at: datetime) -> tuple[Any, ...]:
    schema = fact_table(table)
    normal = normalize(schema, fact)
    if not source:
        raise ValueError(f"{table}.source: required")
    key = key_text(schema, fact)
    customer_id = normal.get("customer_id") or ""
    _refuse_longer(f"{table}.{'|'.join(schema.key)}", key, "key")
    _refuse_longer(f"{table}.customer_id", customer_id, "customer_id")
    _refuse_longer(f"{table}.source", source, "source")
    body = orjson.dumps(normal).decode()
    return (table, key, content_hash(normal), customer_id, body, source, live, at, "")


def _insert(rows: list[tuple[Any, ...]]) -> None:
    """One statement without an object per fact: a batch of a hundred costs what its rows cost."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in _COLUMNS)
    into = f"INSERT INTO {quote(OutboxFact._meta.db_table)} ({names})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(_COLUMNS))
            cursor.executemany(f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING", rows)
        else:
            types = ("text", "text", "text", "text", "jsonb", "text", "boolean", "timestamptz", "text")
            arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
            statement = f"{into} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"  # noqa: S608
            cursor.execute(statement, [array(column) for column in zip(*rows, strict=True)])


def _refuse_longer(where: str, value: str, field: str) -> None:
    """SQLite would keep what PostgreSQL refuses."""
    longest: int | None = getattr(OutboxFact._meta.get_field(field), "max_length", None)
    if longest is not None and len(value) > longest:
        raise ValueError(f"{where}: longer than {longest} characters")


def flush(*, limit: int = 50_000) -> FlushResult:
    """Move the outbox to the lake, at most `limit` facts of each table in one batch, until it is empty.

    Exactly once, also when a flush before this one died at any point: a batch keeps its rows and its id,
    the lake remembers the ids, and rows are deleted only when the lake holds them for good.

    Raises LakeBusyError where another writer stays too long, RuntimeError inside a transaction.
    """
    refuse_transaction()
    if limit < 1:
        raise ValueError("limit: must be at least 1")
    done = _Tally()
    for table in OutboxFact.objects.order_by("table").values_list("table", flat=True).distinct():
        with writing(table, lake_folder()) as lease:
            _flush_table(table, limit, lease, done)
    return FlushResult(done.batches, done.accepted, done.duplicate, done.corrected)


@dataclass
class _Tally:
    batches: int = 0
    accepted: int = 0
    duplicate: int = 0
    corrected: int = 0

    def add(self, result: AppendResult) -> None:
        self.batches += 1
        self.accepted += result.accepted
        self.duplicate += result.duplicate
        self.corrected += result.corrected


def _flush_table(table: str, limit: int, lease: Lease, done: _Tally) -> None:
    # What was recorded while this runs waits for the next flush, so that the loop ends.
    newest = OutboxFact.objects.filter(table=table).order_by("-id").values_list("id", flat=True).first()
    while newest is not None and (batch_id := _left_behind(table) or _claim(table, limit, newest)):
        faults.reach("flush.claimed")
        rows = OutboxFact.objects.filter(table=table, batch_id=batch_id)
        done.add(append_rows_held(table=table, rows=_arrow(table, rows), batch_id=batch_id, lease=lease))
        faults.reach("flush.appended")
        with transaction.atomic():
            reactions.react(table, rows)
            rows.delete()
        faults.reach("flush.deleted")


def _left_behind(table: str) -> str | None:
    """A batch that an earlier flush took and did not finish. Who holds the lease is the only one alive."""
    claimed = OutboxFact.objects.filter(table=table).exclude(batch_id="")
    return claimed.order_by("id").values_list("batch_id", flat=True).first()


def _claim(table: str, limit: int, newest: int) -> str | None:
    """Give up to `limit` rows a batch id; of each key only the oldest, for a batch holds a key once."""
    batch_id = f"outbox-{uuid.uuid4().hex}"
    with transaction.atomic():
        older = OutboxFact.objects.filter(table=table, key=OuterRef("key"), id__lt=OuterRef("id"))
        waiting = OutboxFact.objects.filter(table=table, batch_id="", id__lte=newest).exclude(Exists(older))
        taken = list(waiting.order_by("id").values_list("id", flat=True)[:limit])
        # The ids are a range with gaps: the same conditions again, up to the last.
        claimed = taken and waiting.filter(id__lte=taken[-1]).update(batch_id=batch_id)
    return batch_id if claimed else None


def _arrow(table: str, rows: Any) -> pa.Table:
    schema = fact_table(table)
    listed = [
        {
            **denormalize(schema.columns, row.fact),
            "source": row.source,
            "recorded_at": row.recorded_at,
            "live": row.live,
            "revises": False,
        }
        for row in rows.order_by("id").iterator(chunk_size=5_000)
    ]
    return pa.Table.from_pylist(listed, schema=schema.arrow_schema)
