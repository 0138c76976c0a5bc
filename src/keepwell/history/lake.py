"""Delta tables in a folder: what is in them, and how one commit gets in for good."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema, Transaction
from deltalake._internal import CommitFailedError
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import (
    AddAction,
    PostCommitHookProperties,
    RemoveAction,
    create_table_with_add_actions,
)
from django.conf import settings

from keepwell.foundation import clock
from keepwell.history import faults
from keepwell.history.durability import make_folder, sync_file, sync_folder
from keepwell.history.files import NewFile
from keepwell.history.schemas import FACT_TABLES, FactTable

CHECKPOINT_EVERY = 32
METADATA_KEY = "keepwell"
# Commits are kept: a cycle can be replayed from its data version. Checkpoints keep opening quick.
CONFIGURATION = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
}
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


class CommitConflictError(RuntimeError):
    """Another writer committed since the table was read; nothing was written."""


class NewerTableError(RuntimeError):
    """A later release has given the table columns that this one would lose; nothing was written."""


@dataclass(frozen=True)
class DataFile:
    """An active file with what the log says of it.

    `revisions`: it holds rows that revise earlier ones; `lacking`: the columns of later releases that it
    does not have, or of which the log does not say so.
    """

    path: Path
    rows: int
    size: int
    revisions: bool
    minimum: dict[str, Any]
    maximum: dict[str, Any]
    lacking: frozenset[str] = frozenset()

    def may_hold(self, column: str, low: Any, high: Any) -> bool:
        """Whether a value of `column` between `low` and `high` can be in the file."""
        first, last = self.minimum.get(column), self.maximum.get(column)
        return (first is None or high is None or first <= high) and (
            last is None or low is None or last >= low
        )


# What readers have opened last, by folder: the folder's inode, the version and its files.
_opened: dict[Path, tuple[int, int, list[DataFile]]] = {}
_opening = threading.Lock()


def newest_files(table: str) -> list[DataFile]:
    """The active files of the newest version, for readers; opened again only where there is a newer one."""
    folder = lake_folder() / fact_table(table).name
    log = folder / "_delta_log"
    try:
        inode = log.stat().st_ino
    except FileNotFoundError:
        return []
    with _opening:
        known = _opened.get(folder)
    # Versions have no gaps: where the next one is missing, this is the newest.
    if known and known[0] == inode and not (log / f"{known[1] + 1:020d}.json").exists():
        return known[2]
    snapshot = Snapshot.open(table)
    files = snapshot.files()
    if snapshot.version is not None:
        with _opening:
            _opened[folder] = (inode, snapshot.version, files)
    return files


def lake_folder() -> Path:
    """Where the lake is (KEEPWELL_LAKE); raises ValueError for a place that is not a folder."""
    place = str(settings.KEEPWELL_LAKE)
    if "://" in place:
        raise ValueError(f"KEEPWELL_LAKE: this release keeps the lake in a folder, not in {place!r}")
    return Path(place).resolve()


def fact_table(name: str) -> FactTable:
    """The schema of `name`; raises ValueError."""
    try:
        return FACT_TABLES[name]
    except KeyError:
        raise ValueError(f"table: {name!r} is not a fact table; known: {', '.join(FACT_TABLES)}") from None


class Snapshot:
    """One table at one version (None: not there yet)."""

    def __init__(self, table: str, handle: DeltaTable | None) -> None:
        self.schema = fact_table(table)
        self.folder = lake_folder() / table
        self._handle = handle

    @classmethod
    def open(cls, table: str, version: int | None = None) -> Snapshot:
        """The newest version, or `version`; raises ValueError where the table has no such version."""
        folder = lake_folder() / fact_table(table).name
        if not (folder / "_delta_log").is_dir():
            if version is not None:
                raise ValueError(f"version: {table} has no version {version}")
            return cls(table, None)
        try:
            return cls(table, DeltaTable(folder, version=version))
        except TableNotFoundError:
            return cls(table, None)
        except DeltaError as error:
            if version is None:
                raise
            raise ValueError(f"version: {table} has no version {version}") from error

    @property
    def version(self) -> int | None:
        """The Delta version."""
        return None if self._handle is None else self._handle.version()

    def files(self) -> list[DataFile]:
        """The active files, in order of name."""
        if self._handle is None:
            return []
        rows = pa.table(self._handle.get_add_actions(flatten=True)).to_pylist()
        return sorted((self._data_file(row) for row in rows), key=lambda file: file.path.name)

    def committed(self, batch_id: str) -> dict[str, int] | None:
        """The counts that the commit of `batch_id` stored, with its `version`; None: not committed."""
        if self._handle is None:
            return None
        version = self._handle.transaction_version(batch_id)
        if version is None:
            return None
        commit = self._handle.history(self._handle.version() - version + 1)[-1]
        if commit["version"] != version:
            raise RuntimeError(f"{self.schema.name}: commit {version} is missing from the log")
        return {**commit.get(METADATA_KEY, {}), "version": version}

    def commit(
        self,
        files: Sequence[NewFile],
        *,
        batch_id: str | None = None,
        metadata: dict[str, int] | None = None,
        remove: Sequence[DataFile] = (),
    ) -> int:
        """Make `files` part of the table for good and return the version; all or nothing.

        Files must be in the table's folder and synced. A table of an earlier release gets the columns that
        it lacks in a commit before. Raises CommitConflictError where somebody else committed since this
        snapshot was read.
        """
        self._widen()
        version = 0 if self.version is None else self.version + 1
        transactions = [Transaction(batch_id, version)] if batch_id else []
        properties = CommitProperties(
            custom_metadata={METADATA_KEY: metadata or {}},
            max_commit_retries=0,  # a retry would rebase on rows that the key check has not seen
            app_transactions=transactions,
        )
        actions = [_add(file, data_change=not remove) for file in files]
        sync_folder(self.folder)
        faults.reach("commit.files_synced")
        try:
            self._write(actions, remove, properties)
        except (CommitFailedError, DeltaError) as error:
            # An error may hide a commit that happened: look.
            seen = Snapshot.open(self.schema.name)
            if batch_id is None or seen.committed(batch_id) is None:
                raise CommitConflictError(f"{self.schema.name}: {error}") from error
        faults.reach("commit.written")
        self._make_durable(version)
        faults.reach("commit.durable")
        self._checkpoint(version)
        return version

    def unknown_columns(self) -> list[str]:
        """The columns of the table that this release does not know."""
        return sorted(self._stored_columns() - set(self.schema.arrow_schema.names))

    def _stored_columns(self) -> set[str]:
        fields = [] if self._handle is None else self._handle.schema().fields
        return {field.name for field in fields}

    def _widen(self) -> None:
        """Give a table that is there the columns that came with later releases; durable when it returns.

        A commit of its own, for the log's client cannot put schema and files into one. Nothing depends on
        what follows: a table that has a column and no file with it reads as before.
        """
        if self._handle is None or self.version is None:
            return
        stored = self._stored_columns()
        missing = [field for field in self.schema.arrow_schema if field.name not in stored]
        if not missing:
            return
        version = self.version + 1
        properties = CommitProperties(
            custom_metadata={METADATA_KEY: {"columns_added": len(missing)}}, max_commit_retries=0
        )
        try:
            self._handle.alter.add_columns(
                list(Schema.from_arrow(pa.schema(missing)).fields),
                commit_properties=properties,
                post_commithook_properties=_NO_HOOKS,
            )
        except (CommitFailedError, DeltaError) as error:
            raise CommitConflictError(f"{self.schema.name}: {error}") from error
        if self.version != version:
            raise CommitConflictError(f"{self.schema.name}: another writer was at version {version}")
        faults.reach("columns.written")
        self._make_durable(version)
        faults.reach("columns.durable")
        self._checkpoint(version)

    def _write(
        self, actions: list[AddAction], remove: Sequence[DataFile], properties: CommitProperties
    ) -> None:
        delta_schema = Schema.from_arrow(self.schema.arrow_schema)
        if self._handle is None:
            create_table_with_add_actions(
                str(self.folder),
                delta_schema,
                actions,
                mode="error",
                name=self.schema.name,
                configuration=CONFIGURATION,
                commit_properties=properties,
                post_commithook_properties=_NO_HOOKS,
            )
            return
        at_ms = int(clock.now().timestamp() * 1000)
        removed = [RemoveAction(file.path.name, False, at_ms, file.size) for file in remove]
        self._handle.create_write_transaction(
            [*actions, *removed],
            mode="append",
            schema=delta_schema,
            commit_properties=properties,
            post_commithook_properties=_NO_HOOKS,
        )

    def _make_durable(self, version: int) -> None:
        log = self.folder / "_delta_log"
        sync_file(log / f"{version:020d}.json")
        for folder in (log, self.folder, self.folder.parent):
            sync_folder(folder)

    def _checkpoint(self, version: int) -> None:
        if version == 0 or version % CHECKPOINT_EVERY:
            return
        DeltaTable(self.folder, version=version).create_checkpoint()
        log = self.folder / "_delta_log"
        for path in (*log.glob(f"{version:020d}.checkpoint*.parquet"), log / "_last_checkpoint"):
            sync_file(path)
        sync_folder(log)

    def _data_file(self, row: dict[str, Any]) -> DataFile:
        minimum = {name[4:]: value for name, value in row.items() if name.startswith("min.")}
        maximum = {name[4:]: value for name, value in row.items() if name.startswith("max.")}
        lacking = {name for name in self.schema.later if row.get(f"null_count.{name}") is None}
        return DataFile(
            path=self.folder / unquote(row["path"]),
            rows=row["num_records"],
            size=row["size_bytes"],
            revisions=maximum.get("revises") is not False,
            minimum=minimum,
            maximum=maximum,
            lacking=frozenset(lacking),
        )


def open_for_writing(table: str) -> Snapshot:
    """The newest version, settled: what a writer compares with is there for good. Hold the table's lease.

    Raises NewerTableError for a table with columns that this release does not know.
    """
    folder = lake_folder() / fact_table(table).name
    make_folder(folder)
    _settle(folder / "_delta_log")
    snapshot = Snapshot.open(table)
    if unknown := snapshot.unknown_columns():
        raise NewerTableError(f"{table}: a later release added {', '.join(unknown)}; run that one")
    return snapshot


def _settle(log: Path) -> None:
    """Sync the newest commit, whose writer may have died before doing so; all before it are synced.

    One that a power cut left half-written is set aside: it was never acknowledged, for that follows its sync.
    """
    commits = sorted(log.glob("[0-9]*.json"))
    if not commits:
        return
    newest = commits[-1]
    if _is_whole(newest):
        sync_file(newest)
    else:
        for torn in (*log.glob(f"{newest.stem}.checkpoint*"), newest):
            os.replace(torn, torn.with_name(torn.name + ".torn"))
    sync_folder(log)


def _is_whole(commit: Path) -> bool:
    lines = commit.read_text(encoding="utf-8", errors="replace").splitlines()
    try:
        return bool(lines) and all(isinstance(json.loads(line), dict) for line in lines)
    except ValueError:
        return False


def _add(file: NewFile, *, data_change: bool) -> AddAction:
    return AddAction(
        path=file.path.name,
        size=file.size,
        partition_values={},
        modification_time=int(file.path.stat().st_mtime * 1000),
        data_change=data_change,
        stats=json.dumps(
            {
                "numRecords": file.rows,
                "minValues": {name: _plain(value) for name, value in file.minimum.items()},
                "maxValues": {name: _plain(value) for name, value in file.maximum.items()},
                "nullCount": file.nulls,
            }
        ),
    )


def _plain(value: Any) -> Any:
    return (
        value.isoformat(timespec="microseconds").replace("+00:00", "Z")
        if isinstance(value, datetime)
        else value
    )
