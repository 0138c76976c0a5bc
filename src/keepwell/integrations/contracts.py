"""What the room takes and gives: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from keepwell.foundation.addresses import AddressError as AddressError


class EventType(StrEnum):
    """What an address outside can be told of."""

    SCORE_AT_RISK = "score.at_risk"
    SEGMENT_ENTERED = "segment.entered"
    SEGMENT_LEFT = "segment.left"
    TASK_COMPLETED = "task.completed"
    CUSTOMER_UPDATED = "customer.updated"
    ORDER_RECORDED = "order.recorded"
    IMPORT_FINISHED = "import.finished"
    JOURNEY_REQUEST = "journey.request"
    PING = "ping"


MAIL_SOURCE = "mail"  # of attachments that are archived e-mails
MAIL_REFUSALS: Mapping[str, str] = {
    "empty": "it is empty",
    "too_large": "it is larger than 20 MB",
    "headers_too_large": "its headers are larger than 128 KiB",
    "no_headers": "it is no e-mail: it has no headers",
    "no_sender": "it is no e-mail: nobody sent it",
    "too_many_addresses": "it is a mailing: it has more than 200 addresses",
}


class MessageError(ValueError):
    """A tracking message that cannot be taken; `code` is for programs, the text for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class MailError(ValueError):
    """An e-mail that cannot be archived; `code` says why, see `MAIL_REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(MAIL_REFUSALS[code])
        self.code = code


@dataclass(frozen=True)
class Received:
    """What became of a batch of messages."""

    accepted: int
    duplicate: int
    rejected: int


@dataclass(frozen=True)
class DeadLetterView:
    """A refused message; `payload` as it came, only where asked for."""

    id: int
    received_at: datetime
    source: str
    type: str
    code: str
    reason: str
    status: str
    attempts: int
    settled_at: datetime | None
    settled_by: str
    payload: str = ""


@dataclass(frozen=True)
class EndpointView:
    """An address that is told of events; the secret is shown on request only."""

    endpoint_id: str
    url: str
    description: str
    event_types: tuple[str, ...]
    active: bool
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    created_at: datetime
    created_by: str
    updated_at: datetime


@dataclass(frozen=True)
class DeliveryView:
    """One event on its way to one address."""

    delivery_id: str
    endpoint_id: str
    event_type: str
    created_at: datetime
    status: str
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str
    delivered_at: datetime | None
    payload: Mapping[str, Any]


class Direction(StrEnum):
    """Who wrote: the customer, or somebody of the company."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class MailOutcome(StrEnum):
    """What became of an e-mail that was read."""

    ARCHIVED = "archived"
    ALREADY_THERE = "already_there"
    NOBODYS = "nobodys"  # exchanged with nobody known; not kept
    TOLD = "told"  # a server's report on a message of ours: that is kept, the mail is not
    AUTOMATIC = "automatic"  # no person wrote it; not kept
    REFUSED = "refused"


@dataclass(frozen=True)
class MailReading:
    """What became of one e-mail; `place` is its file, and `#` its number where that holds several."""

    place: str
    outcome: MailOutcome
    records: int = 0  # customers on whose record it was put
    reason: str = ""


@dataclass(frozen=True)
class MailView:
    """An archived e-mail of a customer; its words lie in the attachment."""

    attachment_id: int
    fact_key: str
    direction: Direction
    sent_at: datetime


@dataclass(frozen=True)
class OpenedMail:
    """An e-mail as text: addresses masked, `files` by name; `is_cut` where more stands in the message."""

    text: str
    files: tuple[str, ...]
    is_cut: bool = False
    subject: str = ""
    sent_at: datetime | None = None
    senders: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
