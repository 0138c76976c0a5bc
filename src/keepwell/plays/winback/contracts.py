"""What the room takes and gives: codes of cases and measures, their frozen views, the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from keepwell.insight.contracts import Reason


class Status(StrEnum):
    """Where a case is."""

    OPENED = "opened"
    ANALYSED = "analysed"
    PLANNED = "planned"
    WAITING = "waiting"  # for an approval
    CONTACTING = "contacting"
    WON_BACK = "won_back"
    LOST = "lost"
    CLOSED = "closed"  # without result


class Grade(StrEnum):
    """How much a case deserves: the best first."""

    A = "A"
    B = "B"
    C = "C"


class Way(StrEnum):
    """How a grade is worked on."""

    PERSONAL = "personal"  # from person to person
    AUTOMATIC = "automatic"  # low-cost measures by themselves, nobody is asked


class Origin(StrEnum):
    """What opened a case."""

    ALERT = "alert"
    TASK = "task"
    CUSTOMER = "customer"  # somebody, on the customer's page
    RULE = "rule"  # by itself, for a customer who was lost


class Asked(StrEnum):
    """How the causes are known."""

    REASONS = "reasons"  # from the warning's reasons
    SURVEY = "survey"
    DIAGNOSIS = "diagnosis"  # of what stands in the way of using the product
    INTERVIEW = "interview"
    STAFF = "staff"  # known to us


class Survey(StrEnum):
    """A questionnaire behind a message."""

    LOSS = "loss"  # why somebody stays away
    FEEDBACK = "feedback"  # how it was
    EVENT = "event"  # how an activity was
    CARE = "care"  # how they feel our care


class Phase(StrEnum):
    """What a measure belongs to."""

    ACTION = "action"
    CARE = "care"  # of the time after they came back


class MeasureStatus(StrEnum):
    """Where a measure is."""

    PLANNED = "planned"
    RUNNING = "running"  # there is a task for it
    DONE = "done"
    DROPPED = "dropped"
    EXPIRED = "expired"  # its end date came first


class Evidence(StrEnum):
    """How one knows that somebody came back."""

    NONE = ""
    ORDER = "order"
    SAID = "said"


class Problem(StrEnum):
    """Why a plan cannot be had."""

    EMPTY = "empty"
    UNKNOWN_MEASURE = "unknown_measure"
    TWICE = "twice"
    OVER_LIMIT = "over_limit"
    OVER_VALUE = "over_value"
    NOT_LOW_COST = "not_low_cost"
    NEEDS_PERSON = "needs_person"
    NEEDS_END = "needs_end"
    END_PAST = "end_past"
    TOO_LONG = "too_long"
    BAD_COST = "bad_cost"
    BELOW_COST = "below_cost"
    BAD_DISCOUNT = "bad_discount"
    KEPT_ASIDE = "kept_aside"


class CaseError(ValueError):
    """A case cannot take this step; the message says why, in the active language."""


class NoCaseError(LookupError):
    """There is no case with this number."""


@dataclass(frozen=True)
class Answers:
    """What a customer says; None and "" where a question was left out. Causes: the weightiest first."""

    satisfaction: int | None = None  # 1 (not at all content) to 5 (very)
    recommend: int | None = None  # 0 (never) to 10 (certainly)
    causes: tuple[str, ...] = ()
    said: str = ""
    call_back: bool = False

    def __bool__(self) -> bool:
        return self != Answers()


@dataclass(frozen=True)
class AnswerView:
    """A customer's answers, and when."""

    survey: Survey
    answers: Answers
    case_id: int | None
    answered_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class CauseRule:
    """One cause of the list: its group of assumptions, its points for the grade, its measures in order."""

    code: str
    group: str  # of plays' groups of causes, which the assumptions are by
    points: int
    measures: tuple[str, ...]
    name: str = ""  # "" = as Keepwell names it
    active: bool = True


@dataclass(frozen=True)
class GradeRule:
    """One grade: from how many points on, whose spending limit holds, and how it is worked on."""

    grade: str
    points_from: int
    limit_of: str  # value tier whose spending limit of plays holds
    way: str


@dataclass(frozen=True)
class Rules:
    """The rules of the desk; every change is a new version."""

    version: int = 0
    tier_points: Mapping[str, int] = field(default_factory=dict)
    risk_points: Mapping[str, int] = field(default_factory=dict)
    grades: tuple[GradeRule, ...] = ()
    causes: tuple[CauseRule, ...] = ()
    window_days: int = 60  # so long after the action an order counts as its result
    offer_days: int = 14  # until when an offer holds, if nothing else is said
    offer_days_max: int = 60
    remind_days: int = 2  # before an offer ends
    open_lost: bool = False
    open_tiers: tuple[str, ...] = ("high", "mid")
    open_daily: int = 20
    rescue_unhappy: bool = False  # a manager's visit and a coupon for those who are likely discontent

    def cause(self, code: str) -> CauseRule | None:
        """The cause with this code."""
        return next((one for one in self.causes if one.code == code), None)

    def grade(self, code: str) -> GradeRule:
        """The rule of a grade; raises KeyError."""
        for one in self.grades:
            if one.grade == code:
                return one
        raise KeyError(code)


@dataclass(frozen=True)
class Wanted:
    """One measure of a plan that somebody wants; money in the case's currency."""

    code: str
    cost: Decimal
    discount: Decimal = Decimal(0)  # share off, as fraction of one
    until: datetime | None = None  # the offer cannot be promised later
    due_at: datetime | None = None
    owner_id: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a plan costs beside what it is assumed to keep (WIN-16)."""

    cost: Decimal
    spent: Decimal  # of it, already
    limit: Decimal
    value_at_stake: Decimal
    expected_loss: Decimal
    gain: Decimal  # expected, from the table of assumptions
    saved_share: float
    currency: str
    problems: tuple[Problem, ...] = ()

    @property
    def is_worth_it(self) -> bool:
        """Whether it is assumed to keep more than it costs."""
        return self.gain > self.cost

    @property
    def net(self) -> Decimal:
        """What stays after the cost."""
        return self.gain - self.cost


@dataclass(frozen=True)
class MeasureView:
    """One measure of a case; its words are opened from their seal."""

    measure_id: int
    code: str
    phase: Phase
    status: MeasureStatus
    cost: Decimal
    discount: Decimal
    until: datetime | None
    due_at: datetime | None
    owner_id: int | None
    owner_name: str
    words: str
    task_id: int | None
    promised_at: datetime | None
    finished_at: datetime | None
    worked: str  # "", "yes", "no"
    is_late: bool = False


@dataclass(frozen=True)
class StepView:
    """One line of a case's history."""

    at: datetime
    actor: str
    action: str
    status: Status
    data: Mapping[str, object]
    note: str


@dataclass(frozen=True)
class CaseLine:
    """A case in a list."""

    case_id: int
    customer_id: str
    status: Status
    grade: str
    way: str
    tier: str
    causes: tuple[str, ...]
    value_at_stake: Decimal
    cost: Decimal
    currency: str
    owner_id: int | None
    owner_name: str
    opened_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    evidence: str

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.finished_at is None


@dataclass(frozen=True)
class CaseView:
    """One case with all that it holds; sealed texts are open."""

    line: CaseLine
    origin: Origin
    alert_id: int | None
    opened_by: str
    rules_version: int
    risk_level: str
    customer_status: str
    churn_risk: float
    expected_loss: Decimal
    average_amount: Decimal
    limit: Decimal
    low_cost_only: bool
    reasons: tuple[Reason, ...]
    asked: str
    competitor: str
    competitor_reason: str
    obstacles: tuple[str, ...]
    said: str
    interview: Mapping[str, str]  # question -> answer
    plan_version: int
    approval_ids: tuple[int, ...]
    started_at: datetime | None
    until: datetime | None
    won_at: datetime | None
    won_order_id: str
    won_amount: Decimal | None
    satisfaction: int | None
    result: str
    lesson: str
    kept_aside: bool
    measures: tuple[MeasureView, ...]
    steps: tuple[StepView, ...]

    @property
    def case_id(self) -> int:
        """Its number."""
        return self.line.case_id

    @property
    def status(self) -> Status:
        """Where it is."""
        return self.line.status


@dataclass(frozen=True)
class Share:
    """A share of cases with its 95 % interval."""

    won: int
    decided: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share; None without any."""
        return self.won / self.decided if self.decided else None


@dataclass(frozen=True)
class ReportRow:
    """Cases of one group and what became of them."""

    key: str
    opened: int
    open_now: int
    won: int
    lost: int
    closed: int
    cost: Decimal
    recovered_value: Decimal  # at stake, of those won back
    share: Share


@dataclass(frozen=True)
class Report:
    """What the desk did with the cases opened in a period."""

    currency: str
    total: ReportRow
    high_value: ReportRow
    groups: Mapping[str, tuple[ReportRow, ...]]  # by grade, cause, measure, owner
    by_order: int  # of the won, by an order; the others were said
    lost_customers: int | None  # now, within the reader's reach
