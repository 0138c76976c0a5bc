"""What the room takes and gives: codes, frozen views, and the values of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from keepwell.insight.contracts import Reason


class Kind(StrEnum):
    """What is to be done."""

    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"
    FOLLOW_UP = "follow_up"
    APPROVAL = "approval"
    OTHER = "other"


class Channel(StrEnum):
    """How the customer is reached."""

    PHONE = "phone"
    EMAIL = "email"
    SMS = "sms"
    WECOM = "wecom"
    WHATSAPP = "whatsapp"
    VISIT = "visit"
    STORE = "store"
    POST = "post"
    PARCEL = "parcel"


class Status(StrEnum):
    """Where a task is; open, postponed and delegated ones are still to be done."""

    OPEN = "open"
    POSTPONED = "postponed"
    DELEGATED = "delegated"
    DONE = "done"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What came of it."""

    STAYING = "staying"
    UNDECIDED = "undecided"
    LEAVING = "leaving"
    NOT_REACHED = "not_reached"
    WRONG_CONTACT = "wrong_contact"
    NO_CONTACT = "no_contact"
    SENT = "sent"
    DONE = "done"
    NOT_NEEDED = "not_needed"


class Response(StrEnum):
    """What can be offered to a customer about to leave."""

    OFFER = "offer"
    PERSONAL_SERVICE = "personal_service"
    SOLVE_PROBLEM = "solve_problem"


class Kept(StrEnum):
    """What the one who spoke to the customer says: kept, lost, or not known yet."""

    UNKNOWN = ""
    KEPT = "kept"
    LOST = "lost"


class Ending(StrEnum):
    """How a risk episode ended; an empty one goes on."""

    OPEN = ""
    RECOVERED = "recovered"
    LOST = "lost"
    GONE = "gone"


class Notice(StrEnum):
    """What somebody is told of."""

    NEWLY_AT_RISK = "newly_at_risk"
    DELEGATED = "delegated"
    HANDOVER = "handover"
    PROMISE_DUE = "promise_due"
    APPROVAL = "approval"
    IMPORT_DONE = "import_done"
    CYCLE_DONE = "cycle_done"
    CYCLE_FAILED = "cycle_failed"
    PLAY_ALARM = "play_alarm"
    QUESTION = "question"
    COUPONS_LOW = "coupons_low"


class Returned(StrEnum):
    """What a mail was that no person wrote."""

    TOLD = "told"  # it told what became of a message of ours
    AUTOMATIC = "automatic"  # an automatic reply, or a report of nothing final


class TaskError(ValueError):
    """A task cannot take this step; the message says why, in the active language."""


@dataclass(frozen=True)
class TaskView:
    """One task; money in `currency`, times in UTC. Free text is opened from its seal."""

    task_id: int
    customer_id: str  # "" where it concerns no customer
    kind: Kind
    channel: str
    title: str  # "" = the words of its kind
    reasons: tuple[Reason, ...]
    response: str
    treatment: str
    at_stake: Decimal | None
    currency: str
    due_at: datetime | None
    planned_at: datetime | None
    assignee_id: int | None
    team_id: int | None
    status: Status
    outcome: str
    kept: str
    remedies: tuple[str, ...]
    need: str
    dissatisfaction: str
    solution: str
    attempt: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    finished_by: str
    alert_id: int | None
    assignee_name: str = ""
    play: str = ""  # code of the play that it is part of
    script: str = ""  # code of the call script
    is_vip: bool = False  # of a customer who comes first

    @property
    def is_active(self) -> bool:
        """Whether it is still to be done."""
        return self.status in (Status.OPEN, Status.POSTPONED, Status.DELEGATED)

    @property
    def at(self) -> datetime | None:
        """When it is on the calendar: planned, else due."""
        return self.planned_at or self.due_at


@dataclass(frozen=True)
class TaskPage:
    """One page of a list of tasks."""

    rows: tuple[TaskView, ...]
    total: int


@dataclass(frozen=True)
class Change:
    """What a service did: `token` undoes it within 30 seconds."""

    token: str
    action: str
    task_ids: tuple[int, ...]
    follow_up_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class TaskEventView:
    """One line of a task's history."""

    at: datetime
    actor: str
    action: str
    undone: bool


@dataclass(frozen=True)
class AlertRules:
    """Whom alerts are raised for and how many tasks they make; every change is a new version."""

    version: int = 0
    active: bool = True
    level: str = "at_risk"  # "at_risk": everybody about to leave; "high": only at high risk
    tiers: tuple[str, ...] = ("high", "mid")
    daily_cap: int = 10  # new tasks for one person a day
    queue_cap: int = 30  # new tasks in the queue of those whom nobody looks after, a day
    unowned: str = "queue"  # "queue": waits to be taken; "share_out": to the member with the fewest tasks
    team_id: int | None = None  # whose queue, or who shares it out
    due_days: int = 2


@dataclass(frozen=True)
class RulesPreview:
    """What rules would do with the present scores: customers, and tasks of the first day."""

    customers: int
    expected_loss: Decimal
    currency: str
    owned: int
    unowned: int
    people: int  # owners who would get tasks
    tasks_first_day: int
    waiting: int  # who would wait for a later day
    days: int  # until everybody has a task, at these caps


@dataclass(frozen=True)
class AlertRunView:
    """What one run over a cycle did."""

    cycle_id: str
    opened: int = 0
    recovered: int = 0
    lost: int = 0
    gone: int = 0
    tasks: int = 0


@dataclass(frozen=True)
class TeamMember:
    """One person's day, for the one who leads."""

    user_id: int | None  # None: the queue
    name: str
    open: int
    overdue: int
    done_today: int
    at_stake: Decimal
    currency: str


@dataclass(frozen=True)
class FirstWarning:
    """When a customer was first warned of in a span, and whether they were kept aside from marketing."""

    customer_id: str
    opened_at: datetime
    held_out: bool
    tier: str
    reason: str


@dataclass(frozen=True)
class WarningRow:
    """Warned customers of one group and what became of them; the last four add up to `warned`."""

    key: str
    warned: int
    contacted: int
    recovered: int
    lost: int
    gone: int
    still: int
    expected_loss: Decimal

    @property
    def decided(self) -> int:
        """Episodes that ended in either way."""
        return self.recovered + self.lost

    @property
    def kept_share(self) -> float | None:
        """Share of the decided that came back; None without any."""
        return self.recovered / self.decided if self.decided else None


@dataclass(frozen=True)
class RemedyRow:
    """How often a remedy was taken and what became of the customers."""

    remedy: str
    taken: int
    said_kept: int
    said_lost: int
    recovered: int
    lost: int


@dataclass(frozen=True)
class WarningReport:
    """The report of warnings opened within a period."""

    since: date
    until: date
    currency: str
    total: WarningRow
    by: str
    rows: tuple[WarningRow, ...]
    contacted: WarningRow
    not_contacted: WarningRow
    remedies: tuple[RemedyRow, ...]


@dataclass(frozen=True)
class NoticeView:
    """One notification; its words are made from `kind` and `data` in the reader's language."""

    notice_id: int
    kind: Notice
    data: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class NoticeChoice:
    """What a user wants to hear of."""

    muted: tuple[str, ...] = (Notice.CYCLE_DONE,)
    digest: bool = False
    digest_hour: int = 8
    digest_days: tuple[int, ...] = (0, 1, 2, 3, 4)  # Monday is 0


@dataclass(frozen=True)
class FeedView:
    """A user's calendar feed; its address is shown once, when it is made."""

    created_at: datetime
    with_names: bool
    last_read_at: datetime | None = None


@dataclass(frozen=True)
class Digest:
    """What the daily message says to one user."""

    user_id: int
    email: str
    name: str
    language: str
    day: date
    tasks: tuple[TaskView, ...]
    total: int
    overdue: int
    at_stake: Decimal
    currency: str
    notices: tuple[NoticeView, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
