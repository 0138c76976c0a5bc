"""Pure rules of care: when an act comes, what may be spent, what reactions mean, what a package costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from keepwell.plays.care.contracts import (
    DAYS_OF_RESPECT,
    GiftView,
    LineSpec,
    Occasion,
    PackageCheck,
    PackageItem,
    Proposal,
    Reaction,
    Rules,
)

WEEKS_MAX = 104
YEAR_DAYS = 365
# Reactions: fewer contacts than these say nothing.
IGNORED_FROM, IGNORED_SHARE = 4, 0.1
LIKED_FROM, LIKED_SHARE = 2, 0.5
SENT = ("sent", "delivered", "opened", "clicked", "answered", "complained", "unsubscribed")
REACTED = ("opened", "clicked", "answered")
ANNOYED = ("complained", "unsubscribed", "refused")


def promoted(waiting: Iterable[tuple[int, int]], free: int) -> list[int]:
    """Who of a waiting list gets a place: (name, seats needed) in the order of asking, and free seats.

    First come, first served; who needs more seats than are free stays first for the next ones and holds up
    nobody who needs fewer.

    >>> promoted([(1, 3), (2, 1), (3, 2), (4, 1)], 2)
    [2, 4]
    """
    found = []
    for name, needed in waiting:
        if needed <= free:
            found.append(name)
            free -= needed
    return found


def reminder(at: datetime, days: Iterable[int], now: datetime) -> tuple[int, datetime] | None:
    """Which reminder is due of an activity at `at`, in days before, and since when; the latest counts."""
    begun = [(one, at - timedelta(days=one)) for one in days if at - timedelta(days=one) <= now < at]
    return min(begun, default=None)


def quarter_of(day: date) -> str:
    """The quarter of a day.

    >>> quarter_of(date(2026, 11, 22))
    '2026-Q4'
    """
    return f"{day.year}-Q{(day.month + 2) // 3}"


def following(last: date, every_weeks: int, today: date) -> date:
    """The first day of the rhythm after `last` that has not passed; raises ValueError for no rhythm.

    >>> following(date(2026, 1, 5), 4, date(2026, 2, 10)).isoformat()
    '2026-03-02'
    """
    if every_weeks < 1:
        raise ValueError("every_weeks: at least one")
    step = timedelta(weeks=every_weeks)
    coming = last + step
    if coming < today:
        coming += step * -(-(today - coming) // step)
    return coming


def acts_a_year(lines: Iterable[LineSpec]) -> float:
    """How many acts these lines make in a year; a day comes once, what is replenished is not known."""
    found = 0.0
    for line in lines:
        if line.occasion == Occasion.EVERY and line.every_weeks:
            found += 52 / line.every_weeks
        elif line.occasion in DAYS_OF_RESPECT:
            found += 1
    return found


def cost_a_year(lines: Iterable[LineSpec]) -> Decimal:
    """What these lines are allowed to cost in a year."""
    total = Decimal(0)
    for line in lines:
        total += line.budget * Decimal(str(acts_a_year([line])))
    return total.quantize(Decimal("0.01"))


def limit_of(
    *, max_cost: Decimal | None, max_value_share: float, value_at_stake: Decimal | None
) -> Decimal | None:
    """What a grade lets one spend on somebody in a year; None = no limit."""
    share = value_at_stake * Decimal(str(max_value_share)) if value_at_stake is not None else None
    known = [one for one in (max_cost, share) if one is not None]
    return min(known) if known else None


def left(limit: Decimal | None, spent: Decimal) -> Decimal | None:
    """What may still be spent; None = no limit."""
    return None if limit is None else max(Decimal(0), limit - spent)


def gifts(
    ideas: Iterable[GiftView],
    *,
    hobbies: Sequence[str],
    places: frozenset[str],
    room: Decimal | None,
) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    """Gifts for somebody, those of a hobby first, then what can be afforded, then by price; and those barred.

    `places` are country and cultures of the customer. An idea without a hobby suits everybody; one of another
    hobby is not proposed.
    """
    found, barred = [], []
    for idea in ideas:
        if not idea.active or (idea.hobby and idea.hobby not in hobbies):
            continue
        if places & set(idea.barred_in):
            barred.append(idea.code)
            continue
        found.append(Proposal(idea, bool(idea.hobby), room is None or idea.low <= room))
    found.sort(key=lambda one: (not one.within_limit, not one.fits_hobby, one.gift.low, one.gift.code))
    return tuple(found), tuple(barred)


@dataclass(frozen=True)
class Heard:
    """One contact of the past and how it stands."""

    channel: str
    status: str


def reactions(heard: Iterable[Heard], *, planned: Sequence[str]) -> tuple[Reaction, ...]:
    """What the reactions to past contacts propose for a plan whose lines use the channels `planned`.

    Whoever complained or unsubscribed is to be spared greetings. A channel that was ignored (four contacts
    or more, at most a tenth answered) gives way to the one that was answered best (two or more, half).
    """
    sent: dict[str, int] = {}
    reacted: dict[str, int] = {}
    annoyed: dict[str, int] = {}
    for one in heard:
        if one.status in SENT:
            sent[one.channel] = sent.get(one.channel, 0) + 1
        if one.status in REACTED:
            reacted[one.channel] = reacted.get(one.channel, 0) + 1
        if one.status in ANNOYED:
            annoyed[one.channel] = annoyed.get(one.channel, 0) + 1
    found = []
    if annoyed:
        found.append(Reaction("pause", "pause", "", "", dict(sorted(annoyed.items()))))
    shares = {name: reacted.get(name, 0) / count for name, count in sent.items() if count}
    liked = [
        name
        for name, share in shares.items()
        if sent[name] >= LIKED_FROM and share >= LIKED_SHARE and name not in annoyed
    ]
    best = max(liked, key=lambda name: (shares[name], sent[name], name), default="")
    for name in sorted(set(planned)):
        ignored = sent.get(name, 0) >= IGNORED_FROM and shares.get(name, 1.0) <= IGNORED_SHARE
        if ignored and best and best != name:
            figures = {
                "sent": sent[name],
                "answered": reacted.get(name, 0),
                "other_sent": sent[best],
                "other_answered": reacted[best],
            }
            found.append(Reaction(f"switch-{name}-{best}", "switch", name, best, figures))
    return tuple(found)


def check_package(
    items: Sequence[PackageItem], *, extra_cost: Decimal, ready_days: int, usual_days: int, rules: Rules
) -> PackageCheck:
    """What a package costs beside its price, and how much later than usual it is there.

    `extra_cost` is what it costs to make it personal. Problems: "too_dear", "below_cost", "too_slow".
    """
    price = sum((one.price * one.quantity for one in items), Decimal(0))
    cost = sum((one.cost * one.quantity for one in items), Decimal(0)) + extra_cost
    share = float(extra_cost / price) if price else None
    delay = ready_days - usual_days
    problems = []
    if (share is None and extra_cost > 0) or (share is not None and share > rules.dear_share):
        problems.append("too_dear")
    if cost > price:
        problems.append("below_cost")
    if delay > rules.slow_days:
        problems.append("too_slow")
    return PackageCheck(price, cost, extra_cost, share, price - cost, delay, tuple(problems))


def service_hints(*, tier: str, needs: Iterable[str], sensitivity: str, group: str) -> tuple[str, ...]:
    """How somebody of this kind is served; what binds most comes first."""
    found = []
    if tier == "high":
        found += ["vip_channel", "custom_solution", "priority_support"]
    known = set(needs)
    found += [hint for need, hint in HINT_OF_NEED.items() if need in known]
    if sensitivity == "time":
        found.append("fast_track")
    if sensitivity == "data":
        found.append("figures_first")
    if group == "potential":
        found.append("show_use")
    return tuple(dict.fromkeys(found))


HINT_OF_NEED: Mapping[str, str] = {
    "older": "simple_guidance",
    "traveller": "fast_track",
    "accessibility": "barrier_free",
    "health": "ask_health",
    "diet": "ask_diet",
    "after_sales": "after_sales_first",
}
