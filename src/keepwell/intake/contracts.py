"""What the room takes and gives: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from keepwell.intake.errors import IntakeError

DateOrder = Literal["auto", "DMY", "MDY", "YMD"]
UnknownCustomers = Literal["create", "reject"]

__all__ = ["DateOrder", "FileReport", "ImportReport", "ImportView", "IntakeError", "Options", "TableCounts"]


@dataclass(frozen=True)
class Options:
    """How files are to be read; all of it is part of a batch's identity."""

    source: str | None = None
    date_order: DateOrder = "auto"
    currency: str | None = None
    unknown_customers: UnknownCustomers = "create"
    table: str | None = None
    time_zone: str = "UTC"
    country: str | None = None
    mapping: Mapping[str, Any] | None = None


@dataclass
class TableCounts:
    """`read` = `accepted` + `duplicate` + `rejected`; `corrected` of the accepted replace earlier facts."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    corrected: int = 0

    def add(self, other: TableCounts) -> None:
        """Add the counts of another file."""
        self.read += other.read
        self.accepted += other.accepted
        self.duplicate += other.duplicate
        self.rejected += other.rejected
        self.corrected += other.corrected

    def to_dict(self) -> dict[str, int]:
        """JSON for the report."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
            "corrected": self.corrected,
        }


@dataclass
class FileReport:
    """What was made of one file."""

    file: str
    status: str = "done"
    format: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    profile: str | None = None
    sheet: str | None = None
    source: str = ""
    date_order: str | None = None
    table: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    cleaned: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: IntakeError | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON for the report."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "error"}
        data["error"] = self.error.to_dict() if self.error else None
        return data


@dataclass
class ImportReport:
    """What one import did, or with `dry_run` would have done."""

    tables: dict[str, TableCounts] = field(default_factory=dict)
    files: list[FileReport] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    quarantine: Path | None = None
    dry_run: bool = False

    @property
    def failed(self) -> bool:
        """Whether a file could not be imported at all."""
        return any(file.error for file in self.files)

    @property
    def rejected(self) -> int:
        """Rows that went to quarantine."""
        return sum(counts.rejected for counts in self.tables.values())

    def counts(self, table: str) -> TableCounts:
        """The counts of one table, made at first use."""
        return self.tables.setdefault(table, TableCounts())

    def to_dict(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "tables": {name: counts.to_dict() for name, counts in sorted(self.tables.items())},
            "quarantine": str(self.quarantine) if self.quarantine else None,
            "files": [file.to_dict() for file in self.files],
            "notes": list(self.notes),
            "dry_run": self.dry_run,
            "failed": self.failed,
        }


@dataclass(frozen=True)
class ImportView:
    """One recorded import."""

    batch_id: str
    status: str
    source: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    files: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    error: str
