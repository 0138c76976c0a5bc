"""What the journey map takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

ACTOR = "journey map"
SPANS = (30, 90, 365)
SEVERITIES = (1, 2, 3)
FEELINGS = (-2, -1, 0, 1, 2)


class Remedy(StrEnum):
    """What is kept ready for a friction."""

    JOURNEY = "journey"
    TASK = "task"
    MESSAGE = "message"


class Outcome(StrEnum):
    """What was done when somebody met a friction."""

    STARTED = "started"
    COMPLAINED = "complained"  # had complained by then: somebody is at it
    LATELY = "lately"  # got the same remedy not long ago
    OTHERS = "others"  # not one of those whom the remedy is for
    FAILED = "failed"


class MapError(ValueError):
    """Something that the map refuses: what is wrong by field, in words."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in wrong.items()))
        self.wrong = dict(wrong)


@dataclass(frozen=True)
class Figures:
    """What the facts say of a touchpoint in a span of days.

    `contacts` meetings of `customers` different people; `tickets` and `complaints`: how many of them
    opened one within two weeks of their first meeting; `score` from 0 to 1 of the `answers` given in that
    time. Of the `early` ones, who met it long enough before the end, `bought` ordered within 30 days; `lift`
    is their share divided by that of everybody seen anywhere on the map: an association, no effect.
    """

    contacts: int = 0
    customers: int = 0
    tickets: int = 0
    complaints: int = 0
    score: float | None = None
    answers: int = 0
    early: int = 0
    bought: int = 0
    lift: float | None = None


@dataclass(frozen=True)
class StageFigures:
    """How many customers were seen at a stage, and of those with time enough, how many went on."""

    customers: int = 0
    early: int = 0  # seen early enough in the span to have gone on within it
    went_on: int = 0

    @property
    def drop_off(self) -> float | None:
        """The share of the early ones who did not come to the next stage; None without any."""
        return 1 - self.went_on / self.early if self.early else None


@dataclass(frozen=True)
class Evidence:
    """How often a friction was met, by how many, and how many of them complained afterwards.

    `hours_to_complaint` is the median from the meeting to the complaint: the time that a remedy has.
    """

    met: int = 0
    customers: int = 0
    complained: int = 0
    hours_to_complaint: float | None = None


@dataclass(frozen=True)
class FrictionView:
    """A friction and its remedy; `evidence` None: not measured yet."""

    friction_id: int
    code: str
    touchpoint_id: int
    name: str
    severity: int
    owner_id: int | None
    fact: Mapping[str, Any]
    unless: Mapping[str, Any]
    within_hours: int
    segment: int | None
    remedy: str
    remedy_code: str
    remedy_purpose: str
    task_channel: str
    task_words: str
    due_hours: int
    again_days: int
    is_on: bool
    on_at: datetime | None
    on_by: str
    looked_at: datetime | None
    error: str
    evidence: Evidence | None = None
    outcomes: Mapping[str, int] | None = None


@dataclass(frozen=True)
class TouchpointView:
    """A touchpoint; `mood` from -1 to 1, `is_measured` where surveys say it and not people's own idea."""

    touchpoint_id: int
    code: str
    stage_id: int
    name: str
    channel: str
    group: str
    owner_id: int | None
    fact: Mapping[str, Any]
    feeling: int | None
    position: int
    note: str
    frictions: tuple[FrictionView, ...] = ()
    figures: Figures | None = None
    mood: float | None = None
    is_measured: bool = False


@dataclass(frozen=True)
class StageView:
    """A stage with its touchpoints."""

    stage_id: int
    code: str
    name: str
    position: int
    touchpoints: tuple[TouchpointView, ...] = ()
    figures: StageFigures | None = None
    mood: float | None = None
    is_measured: bool = False


@dataclass(frozen=True)
class MapView:
    """The whole map, with the figures of the `days` up to `until`; None: not measured yet."""

    stages: tuple[StageView, ...]
    days: int
    until: datetime | None = None
    made_at: datetime | None = None


@dataclass(frozen=True)
class DryCount:
    """What a remedy would have done in the days before `until`: `would_start` for so many customers.

    `complained` of those who met it complained afterwards, `beforehand` of these only after the remedy would
    have begun.
    """

    until: datetime
    days: int
    met: int
    customers: int
    would_start: int
    complained_first: int
    lately: int
    others: int
    complained: int
    beforehand: int
    hours_to_complaint: float | None


@dataclass(frozen=True)
class Looked:
    """What one round over the remedies that are on did."""

    started: int = 0
    passed: int = 0
    failed: int = 0
