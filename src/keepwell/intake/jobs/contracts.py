"""What the part takes and gives: frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Upload:
    """One uploaded file of a job. `table` and `columns` (ours -> theirs) are empty where Keepwell decides."""

    name: str
    place: str  # below the job's folder
    size_bytes: int
    table: str = ""
    columns: Mapping[str, str] | None = None
    remembered: bool = False  # the mapping is that of the last file with these columns


@dataclass(frozen=True)
class TableSeen:
    """One table of a file as it is recognised; `rows` are the first ones, as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    format: str
    encoding: str
    delimiter: str
    sheet: str
    table: str
    profile: str
    placed: Mapping[str, str]  # ours -> theirs
    notes: tuple[str, ...]
    error: str


@dataclass(frozen=True)
class JobView:
    """One job; `report` as `ImportReport.to_dict` gives it."""

    job_id: int
    task: str
    status: str
    actor: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    files: tuple[Upload, ...]
    options: Mapping[str, Any]
    progress: Mapping[str, Any]
    report: Mapping[str, Any]
    quarantine: Sequence[str]
    error: str
    attempts: int

    @property
    def is_under_way(self) -> bool:
        """Whether it waits for the worker or runs."""
        return self.status in ("waiting", "running")

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Rows read, accepted, known and rejected by table."""
        found: Mapping[str, Mapping[str, int]] = self.report.get("tables", {})
        return found

    @property
    def rejected(self) -> int:
        """How many rows were rejected, or would be."""
        return sum(counts["rejected"] for counts in self.counts.values())

    @property
    def failed_files(self) -> int:
        """How many files could not be read."""
        return sum(1 for file in self.report.get("files", ()) if file.get("error"))
