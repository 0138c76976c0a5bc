"""Upkeep of the lake: files sorted by customer, and files that nobody needs removed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from keepwell.foundation import clock
from keepwell.history import faults
from keepwell.history.contracts import CompactResult, TidyResult
from keepwell.history.engine.duck import DuckDBEngine
from keepwell.history.engine.sql import quote
from keepwell.history.files import NewFile
from keepwell.history.keycheck import new_name, write_file
from keepwell.history.lake import DataFile, Snapshot, fact_table, lake_folder, open_for_writing
from keepwell.history.locks import Lease, writing
from keepwell.history.reading import stored
from keepwell.history.schemas import FACT_TABLES, FactTable
from keepwell.history.services.append import refuse_transaction
from keepwell.history.tidying import remove_dead_spill, remove_unreferenced

RETENTION = timedelta(days=7)
SORTED = "sorted"


def compact(*, table: str | None = None) -> list[CompactResult]:
    """Merge the files of `table` (default: of every table) into few, sorted by customer.

    Every revision stays. Readers go on with the files they have, which stay until `tidy`. A sorted file
    is merged again only when what joins it has grown to half its rows, so that a row is rewritten a
    number of times that grows with the logarithm of the table.

    Raises LakeBusyError where another writer stays too long, RuntimeError inside a transaction.
    """
    refuse_transaction()
    names = [fact_table(table).name] if table else list(FACT_TABLES)
    results = []
    for name in names:
        if Snapshot.open(name).version is None:
            continue
        with writing(name, lake_folder()) as lease:
            results.append(_compact_held(name, lease))
    return results


def tidy(*, retention: timedelta = RETENTION, now: datetime | None = None) -> list[TidyResult]:
    """Remove files that no table refers to since `retention` or longer.

    Those are files of compacted versions, which can then no longer be read by version, files of attempts
    that died before their commit, and spilled data of dead processes.
    """
    refuse_transaction()
    now = now or clock.now()
    remove_dead_spill()
    results = []
    for name in FACT_TABLES:
        if Snapshot.open(name).version is None:
            continue
        with writing(name, lake_folder()):
            results.append(remove_unreferenced(open_for_writing(name), now - retention))
    return results


def _compact_held(name: str, lease: Lease) -> CompactResult:
    snapshot = open_for_writing(name)
    files = snapshot.files()
    groups = [
        _to_merge([file for file in files if file.revisions is revisions]) for revisions in (False, True)
    ]
    merged = [file for group in groups for file in group]
    version = snapshot.version
    rows = sum(file.rows for file in merged)
    written = 0
    if merged:
        with DuckDBEngine() as engine:
            added = [_merge(engine, snapshot, group) for group in groups if group]
        written = len(added)
        faults.reach("compact.files_written")
        lease.confirm()
        version = snapshot.commit(added, remove=merged)
    after = len(files) - len(merged) + written
    return CompactResult(name, -1 if version is None else version, len(files), after, rows)


def _to_merge(files: Sequence[DataFile]) -> list[DataFile]:
    """Every unsorted file, with the sorted ones that are at most twice as large as what has gathered."""
    merged = [file for file in files if not file.path.name.startswith(SORTED)]
    gathered = sum(file.rows for file in merged)
    for file in sorted((file for file in files if file not in merged), key=lambda file: file.rows):
        if merged and file.rows <= 2 * gathered:
            merged.append(file)
            gathered += file.rows
    return merged


def _merge(engine: DuckDBEngine, snapshot: Snapshot, files: Sequence[DataFile]) -> NewFile:
    table = snapshot.schema
    names = ", ".join(quote(column.name) for column in table.all_columns)
    query = f"SELECT {names} FROM {stored(table, files)} ORDER BY {_order(table)}"  # noqa: S608
    return write_file(engine, table, query, snapshot.folder / new_name(SORTED))


def _order(table: FactTable) -> str:
    first = ["customer_id"] if table.has_customer else []
    time = [table.time] if table.time and table.time not in table.key else []
    return ", ".join(quote(name) for name in dict.fromkeys([*first, *time, *table.key, "recorded_at"]))
