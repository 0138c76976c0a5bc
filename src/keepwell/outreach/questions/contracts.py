"""What questions and feedback take and give: codes, frozen views, the rules of routing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keepwell.outreach.quoting import own_words

TEXT_MAX = 4_000
TRIAL_DAYS = 90


class QuestionError(ValueError):
    """A question or feedback cannot take this step; the message says why, in the active language."""


class RoutingError(ValueError):
    """Rules that cannot be; problems by field, in the active language."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class NoQuestionError(LookupError):
    """There is no question with this number."""


class NoFeedbackError(LookupError):
    """There is no feedback with this number."""


class Importance(StrEnum):
    """How soon a question is to be answered; the first is the most pressing."""

    URGENT = "urgent"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Status(StrEnum):
    """Where a question is. It never ends by itself: somebody closes it and says why."""

    OPEN = "open"
    ANSWERED = "answered"  # the customer has an answer; what they think of it is not known yet
    SATISFIED = "satisfied"  # by the customer's own word
    UNSATISFIED = "unsatisfied"  # by the customer's own word; it goes on
    CLOSED = "closed"


class Origin(StrEnum):
    """Where a question or feedback comes from."""

    MESSAGE = "message"
    EMAIL = "email"
    TICKET = "ticket"
    SURVEY = "survey"
    CALL = "call"
    VISIT = "visit"
    EVENT = "event"
    OTHER = "other"


# What staff write down by themselves.
WRITTEN_DOWN = (Origin.CALL, Origin.VISIT, Origin.EVENT, Origin.MESSAGE, Origin.OTHER)


class State(StrEnum):
    """Where feedback is that was passed to a department."""

    WAITING = "waiting"  # kept; not passed on yet
    NOBODY = "nobody"  # no rule speaks of it and there is no fallback
    PASSED = "passed"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    NO_ACTION = "no_action"


class Closing(StrEnum):
    """Why a question is closed."""

    SETTLED = "settled"  # only what the customer called satisfactory
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    CANNOT = "cannot"
    OTHER = "other"


@dataclass(frozen=True)
class Inbound:
    """Something that a customer said. `key` names the fact that it is, the same however often it is read.

    `score` is the mark from 1 to 5 that came with the words. `reference` names the message for everybody from
    whose address it came, that of an e-mail is its Message-ID; `by_machine`: a program wrote it.
    """

    key: str
    origin: str
    customer_id: str
    at: datetime
    channel: str = ""
    topic: str = ""
    text: str = ""
    score: float | None = None
    reference: str = ""
    by_machine: bool = False

    @property
    def own_words(self) -> str:
        """What the customer wrote themselves: an e-mail without what it repeats of the one before."""
        return own_words(self.text) if self.origin == Origin.EMAIL else self.text


@dataclass(frozen=True)
class Dealt:
    """What became of feedback: when it was answered, whether it is over, and with whom it is."""

    state: State
    answered_at: datetime | None
    is_over: bool
    owner_id: int | None
    team_id: int | None
    feedback_id: int


@dataclass(frozen=True)
class Heeded:
    """What a rule looks at."""

    topic: str = ""
    text: str = ""
    channel: str = ""
    categories: frozenset[str] = frozenset()
    tags: frozenset[int] = frozenset()


@dataclass(frozen=True)
class RouteRule:
    """Whose feedback is whose: every condition that is said must hold, one of the `words` is enough."""

    name: str
    team_id: int | None
    owner_id: int | None = None
    topic: str = ""
    words: tuple[str, ...] = ()
    channel: str = ""
    category: str = ""
    tag_id: int | None = None
    importance: str = Importance.NORMAL
    follow_up: bool = False  # a question is opened with it
    tell: bool = False  # the groups of colleagues are told


@dataclass(frozen=True)
class Routing:
    """The rules in their order, the fallback, and hours until an answer is due by importance."""

    rules: tuple[RouteRule, ...] = ()
    fallback_team_id: int | None = None
    fallback_owner_id: int | None = None
    hours: Mapping[str, int] = field(
        default_factory=lambda: {
            Importance.URGENT: 4,
            Importance.HIGH: 24,
            Importance.NORMAL: 72,
            Importance.LOW: 168,
        }
    )
    ask_after_hours: int = 72  # once answered: until the customer has been asked what they think


@dataclass(frozen=True)
class RoutingVersion:
    """One version of the rules; `tried` is what its trial said, None where it was not tried."""

    version: int
    routing: Routing
    created_at: datetime | None
    actor: str
    tried_at: datetime | None = None
    tried: Trial | None = None
    is_on: bool = False


@dataclass(frozen=True)
class Trial:
    """What rules would have done with what came in within the days before."""

    days: int
    came: int
    passed: int
    by_rule: tuple[int, ...] = ()  # in the order of the rules; the last one is the fallback
    by_team: Mapping[int, int] = field(default_factory=dict)
    is_cut: bool = False  # more came than was read


@dataclass(frozen=True)
class QuestionLine:
    """A question in a list, without what anybody said."""

    question_id: int
    customer_id: str
    status: Status
    importance: Importance
    topic: str
    origin: Origin
    channel: str
    team_id: int | None
    owner_id: int | None
    owner_name: str
    opened_at: datetime
    due_at: datetime | None
    escalated_at: datetime | None
    rounds: int
    closed_at: datetime | None
    reason: str

    @property
    def goes_on(self) -> bool:
        """Whether something is still to be done."""
        return self.status in (Status.OPEN, Status.ANSWERED, Status.UNSATISFIED)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been done."""
        return self.goes_on and self.due_at is not None and self.due_at < now


@dataclass(frozen=True)
class EntryView:
    """One entry of a thread; what was said is opened from its seal."""

    number: int
    at: datetime
    actor: str
    action: str
    status: Status
    channel: str
    said: str
    happened_at: datetime | None
    due_at: datetime | None
    data: Mapping[str, str]


@dataclass(frozen=True)
class QuestionView:
    """A question with its thread, the oldest entry first."""

    line: QuestionLine
    text: str
    thread: tuple[EntryView, ...]
    feedback_id: int | None
    is_asked: bool = False  # a message asks, or will ask, what they think of the newest answer


@dataclass(frozen=True)
class QuestionPage:
    """A list of questions: VIP customers first, then the overdue ones."""

    lines: tuple[QuestionLine, ...]
    total: int
    overdue: int


@dataclass(frozen=True)
class FeedbackLine:
    """Feedback in a department's list, without what the customer wrote."""

    feedback_id: int
    customer_id: str
    origin: Origin
    channel: str
    topic: str
    at: datetime
    state: State
    importance: Importance
    rule: str
    team_id: int | None
    owner_id: int | None
    owner_name: str
    passed_at: datetime | None
    due_at: datetime | None
    answered_at: datetime | None
    question_id: int | None

    @property
    def goes_on(self) -> bool:
        """Whether the department has still to answer."""
        return self.state in (State.PASSED, State.ACCEPTED)

    def is_overdue(self, now: datetime) -> bool:
        """Whether it should have been answered."""
        return self.goes_on and self.due_at is not None and self.due_at < now


@dataclass(frozen=True)
class FeedbackStepView:
    """What happened to feedback."""

    number: int
    at: datetime
    actor: str
    action: str
    team_id: int | None
    channel: str
    said: str


@dataclass(frozen=True)
class FeedbackView:
    """Feedback with what the customer wrote and what happened to it."""

    line: FeedbackLine
    text: str
    steps: tuple[FeedbackStepView, ...]


@dataclass(frozen=True)
class FeedbackPage:
    """A list of feedback: overdue first."""

    lines: tuple[FeedbackLine, ...]
    total: int
    overdue: int


@dataclass(frozen=True)
class Stay:
    """Feedback with one department: from when it got it until it answered or handed it on."""

    team_id: int | None
    got_at: datetime
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""  # answer, no_action, hand_on; "" where it is still there
    due_at: datetime | None = None


@dataclass(frozen=True)
class DepartmentFigures:
    """What one department got in a period and made of it until now."""

    team_id: int | None
    got: int
    answered: int
    no_action: int
    handed_on: int
    waiting: int
    overdue: int
    median_hours: float | None  # from getting it to the answer
    in_time: int
    judged: int

    @property
    def share_in_time(self) -> float | None:
        """Share answered in time of those answered or too late; None without any."""
        return self.in_time / self.judged if self.judged else None


@dataclass(frozen=True)
class QuestionFigures:
    """Questions opened in a period, and where they stand now."""

    opened: int = 0
    waiting: int = 0
    answered: int = 0
    satisfied: int = 0
    unsatisfied: int = 0
    closed_unsettled: int = 0
    overdue: int = 0
    median_hours: float | None = None  # from opening to the customer's word that it is settled
    rounds_more: int = 0  # that needed more than one answer


@dataclass(frozen=True)
class Figures:
    """Both, of one period."""

    departments: Sequence[DepartmentFigures]
    questions: QuestionFigures
