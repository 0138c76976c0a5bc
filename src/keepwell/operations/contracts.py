"""What operations answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

Progress = Callable[[str, float, int], None]
"""Called with (step, share done 0 to 1, rows so far)."""


class BackupError(RuntimeError):
    """A backup could not be made, read or restored; the message says why."""


class UnwellError(Exception):
    """A check found something broken: what, and what to do."""


class NoteError(Exception):
    """A check found something worth knowing; nothing is broken."""


@dataclass(frozen=True)
class BackupView:
    """One backup: where it is, the instant that it holds, and what is in it."""

    path: Path
    taken_at: datetime
    size_bytes: int
    version: str  # of Keepwell
    state: str  # sqlite or postgresql
    rows: int  # of all tables of the state
    lake: dict[str, int]  # Delta version of each fact table
    keys: str  # "sealed" or "left out"
    seconds: float = 0.0


@dataclass(frozen=True)
class RestoreView:
    """What a restore did."""

    home: Path
    backup: BackupView
    facts: dict[str, int]
    after: dict[str, str] = field(default_factory=dict)  # what each registered hook said


@dataclass(frozen=True)
class RestoredHome:
    """What hooks that run after a restore are told: the new home, and what its content is as of."""

    root: Path
    taken_at: datetime


@dataclass(frozen=True)
class WorkerView:
    """One worker process, as its last sign of life described it."""

    name: str
    seen_at: datetime
    job: str  # what it is doing; "" while it waits
    job_since: datetime | None
