"""What plays take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from keepwell.plays.experiments.ways import ArmWay

CONTROL = "control"  # key of the control's arm
CONTROL_SHARE = 0.2
CONTROL_SHARE_MIN = 0.05
OUTCOME_DAYS = 60
PAST_DAYS = 365
ARMS_MAX = 6
DAYS_MAX = 730
NAME_MAX = 120


class Status(StrEnum):
    """Where a play is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    STARTING = "starting"  # members are being found and dealt out
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    STOPPED = "stopped"


LIVE = (Status.STARTING, Status.RUNNING, Status.PAUSED)
OVER = (Status.ENDED, Status.STOPPED)


class Primary(StrEnum):
    """What a play is to better, first of all."""

    RETENTION = "retention"
    REVENUE = "revenue"
    MARGIN = "margin"
    SATISFACTION = "satisfaction"
    CONVERSION = "conversion"
    SOLVING = "solving_time"


class ArmKind(StrEnum):
    """How an arm's treatment comes to its members."""

    NOTHING = "nothing"
    MESSAGE = "message"
    TASK = "task"


class State(StrEnum):
    """How far a member's contact has come."""

    PLANNED = "planned"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    ANSWERED = "answered"
    WITHHELD = "withheld"
    FAILED = "failed"


# Contacts that took place.
REACHED = (State.SENT, State.DELIVERED, State.OPENED, State.CLICKED, State.ANSWERED)


class Passed(StrEnum):
    """Why somebody of a segment or plan was not dealt out."""

    HOLDOUT = "holdout"
    OTHER_PLAY = "other_play"
    GRADE_LIMIT = "grade_limit"
    NO_ROOM = "no_room"  # the budget or a capacity has no place for more; drawn by lot
    UNKNOWN = "unknown"  # no such customer any more
    NO_ADDRESS = "no_address"  # for a channel of an arm; where the contact policy refuses, its cause is kept


class PlayError(ValueError):
    """Something that plays refuse: problems by field, each a code for `labels.PROBLEM`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class ArmValues:
    """What an arm that is treated says. Shares of the treated follow from weights."""

    name: str
    kind: str = ArmKind.MESSAGE
    weight: float = 1.0
    treatment_code: str = ""
    text_code: str = ""
    channel: str = ""
    task_kind: str = ""
    script_code: str = ""
    offer: str = ""
    hour: int | None = None
    unit_cost: Decimal | None = None  # None: as the treatment costs
    others: tuple[WayValues, ...] = ()
    best_hour: bool = False
    from_manager: bool = False


@dataclass(frozen=True)
class WayValues:
    """A further channel of an arm with its text, what a contact costs by it and whose capacity it takes."""

    channel: str
    text_code: str
    unit_cost: Decimal | None = None  # None: as the treatment costs, or the arm
    treatment_code: str = ""  # "" = the arm's


@dataclass(frozen=True)
class PlayValues:
    """What a play says; `arms` without the control, which is there by itself unless its share is 0."""

    name: str
    starts_on: date
    ends_on: date
    arms: tuple[ArmValues, ...]
    segment_id: int | None = None
    plan_id: int | None = None
    plan_treatment: str = ""
    code: str = ""  # "" = made of the name
    hypothesis: str = ""
    owner_id: int | None = None
    budget: Decimal | None = None
    outcome_days: int = OUTCOME_DAYS
    control_share: float = CONTROL_SHARE
    no_control_reason: str = ""
    primary: str = Primary.RETENTION
    smallest_effect: float | None = None


@dataclass(frozen=True)
class ArmView:
    """One arm; `share` of all members who are dealt out, which is their propensity."""

    key: str
    name: str
    is_control: bool
    weight: float
    share: float
    treatment_code: str
    kind: ArmKind
    text_code: str
    text_version: int | None
    channel: str
    task_kind: str
    script_code: str
    offer: str
    hour: int | None
    unit_cost: Decimal
    others: tuple[ArmWay, ...] = ()
    best_hour: bool = False
    from_manager: bool = False

    @property
    def ways(self) -> tuple[ArmWay, ...]:
        """Every way by which its messages may go, its own first."""
        own = ArmWay(self.channel, self.text_code, self.text_version, self.unit_cost, self.treatment_code)
        return (own, *self.others)


@dataclass(frozen=True)
class PlayView:
    """One play. `started_at` is when its members were dealt out, None before; the control's arm is first."""

    play_id: int
    code: str
    name: str
    hypothesis: str
    segment_id: int | None
    plan_id: int | None
    plan_treatment: str
    status: Status
    owner_id: int | None
    budget: Decimal | None
    currency: str
    starts_on: date
    ends_on: date
    outcome_days: int
    past_days: int
    control_share: float
    no_control_reason: str
    primary: Primary
    smallest_effect: float | None
    planned_units: int
    salt: str
    version: int
    arms: tuple[ArmView, ...]
    created_at: datetime
    created_by: str
    changed_by: str
    submitted_at: datetime | None
    submitted_by: str
    decided_at: datetime | None
    approved_by: str
    refusal: str
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    cycle_id: str
    rolled_out_arm: str
    rolled_out_at: datetime | None

    @property
    def origin(self) -> str:
        """How its messages say where they come from."""
        return f"play:{self.play_id}"

    @property
    def control(self) -> ArmView | None:
        """The control's arm; None in a play without."""
        return next((one for one in self.arms if one.is_control), None)

    @property
    def treated(self) -> tuple[ArmView, ...]:
        """The arms that are treated."""
        return tuple(one for one in self.arms if not one.is_control)

    def arm(self, key: str) -> ArmView:
        """One of its arms; raises KeyError."""
        for one in self.arms:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True)
class MemberView:
    """Somebody in a play."""

    customer_id: str
    arm: str
    propensity: float
    assigned_at: datetime
    tier: str
    reason: str
    risk_level: str
    grade: str
    owner_id: int | None
    clv: Decimal
    cost: Decimal
    state: State
    cause: str
    acted_at: datetime | None
    message_id: str
    task_id: int | None


@dataclass(frozen=True)
class ArmCount:
    """How far one arm is: members by state, and what they cost so far."""

    key: str
    members: int
    states: Mapping[str, int]
    cost: Decimal
    channels: Mapping[str, int] = field(default_factory=dict)  # contacts by channel, of an arm with several

    @property
    def reached(self) -> int:
        """How many contacts took place."""
        return sum(self.states.get(one, 0) for one in REACHED)


@dataclass(frozen=True)
class PlayCounts:
    """How far a play is."""

    members: int
    spent: Decimal
    arms: Mapping[str, ArmCount]
    passed: Mapping[str, int]
    causes: Mapping[str, int] = field(default_factory=dict)  # withheld and failed, without the control


@dataclass(frozen=True, eq=False)
class Units:
    """Everybody dealt out in a play, as arrays (n,) for reading, in the order of customer numbers.

    Attributes:
        customer_id: (n,) object.
        arm: (n,) int64, index into `arms`; where there is a control it is 0.
        arms: keys.
        propensity: (n,) with which each came into the arm it is in.
        assigned_at: (n,) datetime64[us], UTC.
        strata: (n,) object, "tier/risk level".
        tier, risk_level, reason: (n,) object.
        clv: (n,) money.
        covariates: name to (n,): past_orders, past_revenue, past_margin, past_satisfaction (NaN: not asked).
        cost: (n,) money spent so far.

    """

    customer_id: NDArray[np.object_]
    arm: NDArray[np.int64]
    arms: tuple[str, ...]
    propensity: NDArray[np.float64]
    assigned_at: NDArray[np.datetime64]
    strata: NDArray[np.object_]
    tier: NDArray[np.object_]
    risk_level: NDArray[np.object_]
    reason: NDArray[np.object_]
    clv: NDArray[np.float64]
    covariates: Mapping[str, NDArray[np.float64]]
    cost: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer_id)


@dataclass(frozen=True)
class PlayPage:
    """One page of a list of members."""

    rows: Sequence[MemberView]
    total: int
    page: int
    page_size: int
