"""Batches of facts straight into the lake."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from keepwell.foundation.home import Home
from keepwell.history import faults
from keepwell.history.contracts import AppendResult
from keepwell.history.engine.duck import ROW_GROUP
from keepwell.history.files import inspect_staged
from keepwell.history.keycheck import admit
from keepwell.history.lake import CommitConflictError, fact_table, lake_folder, open_for_writing
from keepwell.history.locks import Lease, writing

ATTEMPTS = 5


def append(*, table: str, staged: Sequence[Path], batch_id: str) -> AppendResult:
    """Add the rows of Parquet files to `table`, once for each `batch_id`.

    The files have the table's whole schema, keys unique within the batch, `revises` false. A row equal to
    a stored revision of its key is a duplicate, another row of a known key a revision. Where no key is
    known the files become the table's own by hard link: never write into them afterwards, but they may be
    deleted. When this returns the facts survive a power cut. A batch that was committed before changes
    nothing and answers as it did then.

    Raises ValueError where a file does not fit the schema, LakeBusyError where another writer stays too
    long, RuntimeError inside a transaction.
    """
    refuse_transaction()
    schema = fact_table(table)
    with writing(schema.name, lake_folder()) as lease:
        return append_held(table=table, staged=staged, batch_id=batch_id, lease=lease)


def append_rows(*, table: str, rows: pa.Table, batch_id: str) -> AppendResult:
    """Add a small batch that is in memory; like `append`. Raises ValueError where a key comes twice."""
    refuse_transaction()
    schema = fact_table(table)
    with writing(schema.name, lake_folder()) as lease:
        return append_rows_held(table=table, rows=rows, batch_id=batch_id, lease=lease)


def append_held(*, table: str, staged: Sequence[Path], batch_id: str, lease: Lease) -> AppendResult:
    """`append` for who holds the table's lease."""
    if not batch_id:
        raise ValueError("batch_id: must not be empty")
    for _attempt in range(ATTEMPTS):
        try:
            return _attempt_append(table, staged, batch_id, lease)
        except CommitConflictError as error:  # a writer without a lease: compare with its rows, too
            conflict = error
    raise conflict


def append_rows_held(*, table: str, rows: pa.Table, batch_id: str, lease: Lease) -> AppendResult:
    """`append_rows` for who holds the table's lease."""
    schema = fact_table(table)
    if rows.num_rows != rows.group_by(list(schema.key)).aggregate([]).num_rows:
        raise ValueError(f"{table}: a key comes twice in the batch")
    name = hashlib.sha256(batch_id.encode()).hexdigest()[:16]
    path = Home.current().staging_dir / f"rows-{table}-{name}-{uuid.uuid4().hex[:8]}.parquet"
    try:
        pq.write_table(_conform(rows, schema.arrow_schema, table), path, row_group_size=ROW_GROUP)
        return append_held(table=table, staged=[path], batch_id=batch_id, lease=lease)
    finally:
        path.unlink(missing_ok=True)


def _attempt_append(table: str, staged: Sequence[Path], batch_id: str, lease: Lease) -> AppendResult:
    snapshot = open_for_writing(table)
    earlier = snapshot.committed(batch_id)
    if earlier is not None:
        return AppendResult(**earlier)
    files = [inspect_staged(Path(path), snapshot.schema) for path in staged]
    faults.reach("append.inspected")
    admission = admit(snapshot.schema, files, snapshot.files(), snapshot.folder)
    faults.reach("append.files_written")
    counts = {
        "read": admission.read,
        "accepted": admission.accepted,
        "duplicate": admission.duplicate,
        "corrected": admission.corrected,
    }
    version = snapshot.version
    if admission.files:
        lease.confirm()
        version = snapshot.commit(admission.files, batch_id=batch_id, metadata=counts)
    return AppendResult(version=-1 if version is None else version, **counts)


def _conform(rows: pa.Table, schema: pa.Schema, table: str) -> pa.Table:
    unknown = set(rows.column_names) - set(schema.names)
    missing = set(schema.names) - set(rows.column_names)
    if unknown or missing:
        raise ValueError(f"{table}: unknown columns {sorted(unknown)}, missing columns {sorted(missing)}")
    return rows.select(schema.names).cast(schema)


def refuse_transaction() -> None:
    """The lake knows no rollback; raises RuntimeError inside a transaction."""
    with transaction.atomic(durable=True):
        pass
