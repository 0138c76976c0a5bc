"""What the room takes and gives: codes of acts and occasions, frozen views, the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

UTC_ZONE = ZoneInfo("UTC")


class CareError(ValueError):
    """Something that care refuses; the message says why, in the active language."""


class NoPlanError(LookupError):
    """There is no such plan, act, activity or package."""


class Occasion(StrEnum):
    """What decides the day of a line's acts."""

    EVERY = "every"  # so many weeks after the last one
    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"
    REPLENISHMENT = "replenishment"  # when a product that the customer has is expected to be used up
    ONCE = "once"  # an act that somebody added by hand


DAYS_OF_RESPECT = (Occasion.BIRTHDAY, Occasion.ANNIVERSARY)


class ActStatus(StrEnum):
    """Where an act is."""

    PLANNED = "planned"
    RUNNING = "running"  # a task of somebody's, or a message that waits
    DONE = "done"
    SKIPPED = "skipped"
    DROPPED = "dropped"  # it came to nothing: not reached, withheld, not wanted


OPEN = (ActStatus.PLANNED, ActStatus.RUNNING)


class By(StrEnum):
    """Who does it."""

    TASK = "task"
    MESSAGE = "message"


class PlanStatus(StrEnum):
    """Where a plan is."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True)
class LineSpec:
    """One line of a template or plan: an act, when it comes, how, and what it may cost.

    `every_weeks` for `Occasion.EVERY` only. `lead_days`: so long before the day its task is made. `text_code`
    is the template of a message.
    """

    act: str
    occasion: str = Occasion.EVERY
    every_weeks: int = 0
    channel: str = ""
    budget: Decimal = Decimal(0)
    lead_days: int = 7
    by: str = By.TASK
    text_code: str = ""


@dataclass(frozen=True)
class TemplateView:
    """A ready-made plan; `for_tiers` and `for_groups` say whom it is meant for."""

    code: str
    name: str
    for_tiers: tuple[str, ...]
    for_groups: tuple[str, ...]
    lines: tuple[LineSpec, ...]
    active: bool
    is_own: bool
    is_changed: bool


@dataclass(frozen=True)
class GiftView:
    """An idea for a gift; `barred_in` are countries and cultures in which it must not be given."""

    code: str
    hobby: str
    name: str
    low: Decimal
    high: Decimal
    barred_in: tuple[str, ...]
    active: bool
    is_own: bool


@dataclass(frozen=True)
class Proposal:
    """A gift for somebody: `reasons` are codes; `warnings` what the culture guide says of gifts there."""

    gift: GiftView
    fits_hobby: bool
    within_limit: bool


@dataclass(frozen=True)
class GiftAdvice:
    """Gifts that suit a customer, best first; those that must not be given there are left out and counted."""

    proposals: tuple[Proposal, ...]
    barred: tuple[str, ...]
    warnings: tuple[str, ...]
    hobbies: tuple[str, ...]
    left: Decimal | None  # what may still be spent this year; None = no limit


@dataclass(frozen=True)
class LineView:
    """A line of somebody's plan; `next_on` None where the day is not known."""

    line_id: int
    spec: LineSpec
    next_on: date | None


@dataclass(frozen=True)
class ActView:
    """One act; words are opened from their seal."""

    act_id: int
    customer_id: str
    act: str
    occasion: str
    due_on: date
    status: ActStatus
    owner_id: int | None
    owner_name: str
    channel: str
    by: str
    text_code: str
    budget: Decimal
    cost: Decimal | None
    currency: str
    limited: bool  # its budget was taken away: the limit of the grade is reached
    words: str
    gift: str
    note: str
    outcome: str
    score: int | None
    task_id: int | None
    finished_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.status in OPEN


@dataclass(frozen=True)
class PlanView:
    """The care plan of one customer."""

    plan_id: int
    customer_id: str
    template: str
    status: PlanStatus
    owner_id: int | None
    owner_name: str
    greetings_paused_until: date | None
    started_on: date
    made_by: str
    lines: tuple[LineView, ...] = ()


@dataclass(frozen=True)
class ActPage:
    """Acts in a list."""

    rows: tuple[ActView, ...]
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class AssignPreview:
    """What assigning a template to a segment would do; the parts add up to `members`."""

    members: int
    fresh: int
    has_plan: int
    held_out: int
    out_of_reach: int
    acts_a_year: float
    cost_a_year: Decimal
    without_birthday: int
    currency: str


@dataclass(frozen=True)
class Change:
    """What a step did; `token` undoes it."""

    token: str
    action: str
    act_id: int


@dataclass(frozen=True)
class Reaction:
    """A proposal to change form or content, with its evidence.

    `kind`: "switch" (from `channel` to `other`) or "pause" (greetings). `figures` are counts of the last
    180 days.
    """

    key: str
    kind: str
    channel: str
    other: str
    figures: Mapping[str, int]


@dataclass(frozen=True)
class Rules:
    """What holds for all plans; every change is a new version."""

    version: int = 0
    lead_days: int = 7
    dear_share: float = 0.2  # personal service is too dear from this share of the price on
    slow_days: int = 14  # and too slow when it takes so many days longer than usual
    pause_days: int = 180


@dataclass(frozen=True)
class Theme:
    """What customers were troubled by: a code, how many of them, and what said so.

    `source`: "cause" (of a win-back case, or said in a survey) or "ticket" (its category).
    """

    code: str
    customers: int
    source: str


@dataclass(frozen=True)
class GuestAnswer:
    """What a guest answers to an invitation: yes, no or perhaps; the words are sealed."""

    state: str
    party: int = 0
    diet: str = ""
    needs: str = ""
    question: str = ""


@dataclass(frozen=True)
class Lesson:
    """What was to be done better after an earlier activity of the same kind."""

    activity_id: int
    name: str
    at: datetime
    score: float | None
    improvements: str


@dataclass(frozen=True)
class ActivityView:
    """An activity: its guests by state in `guests`; `checklist` are (code or own words, done)."""

    activity_id: int
    name: str
    kind: str
    at: datetime
    place: str
    capacity: int
    status: str
    owner_id: int | None
    owner_name: str
    budget: Decimal
    cost: Decimal | None
    currency: str
    segment_id: int | None
    interest: str
    channel: str
    subject: str
    text: str
    checklist: tuple[tuple[str, bool], ...]
    improvements: str
    guests: Mapping[str, int] = field(default_factory=dict)
    coming: int = 0  # seats that are taken, by those who said yes or were there, and whom they bring
    came: int = 0  # guests who have come in
    texts: Mapping[str, str] = field(default_factory=dict)
    closes_at: datetime | None = None
    minutes: int = 120
    party_max: int = 0
    remind_days: tuple[int, ...] = ()
    hosts: str = ""
    themes: tuple[Theme, ...] = ()
    taken_up: tuple[int, ...] = ()
    series_id: int | None = None
    quarter: str = ""
    zone: ZoneInfo = UTC_ZONE  # of whoever runs it: where it is

    @property
    def answers_until(self) -> datetime:
        """When answers can no longer be changed."""
        return min(self.closes_at or self.at, self.at)


@dataclass(frozen=True)
class GuestView:
    """Somebody who may come; `why` says what proposed them."""

    guest_id: int
    customer_id: str
    state: str
    why: str
    score: int | None
    feedback: str
    invited_at: datetime | None
    answered_at: datetime | None
    party: int = 0
    diet: str = ""
    needs: str = ""
    question: str = ""
    waits_since: datetime | None = None
    seat: str = ""
    came_at: datetime | None = None
    message_id: str = ""


@dataclass(frozen=True)
class PackageItem:
    """One thing of a package; price and cost per piece."""

    name: str
    quantity: Decimal
    price: Decimal
    cost: Decimal
    product_id: str = ""


@dataclass(frozen=True)
class PackageCheck:
    """What a package costs and how long it takes; `problems` are codes."""

    price: Decimal
    cost: Decimal
    extra: Decimal
    extra_share: float | None
    margin: Decimal
    delay_days: int
    problems: tuple[str, ...]


@dataclass(frozen=True)
class PackageView:
    """A product or service package made for one customer."""

    package_id: int
    customer_id: str
    name: str
    need: str
    items: tuple[PackageItem, ...]
    extra_cost: Decimal
    currency: str
    delivery: str
    packaging: str
    ready_days: int
    usual_days: int
    status: str
    score: int | None
    feedback: str
    adjustments: tuple[Mapping[str, Any], ...]
    check: PackageCheck
    created_at: datetime
    created_by: str
