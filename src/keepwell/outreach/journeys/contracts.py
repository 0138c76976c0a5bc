"""What journeys take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from keepwell.outreach.journeys.core.checks import Finding, Severity
from keepwell.outreach.journeys.core.reading import DefinitionError

__all__ = [
    "ACTOR",
    "RUNNING",
    "SPANS",
    "DefinitionError",
    "Drawn",
    "DryRun",
    "Entrant",
    "FestivalView",
    "Finding",
    "JourneyError",
    "JourneyView",
    "Severity",
    "Statistics",
    "Status",
    "StepStatistics",
    "Stop",
    "TravellerView",
    "TrialStatus",
    "TrialView",
    "VersionStatus",
    "VersionView",
    "Worked",
]

# Of facts: what a journey asks of the shop's system; what it answers, with the subject "REQUEST:accepted" or
# "REQUEST:refused".
REQUEST_TYPE, ANSWER_TYPE = "system_request", "system_answer"
ACTOR = "journeys"
SPANS = (30, 90, 365)  # days that a dry run may look back over


class Status(StrEnum):
    """Where a journey is."""

    DRAFT = "draft"  # was never on
    ON = "on"
    PAUSED = "paused"  # nobody comes in and nobody moves
    CLOSING = "closing"  # nobody comes in; who is inside finishes
    OFF = "off"


RUNNING = (Status.ON, Status.CLOSING)


class VersionStatus(StrEnum):
    """Where a version is."""

    DRAFT = "draft"
    APPROVED = "approved"
    ON = "on"  # people come into this one
    FINISHING = "finishing"  # a later one is on, or none; who is inside goes on
    RETIRED = "retired"


class JourneyError(ValueError):
    """Something that journeys refuse; `code` and `figures` are put into words by `labels.problem`."""

    def __init__(self, code: str, /, **figures: Any) -> None:
        super().__init__(code)
        self.code = code
        self.figures = figures

    def __str__(self) -> str:
        detail = ", ".join(f"{name}={value}" for name, value in self.figures.items())
        return f"{self.code} {detail}".strip()


@dataclass(frozen=True)
class Entrant:
    """Somebody who is to come in: `key` names the cause, the same however often it is told.

    `at` is when it happened, or when their day begins; it may lie ahead.
    """

    customer_id: str
    key: str
    at: datetime


@dataclass(frozen=True)
class VersionView:
    """One version of a journey."""

    version_id: int
    number: int
    status: VersionStatus
    revision: int
    definition: Mapping[str, Any]
    updated_at: datetime
    updated_by: str
    approved_at: datetime | None
    approved_by: str
    on_at: datetime | None
    on_by: str


@dataclass(frozen=True)
class JourneyView:
    """A journey; `inside` people now, `entered` and `reached` (the goal) so far, over all versions."""

    journey_id: int
    code: str
    name: str
    description: str
    status: Status
    is_own: bool
    error: str
    created_at: datetime
    updated_at: datetime
    updated_by: str
    on: VersionView | None = None
    draft: VersionView | None = None
    inside: int = 0
    entered: int = 0
    reached: int = 0


@dataclass(frozen=True)
class Drawn:
    """The change that would be taken back, and the one that would be made again; None: there is none."""

    undo: str | None
    redo: str | None


@dataclass(frozen=True)
class StepStatistics:
    """One step of a version: `waiting` now; `counts` by what happened (entered, left, queued, arm:…).

    `ways`: how many took each of its ways, by slot (next, otherwise, case.0, arm.0).
    """

    step: str
    waiting: int
    counts: Mapping[str, int]
    ways: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Statistics:
    """One version: people who came in, how their passages ended, and every step."""

    version: int
    entered: int
    inside: int
    outcomes: Mapping[str, int]
    steps: tuple[StepStatistics, ...]
    messages: Mapping[str, int] = field(default_factory=dict)  # status of the journey's messages
    control: int = 0  # people who were kept as control when this version was on


@dataclass(frozen=True)
class Stop:
    """One step of somebody's passage: when they came to it."""

    step: str
    at: datetime


@dataclass(frozen=True)
class TravellerView:
    """One passage of one customer."""

    traveller_id: int
    journey_id: int
    journey: str
    version: int
    customer_id: str
    step: str
    visit: int
    entered_at: datetime
    since: datetime
    wake_at: datetime | None
    waits_for: str
    arms: Mapping[str, tuple[str, float]]
    ended_at: datetime | None
    outcome: str
    trail: tuple[Stop, ...] = ()  # the steps that they came to, at most the last hundred


@dataclass(frozen=True)
class DryRun:
    """What a journey would have done with the history: `people` reached at least one action.

    `entries` came in; `steps` count what would have happened by step, `outcomes` how it would have ended
    (inside: not over at the end of the span). `consenting` of those who would have been written to allow it
    now. Segments and fields are those of today, the past of them is not kept.
    """

    since: datetime
    until: datetime
    candidates: int
    entries: int
    people: int
    outcomes: Mapping[str, int]
    steps: Mapping[str, Mapping[str, int]]
    written_to: int = 0
    consenting: int | None = None
    ways: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by step and slot
    control: int = 0  # people who would have been kept as control


class TrialStatus(StrEnum):
    """How far a dry run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class TrialView:
    """A dry run that somebody asked for; `share` (0 to 1) of it is done, `found` once it is over."""

    trial_id: int
    journey_id: int
    days: int
    status: TrialStatus
    share: float
    definition: Mapping[str, Any]
    found: DryRun | None
    error: str
    asked_at: datetime
    asked_by: str

    @property
    def is_under_way(self) -> bool:
        """Whether it waits for the worker or runs."""
        return self.status in (TrialStatus.WAITING, TrialStatus.RUNNING)


@dataclass(frozen=True)
class FestivalView:
    """A festival's day; `on` None: not kept."""

    country: str
    year: int
    code: str
    on: date | None
    source: str
    name: str = ""  # of a day of the shop's own


@dataclass(frozen=True)
class Worked:
    """What one round of work did."""

    entered: int = 0
    moved: int = 0
    failed: int = 0  # journeys that could not go on
