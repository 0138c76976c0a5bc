"""What the room takes and gives: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What an address outside can be told of."""

    SCORE_AT_RISK = "score.at_risk"
    SEGMENT_ENTERED = "segment.entered"
    SEGMENT_LEFT = "segment.left"
    TASK_COMPLETED = "task.completed"
    CUSTOMER_UPDATED = "customer.updated"
    ORDER_RECORDED = "order.recorded"
    IMPORT_FINISHED = "import.finished"
    PING = "ping"


class MessageError(ValueError):
    """A tracking message that cannot be taken; `code` is for programs, the text for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class AddressError(ValueError):
    """An address that must not be called."""


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
