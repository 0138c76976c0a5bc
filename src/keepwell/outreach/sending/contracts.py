"""What sending takes and gives: drafts, messages, what a round of work did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    WITHHELD = "withheld"  # the policy did not allow it
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have been taken; a person or a receipt must say
    TAKEN_BACK = "taken_back"


OVER = (Status.SENT, Status.WITHHELD, Status.FAILED, Status.TAKEN_BACK)


@dataclass(frozen=True)
class Draft:
    """A message that is to be queued; `key` is the same for the same message, however often it is queued."""

    key: str
    customer_id: str
    channel: str
    purpose: str
    subject: str
    text: str
    html: str = ""
    language: str = ""
    content: str = ""
    priority: int = 50
    urgent: bool = False
    due_at: datetime | None = None
    not_after: datetime | None = None
    origin: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MessageView:
    """One message; its words are opened from their seal."""

    message_id: str
    customer_id: str
    channel: str
    purpose: str
    content: str
    origin: str
    status: Status
    reason: str
    subject: str
    text: str
    language: str
    due_at: datetime
    tries: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None


@dataclass(frozen=True)
class Round:
    """What one round of work did, by message."""

    claimed: int = 0
    sent: int = 0
    withheld: int = 0
    later: int = 0
    failed: int = 0
    unknown: int = 0
    recovered: int = 0
