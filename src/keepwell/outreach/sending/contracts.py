"""What sending takes and gives: drafts, messages, what a round of work did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    HELD = "held"  # until somebody lets it go
    SENDING = "sending"
    HANDED = "handed"  # a member of staff has it and must confirm
    SENT = "sent"
    WITHHELD = "withheld"  # the policy did not allow it
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have been taken; a person or a receipt must say
    TAKEN_BACK = "taken_back"


OVER = (Status.SENT, Status.WITHHELD, Status.FAILED, Status.TAKEN_BACK)


@dataclass(frozen=True)
class AccountView:
    """An account at a provider; `values` without secrets, of which `secrets` says the names that are set."""

    account_id: int
    provider: str
    channel: str
    name: str
    token: str
    active: bool
    values: Mapping[str, str]
    secrets: tuple[str, ...]
    outages: int
    paused_until: datetime | None
    stopped_at: datetime | None
    stopped_reason: str
    last_error: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class Recipe:
    """Words that are made when the message goes: a text of the content, its brand, what is filled in."""

    text_id: int
    brand_version: int
    values: Mapping[str, Any]
    products: tuple[str, ...] = ()  # what it recommends, by number, in the order of the text


@dataclass(frozen=True)
class Sender:
    """In whose name a message goes: `name` as it stands in the From line, `signed` below a short message.

    Answers by e-mail go to `reply_to`; the address that it is sent from stays the house's.
    """

    user_id: int
    name: str
    signed: str
    reply_to: str = ""


@dataclass(frozen=True)
class Draft:
    """A message that is to be queued; `key` is the same for the same message, however often it is queued.

    Its words are given, or `recipe` says how they are made. In a play, `arm` of `play` is what the customer
    was dealt, with the probability `propensity`.
    """

    key: str
    customer_id: str
    channel: str
    purpose: str
    subject: str = ""
    text: str = ""
    html: str = ""
    language: str = ""
    content: str = ""
    priority: int = 50
    urgent: bool = False
    due_at: datetime | None = None
    not_after: datetime | None = None
    origin: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    recipe: Recipe | None = None
    play: str = ""
    arm: str = ""
    propensity: float | None = None
    sender: Sender | None = None  # None: the house
    person_id: int | None = None  # somebody at the company, to whose address it goes; None: the customer's


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
    standing: str
    subject: str
    text: str
    html: str
    language: str
    due_at: datetime
    tries: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    sender: Sender | None = None


@dataclass(frozen=True)
class Outcomes:
    """What became of the messages of one origin; `reasons` of those withheld or failed, with the status."""

    statuses: Mapping[str, int]
    standings: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]


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


@dataclass(frozen=True)
class Written:
    """Something that a customer wrote to us, in their own words."""

    channel: str
    at: datetime
    text: str
