"""What history answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


class LakeBusyError(RuntimeError):
    """Another writer held the table for longer than this one was willing to wait."""


@dataclass(frozen=True)
class AppendResult:
    """One batch: `read` rows of which `accepted` are new facts or revisions, `corrected` of them
    revisions of earlier facts, and `duplicate` were known already. `version` is the table's.
    """

    version: int
    read: int
    accepted: int
    duplicate: int
    corrected: int


@dataclass(frozen=True)
class FlushResult:
    """What went from the outbox to the lake."""

    batches: int
    accepted: int
    duplicate: int
    corrected: int


@dataclass(frozen=True)
class CompactResult:
    """How many files the table had and has, and how many rows were written anew."""

    table: str
    version: int
    files_before: int
    files_after: int
    rows_rewritten: int


@dataclass(frozen=True)
class TidyResult:
    """Files that nothing refers to any more, removed."""

    table: str
    files: int
    bytes: int


@dataclass(frozen=True)
class RewriteResult:
    """Facts of a person put under another number: rows, files written anew, old files removed."""

    table: str
    rows: int
    files: int
    files_removed: int

    def plus(self, other: RewriteResult) -> RewriteResult:
        """Both together."""
        return RewriteResult(
            self.table,
            self.rows + other.rows,
            self.files + other.files,
            self.files_removed + other.files_removed,
        )


@dataclass(frozen=True)
class TimelineFact:
    """One fact of one customer: `at` is the table's time, or when it was recorded where it has none."""

    table: str
    key: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class LakeFile:
    """One file of a table: its name below the table's folder, where it lies, its size in bytes."""

    name: str
    path: Path
    size: int


@dataclass(frozen=True)
class LiveFact:
    """A fact that is in the lake now and may set something in motion."""

    table: str
    key: str
    customer_id: str
    data: dict[str, Any]
    source: str
    recorded_at: datetime
