"""Notes, files and promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

NOTE_KINDS = ("service", "call", "visit", "chat", "interview", "travel", "difficulty", "other")
URGENCIES = ("low", "normal", "high")
NOTE_FIELDS = ("explicit_need", "implicit_need", "preference", "urgency", "emotion")
PROMISE_STATUSES = ("open", "kept", "broken")


@dataclass(frozen=True)
class NoteView:
    """A note; `fields` holds those of NOTE_FIELDS that say something."""

    note_id: int
    customer_id: str
    kind: str
    at: datetime
    text: str
    fields: Mapping[str, str]
    is_sensitive: bool
    source: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class AttachmentView:
    """A file of a customer, without its bytes."""

    attachment_id: int
    customer_id: str
    name: str
    content_type: str
    size_bytes: int
    is_sensitive: bool
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class PromiseView:
    """What was promised to a customer; `status` is open, kept or broken."""

    promise_id: int
    customer_id: str
    what: str
    due_at: datetime
    owner_id: int
    owner: str
    status: str
    made_at: datetime
    made_by: str
    closed_at: datetime | None
    closed_by: str
    reason: str
    remedy: str
    source: str = ""
    updated_at: datetime | None = None
    updated_by: str = ""

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open and its time is over."""
        return self.status == "open" and self.due_at < now


@dataclass(frozen=True)
class PromiseReport:
    """Promises of one owner that ended in a period, and those still open."""

    owner_id: int
    owner: str
    kept: int
    broken: int
    open: int
    overdue: int

    @property
    def kept_share(self) -> float | None:
        """Kept of those that ended, 0 to 1; None where none ended."""
        ended = self.kept + self.broken
        return self.kept / ended if ended else None
