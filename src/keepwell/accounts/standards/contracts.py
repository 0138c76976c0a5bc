"""What the register holds: kinds of records and what each says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of record it is."""

    MANUAL = "manual"  # of a touchpoint: steps, quality standard, response time
    STANDARD = "standard"  # of a service: goal, process, norm, quality control
    MEETING = "meeting"  # of the customer experience committee
    DUTY = "duty"  # of a department in a process
    REPORT = "report"  # of cooperation between departments
    PROBLEM = "problem"  # of a customer, over departments, until it is solved
    CASE = "case"  # best practice or failure
    TRAINING = "training"
    CHECKLIST = "checklist"  # for pressure and emotion
    BENCHMARK = "benchmark"  # what a competitor does and customers expect, and where we stand
    LAW = "law"  # a law or standard of the industry that applies


# The texts that each kind has, the first one required.
TEXTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.MANUAL: ("steps", "quality_standard", "response_time"),
    Kind.STANDARD: ("goal", "process", "norm", "quality_control"),
    Kind.MEETING: ("decisions", "members", "agenda"),
    Kind.DUTY: ("process", "department", "duty"),
    Kind.REPORT: ("report", "departments", "next_steps"),
    Kind.PROBLEM: ("problem", "departments", "next_steps", "solution"),
    Kind.CASE: ("what_happened", "blind_spots", "cooperation_gaps", "prevention"),
    Kind.TRAINING: ("content", "people", "result"),
    Kind.CHECKLIST: ("steps",),
    Kind.BENCHMARK: (
        "competitor",
        "service_strategy",
        "best_practice",
        "customer_expectation",
        "own_position",
        "seen_in",
    ),
    Kind.LAW: ("requirement", "applies_to", "how_met"),
}
# Kinds that are open until somebody closes them.
CLOSED_BY_HAND = frozenset({Kind.PROBLEM, Kind.LAW})


@dataclass(frozen=True)
class RecordView:
    """One record."""

    record_id: int
    kind: Kind
    title: str
    texts: Mapping[str, str]
    on: date | None
    due_on: date | None
    is_open: bool
    version: int
    changed_by: str
    changed_at: datetime
