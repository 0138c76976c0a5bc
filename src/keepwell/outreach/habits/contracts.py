"""What habits give: shares, texts as they are read, hours of the week, proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

SPANS = (30, 90, 365)


@dataclass(frozen=True)
class Share:
    """`events` of `units` with a 95 % interval."""

    events: int
    units: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 of nothing."""
        return self.events / self.units if self.units else 0.0


@dataclass(frozen=True)
class Difference:
    """How much one share is greater than another; the interval is right for all `compared` together."""

    value: float
    low: float
    high: float
    compared: int


@dataclass(frozen=True)
class TextRead:
    """How one text went on one channel: a wording in one language for one kind of reader.

    `text_id` is None, and the version unknown, where messages were not made of a stored text or went before
    that was noted. `opened` is the share of those of which openings could be told, by people; `untold`
    arrived where openings are not followed, `unnoted` where nobody noted whether they are.
    """

    content: str
    name: str
    kind: str
    channel: str
    text_id: int | None
    version: int | None
    language: str
    reader: str
    subject: str
    is_in_use: bool
    sent: int
    arrived: int
    confirmed: int
    opened: Share
    clicked: Share
    answered: Share
    unsubscribed: Share
    complained: Share
    untold: int
    unnoted: int


@dataclass(frozen=True)
class MonthRead:
    """All texts of one content in a month."""

    month: date
    arrived: int
    opened: Share
    clicked: Share


@dataclass(frozen=True)
class Delays:
    """How soon what was opened was opened first: the share within so many hours, and the middle span."""

    opened: int
    within: Sequence[tuple[int, Share]]
    half_hours: int | None  # the first of the spans within which half of them were; None: later


@dataclass(frozen=True)
class Hour:
    """How often something was done in one hour of the week; Monday is 0."""

    weekday: int
    hour: int
    what: str
    channel: str
    count: int


class Kind(StrEnum):
    """What a proposal would change."""

    CHANNELS = "channels"  # the order of channels of a stage of life
    LIMIT = "limit"  # how often a stage of life is written to
    CONTENT = "content"  # which of two texts is taken


class State(StrEnum):
    """Where a proposal is."""

    OPEN = "open"
    DONE = "done"
    UNDONE = "undone"
    DISMISSED = "dismissed"
    PAST = "past"  # the evidence no longer says so


@dataclass(frozen=True)
class Finding:
    """Something that the evidence says clearly; `key` is the same for the same change.

    `rests_on` is what the rule said of all that would change when this was found.
    """

    key: str
    kind: Kind
    subject: str
    change: Mapping[str, Any]
    evidence: Mapping[str, Any]
    rests_on: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProposalView:
    """A proposal with what was done about it; `before` is what it rests on, and what undoing brings back."""

    proposal_id: int
    kind: Kind
    subject: str
    change: Mapping[str, Any]
    evidence: Mapping[str, Any]
    state: State
    found_at: datetime
    decided_at: datetime | None
    decided_by: str
    reason: str
    before: Mapping[str, Any] = field(default_factory=dict)
    made: str = ""  # what was drafted, by its number


class ProposalError(ValueError):
    """A proposal that cannot be carried out; `code` goes into words by `labels.PROBLEM`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
