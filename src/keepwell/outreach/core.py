"""Pure rules of the day's work: the steps of a task, the end of an episode, who gets what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from keepwell.outreach.contracts import Channel, Ending, Kept, Kind, Outcome, Response, Status

UNDO_SECONDS = 30
ATTEMPTS_MAX = 3
ACTIVE = (Status.OPEN, Status.POSTPONED, Status.DELEGATED)
OVER = (Status.DONE, Status.CANCELLED)
# Action -> from which status it may be taken, and what it leads to; None keeps the status.
STEPS: Mapping[str, tuple[tuple[Status, ...], Status | None]] = {
    "complete": (ACTIVE, Status.DONE),
    "cancel": (ACTIVE, Status.CANCELLED),
    "postpone": (ACTIVE, Status.POSTPONED),
    "delegate": (ACTIVE, Status.DELEGATED),
    "take": (ACTIVE, Status.OPEN),
    "reopen": (OVER, Status.OPEN),
    "hand_over": (ACTIVE, None),
    "plan": (ACTIVE, None),
    "begin": (ACTIVE, None),
    "record": ((*ACTIVE, *OVER), None),
}
# Kinds by which a customer is reached: their status goes into the history as a contact.
REACHING = (Kind.CALL, Kind.VISIT, Kind.MESSAGE, Kind.FOLLOW_UP)
TALKED = (Outcome.STAYING, Outcome.UNDECIDED, Outcome.LEAVING)
TALK_OUTCOMES = (
    Outcome.STAYING, Outcome.UNDECIDED, Outcome.LEAVING, Outcome.NOT_REACHED, Outcome.WRONG_CONTACT,
    Outcome.NO_CONTACT,
)  # fmt: skip
OUTCOMES: Mapping[Kind, tuple[Outcome, ...]] = {
    Kind.CALL: TALK_OUTCOMES,
    Kind.VISIT: TALK_OUTCOMES,
    Kind.MESSAGE: (Outcome.SENT, *TALK_OUTCOMES),
    Kind.FOLLOW_UP: (*TALK_OUTCOMES, Outcome.DONE),
    Kind.APPROVAL: (Outcome.DONE,),
    Kind.OTHER: (Outcome.DONE,),
}
CHANNELS: Mapping[Kind, tuple[Channel, ...]] = {
    Kind.CALL: (Channel.PHONE, Channel.WECOM, Channel.WHATSAPP),
    Kind.VISIT: (Channel.VISIT, Channel.STORE),
    Kind.MESSAGE: (
        Channel.EMAIL,
        Channel.SMS,
        Channel.WECOM,
        Channel.WHATSAPP,
        Channel.POST,
        Channel.PARCEL,
    ),
}
# Outcome -> status of the fact `contacts`.
CONTACT_STATUS: Mapping[str, str] = {
    Outcome.STAYING: "answered",
    Outcome.UNDECIDED: "answered",
    Outcome.LEAVING: "answered",
    Outcome.NOT_REACHED: "sent",
    Outcome.WRONG_CONTACT: "bounced",
    Outcome.NO_CONTACT: "refused",
    Outcome.SENT: "sent",
    Outcome.DONE: "sent",
    Outcome.NOT_NEEDED: "withheld",
}
# What answers a cause best; where several could, the first of Response.
RESPONSE_OF_REASON: Mapping[str, Response] = {
    "complaints_rose": Response.SOLVE_PROBLEM,
    "mood_bad": Response.SOLVE_PROBLEM,
    "best_dormant": Response.PERSONAL_SERVICE,
    "contact_silent": Response.PERSONAL_SERVICE,
    "rhythm_broken": Response.PERSONAL_SERVICE,
    "purchases_fell": Response.OFFER,
    "quantity_fell": Response.OFFER,
    "spending_fell": Response.OFFER,
    "bought_once": Response.OFFER,
    "drifting_away": Response.OFFER,
    "low_return": Response.OFFER,
}


# What tasks of a care plan carry as their treatment: an act of service that is owed, or a kind act.
CARE, CARE_SERVICE = "care", "care_service"


def purpose(response: str, treatment: str = "") -> str:
    """What a customer is contacted for: putting a problem right is service, all else is marketing.

    Acts of service in a care plan, which `treatment` names, are service too.
    """
    if treatment == CARE_SERVICE:
        return "service"
    return "service" if response == Response.SOLVE_PROBLEM else "marketing"


def next_status(status: str, action: str) -> Status | None:
    """The status after `action`, or None where it is not allowed from `status`; raises KeyError."""
    allowed, target = STEPS[action]
    if status not in allowed:
        return None
    return target or Status(status)


def outcomes(kind: str) -> tuple[Outcome, ...]:
    """What can come of a task of this kind."""
    return OUTCOMES[Kind(kind)]


def channels(kind: str) -> tuple[Channel, ...]:
    """How a task of this kind can reach somebody; all for kinds that do not say."""
    return CHANNELS.get(Kind(kind), tuple(Channel))


def kept_by(outcome: str, said: str | None) -> Kept:
    """Whether the customer was kept: what was said, else what the outcome means."""
    if said is not None:
        return Kept(said)
    return {Outcome.STAYING: Kept.KEPT, Outcome.LEAVING: Kept.LOST}.get(Outcome(outcome), Kept.UNKNOWN)


def may_undo(*, done_at: datetime, now: datetime) -> bool:
    """Whether a step can still be undone without being asked why."""
    return now - done_at <= timedelta(seconds=UNDO_SECONDS)


def responses(reasons: Sequence[str]) -> tuple[Response, ...]:
    """The three responses, what suits the strongest reason first."""
    first = RESPONSE_OF_REASON.get(reasons[0] if reasons else "", Response.OFFER)
    return (first, *(one for one in Response if one is not first))


def ending(status: str | None) -> Ending:
    """How an episode stands for a customer's present status; None: no longer scored at all."""
    if status is None:
        return Ending.GONE
    if status == "at_risk":
        return Ending.OPEN
    return Ending.LOST if status == "lost" else Ending.RECOVERED


@dataclass(frozen=True)
class Waiting:
    """An alert without a task: whose it is, None where nobody looks after the customer."""

    alert_id: int
    owner_id: int | None


def share_out(
    waiting: Iterable[Waiting],
    *,
    made: Mapping[int | None, int],
    load: Mapping[int, int],
    daily_cap: int,
    queue_cap: int,
    members: Sequence[int] = (),
) -> list[tuple[int, int | None]]:
    """Who gets which alert today: (alert, assignee), the order of `waiting` is kept.

    `made` says how many each got today already (None: the queue), `load` how many open tasks members have.
    Nobody gets more than `daily_cap` a day, the queue not more than `queue_cap`. With `members`, an alert
    of nobody goes to the one of them with the least to do, the smallest id first; else to the queue.
    """
    today = dict(made)
    busy = {member: load.get(member, 0) for member in members}
    given: list[tuple[int, int | None]] = []
    for one in waiting:
        who = one.owner_id
        if who is None and members:
            free = [member for member in members if today.get(member, 0) < daily_cap]
            if not free:
                continue
            who = min(free, key=lambda member: (busy[member], member))
        if today.get(who, 0) >= (queue_cap if who is None else daily_cap):
            continue
        today[who] = today.get(who, 0) + 1
        if who in busy:
            busy[who] += 1
        given.append((one.alert_id, who))
    return given


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day where somebody is."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def working_day(day: date, days: int) -> date:
    """The day `days` working days after `day`; Saturday and Sunday are none."""
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day


def tomorrow_morning(now: datetime, zone: ZoneInfo, hour: int = 9) -> datetime:
    """Nine o'clock of the next working day where somebody is."""
    return datetime.combine(working_day(now.astimezone(zone).date(), 1), time(hour), tzinfo=zone)
