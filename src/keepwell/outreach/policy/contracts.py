"""What the contact policy takes and gives: intents, verdicts, rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

PROMOTIONAL = ("marketing", "survey")
HOLDOUT_SHARE = 0.05
HOLDOUT_SHARE_MAX = 0.5
PRIORITY_MIN, PRIORITY_MAX = 0, 100
PRIORITY = 50


class Decision(StrEnum):
    """What the policy says of an intended contact."""

    ALLOWED = "allowed"
    LATER = "later"
    REFUSED = "refused"
    OUTSIDE = "outside"  # it took place although the policy had not allowed it


class Cause(StrEnum):
    """Why a contact may take place, not yet, or not at all. The first seven are what consent says."""

    GIVEN = "given"
    UNKNOWN_CUSTOMER = "unknown_customer"
    STOPPED = "stopped"
    ON_HOLD = "on_hold"
    NOT_ASKED = "not_asked"
    WITHDRAWN = "withdrawn"
    NO_CONSENT_NEEDED = "no_consent_needed"
    EXPIRED = "expired"
    HELD_OUT = "held_out"
    WINDOW_CLOSED = "window_closed"
    SAME_CONTENT = "same_content"
    QUIET_HOURS = "quiet_hours"
    TOO_OFTEN = "too_often"
    OUTRANKED = "outranked"
    RESPECT_DAY = "respect_day"


CONTENT_MAX = 80
READER = "\x1f"  # stands in no name of a content


@dataclass(frozen=True)
class Intent:
    """A contact that somebody or something means to make.

    `intent_id` is the same for the same contact, however often it is asked for. `purpose` is one of
    marketing, service, survey; `content` names what is said ("" = nothing that could be a repetition);
    a higher `priority` (0 to 100) goes first. `urgent` service notices may disturb the quiet hours.
    `origin` says where it comes from, as `kind:number`. `window_closed`: it could go only in a window that
    the customer opens, and there is none, or no place left in it. `caring`: it is a wish or an act of care
    without any offer, which may come on a day of respect. `on_visit`: the customer has come of their own
    accord and is shown it now, so that no quiet hours are disturbed. `answering`: it answers what the
    customer wrote, who has asked for it thereby: where nobody asked them for consent to service, none is
    needed; one that was refused or withdrawn counts. `reader`: who of several people at a company gets it:
    the same said to another of them is no repetition, and counts as a contact of the company all the same.
    """

    intent_id: str
    customer_id: str
    channel: str
    purpose: str
    content: str = ""
    priority: int = PRIORITY
    urgent: bool = False
    not_after: datetime | None = None
    held_out: bool = False
    origin: str = ""
    window_closed: bool = False
    caring: bool = False
    on_visit: bool = False
    answering: bool = False
    reader: str = ""

    @property
    def said(self) -> str:
        """What must not be said again: the content, and to whom of several people at a company."""
        if not self.content or not self.reader:
            return self.content
        end = f"{READER}{self.reader}"
        return f"{self.content[: CONTENT_MAX - len(end)]}{end}"


@dataclass(frozen=True)
class Verdict:
    """What the policy says: `until` is the earliest moment to ask again, for LATER; `figures` explain it."""

    decision: Decision
    cause: Cause
    until: datetime | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.decision is Decision.ALLOWED


@dataclass(frozen=True)
class Cap:
    """At most `most` contacts in any `days` days, counted by the hour and not by the calendar.

    `channel` and `purpose` narrow it. One without a purpose is for marketing and surveys together: notices
    of service neither count nor wait, unless a cap names them. `reason` is empty for those of the rules: pace
    or stage where it is a customer's own.
    """

    most: int
    days: int
    channel: str = ""
    purpose: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Rules:
    """When and how often anybody may be contacted; every change is a new version.

    Quiet hours are local times of the customer; equal ones mean none. `quiet_weekdays` (Monday = 0) are
    quiet all day for marketing and surveys. `repeat_days`: nothing is said twice within them, whatever the
    channel. `reserve_hours`: how long a lesser message leaves room for a greater one that is due.

    `follow_clicks` and `follow_opens` say whether e-mails tell of clicks and openings, of those who did not
    object to profiling; `follow_agreed_only`: of those alone who agreed to it.

    `respect_tiers`: customers of these value tiers hear nothing of marketing and surveys on their birthday
    and anniversary, except what is `caring`.

    `severe_priorities`: while a complaint of one of them, or one that was escalated, is open, its customer
    hears nothing but service, for `severe_days` days after the last that was heard of it at most; none of
    them switches it off.

    With `adapt_pace` marketing by e-mail follows what each customer makes of it: at most one in
    `slower_days` or `pause_days` days for whom the pace is slower or a pause, one more in every limit of
    e-mails for whom it is faster.
    """

    version: int = 0
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    quiet_weekdays: tuple[int, ...] = ()
    time_zone: str = "Asia/Shanghai"
    caps: tuple[Cap, ...] = (
        Cap(1, 1),
        Cap(3, 7),
        Cap(8, 30),
        Cap(2, 7, channel="sms"),
        Cap(2, 7, channel="email"),
        Cap(1, 7, channel="phone"),
        Cap(2, 30, purpose="survey"),
    )
    repeat_days: int = 30
    reserve_hours: int = 24
    follow_clicks: bool = True
    follow_opens: bool = True
    follow_agreed_only: bool = False
    respect_tiers: tuple[str, ...] = ("high",)
    severe_priorities: tuple[str, ...] = ("high", "urgent", "critical")
    severe_days: int = 60
    adapt_pace: bool = False
    slower_days: int = 14
    pause_days: int = 60


@dataclass(frozen=True)
class Holdout:
    """The customers kept aside from all marketing, so that there is somebody to compare with.

    `share` of them (0 = nobody); who it is follows from the customer number alone. `started_at` is None
    before the first contact.
    """

    share: float
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str = ""
    actor: str = ""


@dataclass(frozen=True)
class ContactView:
    """One intended contact and what the policy said of it last; `asked` counts how often it was asked."""

    intent_id: str
    customer_id: str
    channel: str
    purpose: str
    content: str
    origin: str
    priority: int
    decision: Decision
    cause: Cause
    until: datetime | None
    figures: Mapping[str, Any]
    first_at: datetime
    decided_at: datetime
    asked: int
    rules_version: int
    taken_back_at: datetime | None
    actor: str


@dataclass(frozen=True)
class RulesVersionView:
    """One version of the rules."""

    version: int
    created_at: datetime
    actor: str


@dataclass(frozen=True)
class PolicyPreview:
    """What rules would have done with the contacts of 30 days; `share` of customers looked at.

    The days end with `until`, the newest contact; None where there is none.
    """

    until: datetime | None
    contacts: int
    too_often: int
    at_quiet_hours: int
    customers: int
    customers_spared: int
    share: float
    by_pace: int = 0
    by_stage: int = 0
