"""The map's decisions as functions of values: mood, and what is done for whom; no Django, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from keepwell.outreach.touchpoints.contracts import Evidence, Figures, Outcome

# So few answers say nothing yet: what people think stands in.
ANSWERS_MIN = 5
PEOPLE_MIN = 20
# From so many times the usual share of buyers on a touchpoint is marked as of high value, the best three.
BEST_LIFT = 1.25
BEST_MOST = 3
Meeting = tuple[str, datetime]


def mood(figures: Figures | None, feeling: int | None) -> tuple[float | None, bool]:
    """How customers feel, -1 to 1, and whether that was measured.

    >>> mood(Figures(score=0.75, answers=12), -2)
    (0.5, True)
    >>> mood(Figures(score=0.75, answers=2), -2)
    (-1.0, False)
    """
    if figures is not None and figures.score is not None and figures.answers >= ANSWERS_MIN:
        return 2 * figures.score - 1, True
    return (None, False) if feeling is None else (feeling / 2, False)


def lift(mine: tuple[int, int], all_: tuple[int, int]) -> float | None:
    """How many times the share of buyers after a touchpoint is that after any: (people, buyers) of each.

    None where nobody can be told, or fewer than PEOPLE_MIN.

    >>> lift((40, 20), (200, 50))
    2.0
    """
    if mine[0] < PEOPLE_MIN or not all_[0] or not all_[1]:
        return None
    return (mine[1] / mine[0]) / (all_[1] / all_[0])


def best(lifts: Mapping[int, float]) -> frozenset[int]:
    """The touchpoints after which most buy, BEST_MOST of those with at least BEST_LIFT.

    >>> sorted(best({1: 1.1, 2: 1.3, 3: 2.0, 4: 1.5, 5: 1.4}))
    [3, 4, 5]
    """
    chosen = sorted((-lift, number) for number, lift in lifts.items() if lift >= BEST_LIFT)
    return frozenset(number for _lift, number in chosen[:BEST_MOST])


def mood_of(parts: Iterable[tuple[float | None, bool, int]]) -> tuple[float | None, bool]:
    """A stage's mood: the mean of its touchpoints' (mood, measured, contacts) by how often they are met.

    Where anything was measured, that alone counts.
    """
    known = [(one, is_measured, max(weight, 1)) for one, is_measured, weight in parts if one is not None]
    measured = [one for one in known if one[1]]
    chosen = measured or known
    if not chosen:
        return None, False
    total = sum(weight for _one, _is, weight in chosen)
    return sum(one * weight for one, _is, weight in chosen) / total, bool(measured)


def met(
    happened: Sequence[Meeting], cured: Mapping[str, Sequence[datetime]], within: timedelta, until: datetime
) -> list[Meeting]:
    """Meetings of a friction by `until`: what happened and was not cured after it within `within`.

    A meeting stands at the moment at which it is known: the cure had its time until then. Several within that
    time are one.
    """
    found: list[Meeting] = []
    last: dict[str, datetime] = {}
    for customer_id, at in sorted(happened, key=lambda one: (one[1], one[0])):
        known_at = at + within
        if known_at > until:
            continue
        if any(at <= cure <= known_at for cure in cured.get(customer_id, ())):
            continue
        before = last.get(customer_id)
        if before is not None and at - before < within:
            continue
        last[customer_id] = at
        found.append((customer_id, at))
    return found


def decide(
    meeting: Meeting,
    *,
    now: datetime,
    complaints: Sequence[datetime],
    helped: Sequence[datetime],
    again: timedelta,
    is_one_of: bool,
) -> Outcome:
    """Whether the remedy starts at `now` for somebody who met the friction.

    Not for who is not meant, for who has complained since the meeting (somebody is at it already), and for
    who had the same remedy within `again`.
    """
    _customer, at = meeting
    if not is_one_of:
        return Outcome.OTHERS
    if any(at < one <= now for one in complaints):
        return Outcome.COMPLAINED
    if any(now - again < one <= now for one in helped):
        return Outcome.LATELY
    return Outcome.STARTED


def evidence(
    meetings: Sequence[Meeting], complaints: Mapping[str, Sequence[datetime]], after: timedelta
) -> Evidence:
    """How many met it, and how many of them complained within `after`; each customer's first counts."""
    hours = [
        (one - at).total_seconds() / 3600
        for customer_id, at in first_of(meetings).items()
        if (one := first_after(complaints.get(customer_id, ()), at, after)) is not None
    ]
    return Evidence(
        met=len(meetings),
        customers=len({one for one, _at in meetings}),
        complained=len(hours),
        hours_to_complaint=round(median(hours), 1) if hours else None,
    )


def first_of(meetings: Iterable[Meeting]) -> dict[str, datetime]:
    """The first meeting of each customer."""
    first: dict[str, datetime] = {}
    for customer_id, at in meetings:
        if customer_id not in first or at < first[customer_id]:
            first[customer_id] = at
    return first


def first_after(times: Iterable[datetime], at: datetime, after: timedelta) -> datetime | None:
    """The first of `times` that is later than `at`, by `after` at most."""
    return min((one for one in times if at < one <= at + after), default=None)
