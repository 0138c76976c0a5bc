"""Facts of a person who is no longer to be found: rewritten for good, in every version that is kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from keepwell.history import faults
from keepwell.history.contracts import LakeBusyError, RewriteResult
from keepwell.history.durability import replace_file, sync_file, sync_folder
from keepwell.history.engine.duck import DuckDBEngine
from keepwell.history.engine.sql import literal, parquet, quote
from keepwell.history.files import NewFile
from keepwell.history.keycheck import new_name, write_file
from keepwell.history.lake import DataFile, Snapshot, lake_folder, open_for_writing
from keepwell.history.locks import Lease, writing
from keepwell.history.models import OutboxFact
from keepwell.history.reading import stored
from keepwell.history.schemas import FACT_TABLES, FactTable
from keepwell.history.services.append import refuse_transaction
from keepwell.history.services.maintenance import _order
from keepwell.history.services.outbox import flush

ROUNDS = 5
# What a person may have typed, or a tracker have sent: it goes with the person.
BLANKED = {"interactions": ("subject", "value", "properties")}
DROPPED = frozenset({"scores"})  # worked out from the facts, and about the person


@dataclass
class _Change:
    """What becomes of the rows of one person."""

    numbers: Mapping[str, str]
    mentions: Callable[[str], bool]
    keys: dict[str, str] = field(default_factory=dict)

    def names(self, value: Any) -> bool:
        """Whether a value is a number of the person or names the person."""
        return isinstance(value, str) and (value in self.numbers or self.mentions(value))

    def listed(self) -> str:
        return ", ".join(literal(number) for number in self.numbers)

    def apply(self, table: FactTable, row: dict[str, Any]) -> dict[str, Any]:
        """`row` under its new number, without what names the person."""
        row["customer_id"] = self.numbers[row["customer_id"]]
        for name in BLANKED.get(table.name, ()):
            row[name] = None
        for column in table.columns:
            text = row[column.name]
            if column.name == "customer_id" or not isinstance(text, str) or not self.mentions(text):
                continue
            if column.name in table.key:
                # The same key in two tables (an order and its items) stays the same.
                row[column.name] = self.keys.setdefault(text, f"e_{uuid.uuid4().hex[:20]}")
            else:
                row[column.name] = "erased" if column.required and not column.choices else None
        return row


def rewrite_person(
    *, numbers: Mapping[str, str], mentions: Callable[[str], bool] = lambda _text: False
) -> list[RewriteResult]:
    """Put all facts of a person under another number, so that none leads to the person any more.

    `numbers` gives the new number for each old one. Interactions lose subject, value and properties, scores
    go, and any other text that `mentions` says names the person goes, too. Files that hold the old rows are
    removed at once, those of earlier versions as well: a cycle that still reads them fails and starts anew.
    Facts that wait in the outbox are moved to the lake first. Doing it twice changes nothing more.

    Raises LakeBusyError where a writer stays too long or keeps recording facts of the person, RuntimeError
    inside a transaction.
    """
    refuse_transaction()
    change = _Change(dict(numbers), mentions)
    done: dict[str, RewriteResult] = {}
    for _round in range(ROUNDS):
        flush()
        for table in FACT_TABLES.values():
            if table.has_customer and Snapshot.open(table.name).version is not None:
                with writing(table.name, lake_folder()) as lease:
                    result = _rewrite_held(table, change, lease)
                earlier = done.get(table.name)
                done[table.name] = result.plus(earlier) if earlier else result
        if not OutboxFact.objects.filter(customer_id__in=list(numbers)).exists():
            return [result for result in done.values() if result.rows or result.files_removed]
    raise LakeBusyError("facts of the person are still being recorded; try again")


def holds_facts_of(numbers: Collection[str]) -> dict[str, int]:
    """Rows under these numbers by table, in files of any version; tables without any are left out."""
    found = {}
    listed = ", ".join(literal(number) for number in numbers)
    with DuckDBEngine() as engine:
        for table in FACT_TABLES.values():
            if table.has_customer:
                paths = sorted((lake_folder() / table.name).glob("*.parquet"))
                rows = sum(_count(engine, path, listed) for path in paths)
                if rows:
                    found[table.name] = rows
    return found


def _rewrite_held(table: FactTable, change: _Change, lease: Lease) -> RewriteResult:
    snapshot = open_for_writing(table.name)
    rows = 0
    with DuckDBEngine() as engine:
        affected = [
            file
            for file in snapshot.files()
            if any(file.may_hold("customer_id", one, one) for one in change.numbers)
            and _count(engine, file.path, change.listed())
        ]
        added: list[NewFile] = []
        for file in affected:
            new, changed = _rewrite_file(engine, snapshot, file, change)
            rows += changed
            added += [new] if new.rows else []
        faults.reach("erase.files_written")
        if affected:
            lease.confirm()
            snapshot.commit(added, remove=affected)
            faults.reach("erase.committed")
        removed = _remove_old(engine, table.name, change.listed())
    _clean_log(table.name, change)
    return RewriteResult(table.name, rows, len(affected), removed)


def _rewrite_file(
    engine: DuckDBEngine, snapshot: Snapshot, file: DataFile, change: _Change
) -> tuple[NewFile, int]:
    table = snapshot.schema
    names = ", ".join(quote(column.name) for column in table.all_columns)
    source = stored(table, [file])
    mine = f"SELECT {names} FROM {source} WHERE customer_id IN ({change.listed()})"  # noqa: S608
    rows = engine.rows(mine)
    kept = [] if table.name in DROPPED else [change.apply(table, row) for row in rows]
    engine.connection.register("changed", pa.Table.from_pylist(kept, schema=table.arrow_schema))
    is_sorted = file.path.name.startswith("sorted")
    order = f"ORDER BY {_order(table)}" if is_sorted else ""
    query = f"""
        SELECT {names} FROM {source}
        WHERE customer_id IS NULL OR customer_id NOT IN ({change.listed()})
        UNION ALL SELECT {names} FROM changed {order}"""  # noqa: S608
    kind = file.path.name.partition("-")[0]
    new = write_file(engine, table, query, snapshot.folder / new_name(kind))
    engine.connection.unregister("changed")
    return new, len(rows)


def _remove_old(engine: DuckDBEngine, name: str, listed: str) -> int:
    """Remove files outside the newest version that hold the person's rows; how many. Hold the lease."""
    snapshot = Snapshot.open(name)
    active = {file.path.name for file in snapshot.files()}
    count = 0
    for path in sorted(snapshot.folder.glob("*.parquet")):
        if path.name not in active and _count(engine, path, listed):
            path.unlink()
            count += 1
    if count:
        sync_folder(snapshot.folder)
    return count


def _count(engine: DuckDBEngine, path: Path, listed: str) -> int:
    query = f"SELECT count(*) AS n FROM {parquet([path])} WHERE customer_id IN ({listed})"  # noqa: S608
    return int(engine.rows(query)[0]["n"])


def _clean_log(name: str, change: _Change) -> None:
    """Take least and greatest values that name the person out of the log; hold the lease.

    They told readers which files to skip, and those files are gone.
    """
    log = lake_folder() / name / "_delta_log"
    for path in sorted(log.glob("[0-9]*.json")):
        lines = path.read_text(encoding="utf-8").splitlines()
        cleaned = [_clean_action(line, change) for line in lines]
        if cleaned != lines:
            replace_file(path, ("\n".join(cleaned) + "\n").encode())
    checkpoints = sorted(log.glob("*.checkpoint*.parquet"))
    if any(_checkpoint_names(path, change) for path in checkpoints):
        newest = Snapshot.open(name).version
        assert newest is not None
        DeltaTable(log.parent, version=newest).create_checkpoint()
        for path in checkpoints:
            if int(path.name.partition(".")[0]) != newest:
                path.unlink()
        for path in (*log.glob("*.checkpoint*.parquet"), log / "_last_checkpoint"):
            sync_file(path)
        sync_folder(log)


def _clean_action(line: str, change: _Change) -> str:
    action = json.loads(line)
    for kind in ("add", "remove"):
        text = (action.get(kind) or {}).get("stats")
        if not text:
            continue
        stats = json.loads(text)
        bounds = [stats.get(side) or {} for side in ("minValues", "maxValues")]
        named = {column for bound in bounds for column, value in bound.items() if change.names(value)}
        if named:
            for bound in bounds:
                for column in named:
                    bound.pop(column, None)
            action[kind]["stats"] = json.dumps(stats)
            line = json.dumps(action)
    return line


def _checkpoint_names(path: Path, change: _Change) -> bool:
    text = str(pq.read_table(path).to_pylist())
    return change.mentions(text) or any(f"'{one}'" in text or f'"{one}"' in text for one in change.numbers)
