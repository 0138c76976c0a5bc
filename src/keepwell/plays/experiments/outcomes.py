"""What became of the members of a play, arm by arm, as functions of arrays: no Django, no clock, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import partial

import numpy as np
import scipy  # loads `optimize` and `stats` when they are first used: a worker needs neither
from numpy.typing import NDArray
from scipy.special import ndtr

from keepwell.science.experiment import (
    Comparison,
    GuardRail,
    Lift,
    Moments,
    compare,
    guard_rail,
    lift_from_moments,
    longest_horizon,
    moments_by_arm,
    pseudo_values,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
CONFIDENCE = 0.95
GROWTH = 60.0  # from the first day to the sixtieth
FEWEST_IN_GROUP = 40
SOLVING_DAYS = 14.0  # up to where the time until a complaint is solved counts
# So many more in a hundred customers may complain, or end all messages, and no more.
MARGINS = {"complaints": 0.02, "unsubscribed": 0.02}


class Metric(StrEnum):
    """What is compared, within so many days after the assignment."""

    RETENTION = "retention"  # share of the members with an order
    REVENUE = "revenue"  # money a member
    MARGIN = "margin"  # money a member: orders less their cost, less what the play spent on the member
    SATISFACTION = "satisfaction"  # 0 to 1, of those who answered
    CONVERSION = "conversion"  # share of the members with a talk after which they stay
    SOLVING = "solving_time"  # days within `SOLVING_DAYS` until a complaint is solved, of those who had one


# Of which few members have the most.
MONEY = (Metric.REVENUE, Metric.MARGIN)


class Guard(StrEnum):
    """What must not get worse."""

    COMPLAINTS = "complaints"  # share of the members who opened a ticket
    UNSUBSCRIBED = "unsubscribed"  # share who ended messages, or called one spam


@dataclass(frozen=True, eq=False)
class Sample:
    """Members of a play as far as measuring needs them, one element each.

    Attributes:
        customer_id: numbers.
        arm: (n,) index of the arm; 0 is what the others are compared with.
        propensity: (n,) with which the member came into that arm, in (0, 1].
        entered: (n,) seconds since 1970, of the assignment.
        cost: (n,) money that the play spent on the member.
        past: (n, k) known before the assignment, finite.

    """

    customer_id: tuple[str, ...]
    arm: Ints
    propensity: Floats
    entered: Floats
    cost: Floats
    past: Floats

    def __len__(self) -> int:
        return len(self.customer_id)

    def only(self, rows: Bools) -> Sample:
        """Those members alone, (n,) whether each."""
        kept = tuple(one for one, wanted in zip(self.customer_id, rows, strict=True) if wanted)
        return Sample(kept, *(getattr(self, field.name)[rows] for field in fields(self)[1:]))


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What happened within the days after the assignment, one element for each member.

    Attributes:
        next_day: (n,) days until the first order, inf for none.
        revenue: (n,) money of the orders.
        contribution: (n,) money of the orders less what they cost.
        satisfaction: (n,) mean of the answers from 0 to 1, NaN for none.
        complaints: (n,) tickets that were opened.
        unsubscribed: (n,) messages that the customer ended or called spam.
        converted: (n,) talks after which the customer stays.
        solving_days: (n,) days from the first complaint that was open to its end, or to the day until which
            facts are known; NaN for none.
        solved: (n,) 1 where that complaint came to its end, else 0.

    """

    next_day: Floats
    revenue: Floats
    contribution: Floats
    satisfaction: Floats
    complaints: Floats
    unsubscribed: Floats
    converted: Floats | None = None
    solving_days: Floats | None = None
    solved: Floats | None = None

    @property
    def ordered(self) -> Floats:
        """(n,) 1 for an order, else 0."""
        return np.isfinite(self.next_day).astype(np.float64)

    def of(self, metric: Metric, cost: Floats) -> Floats:
        """The outcome that `metric` compares, (n,); NaN where it is not known of a member."""
        if metric is Metric.RETENTION:
            return self.ordered
        if metric is Metric.REVENUE:
            return self.revenue
        if metric in (Metric.CONVERSION, Metric.SOLVING):
            counted = self.converted if metric is Metric.CONVERSION else self.solving_days
            if counted is None:
                return np.full(self.next_day.size, np.nan)
            return counted if metric is Metric.SOLVING else (counted > 0).astype(np.float64)
        return self.contribution - cost if metric is Metric.MARGIN else self.satisfaction


@dataclass(frozen=True)
class MetricResult:
    """One metric: every arm beside the control; the intervals of the arms hold together.

    `known` is of how many members the outcome is known, arm by arm: of satisfaction only those who answered.
    `may_be_best` are the arms among which the best one is; more than one means that more cannot be said.
    `horizon_days`: up to where times count; None for what is no time.
    """

    metric: Metric
    lifts: Mapping[str, Lift]
    may_be_best: tuple[str, ...]
    known: Mapping[str, int]
    horizon_days: float | None = None


@dataclass(frozen=True)
class GuardResult:
    """One guard rail for one arm."""

    guard: Guard
    arm: str
    lift: Lift
    rail: GuardRail


@dataclass(frozen=True)
class CurveOfArm:
    """Share of an arm's members that has ordered again by each day after the assignment."""

    arm: str
    shares: tuple[float, ...]


def past(*columns: Sequence[float] | Floats) -> Floats:
    """What was known before as (n, k): what is not known becomes the mean, what does not vary is left out.

    >>> past([1.0, float("nan"), 3.0], [5.0, 5.0, 5.0]).tolist()
    [[1.0], [2.0], [3.0]]
    """
    kept = []
    for column in columns:
        values = np.asarray(column, dtype=np.float64)
        known = np.isfinite(values)
        if known.any():
            values = np.where(known, values, values[known].mean())
            if values.std() > 1e-12 * max(1.0, abs(float(values.mean()))):
                kept.append(values)
    return np.column_stack(kept) if kept else np.zeros((len(columns[0]) if columns else 0, 0))


def measure(
    units: Sample,
    found: Outcomes,
    arms: Sequence[str],
    *,
    planned_units: float | None,
    smallest: Mapping[Metric, float] | None = None,
) -> tuple[MetricResult, ...]:
    """Every metric: each arm beside the first; everybody counts in the arm they were dealt, reached or not.

    Args:
        units: the members whose days are over.
        found: what became of them.
        arms: their keys, the control first.
        planned_units: for intervals that hold at every look; None for one look, at the end.
        smallest: the smallest difference that would matter, by metric.

    """
    results = []
    for metric in Metric:
        outcome, horizon = found.of(metric, units.cost), None
        known = np.isfinite(outcome)
        if metric is Metric.SOLVING:
            outcome, horizon = _restricted(outcome, found.solved, units.arm, len(arms))
            known = np.isfinite(outcome)
        part = units.only(known)
        several, counts = beside_first(
            outcome[known],
            part,
            arms,
            bought=found.ordered[known] > 0 if metric in MONEY else None,
            is_share=metric is Metric.RETENTION,
            planned_units=planned_units,
            smallest_effect=(smallest or {}).get(metric),
            is_time=metric is Metric.SOLVING,
        )
        results.append(MetricResult(metric, several.lifts, several.may_be_best, counts, horizon))
    return tuple(results)


def beside_first(
    outcome: Floats,
    units: Sample,
    arms: Sequence[str],
    *,
    bought: Bools | None = None,
    is_share: bool = False,
    is_time: bool = False,
    planned_units: float | None,
    smallest_effect: float | None = None,
) -> tuple[Comparison, dict[str, int]]:
    """One outcome, each arm beside the first, and of how many members of each it is known.

    Args:
        outcome: (n,) finite.
        units: the n members.
        arms: their keys, the control first.
        bought: (n,) for an outcome of which few members have the most (money, orders): who has any of it.
        is_share: whether the outcome is 0 or 1.
        is_time: whether it is a time: skewed, and the less the better.
        planned_units: for intervals that hold at every look; None for one look, at the end.
        smallest_effect: the smallest difference that would matter.

    """
    against = partial(
        _against_first,
        arms,
        planned_units=planned_units,
        smallest_effect=smallest_effect,
        unskewed=is_time or bought is not None,
        higher_is_better=not is_time,
    )
    sums = _moments(outcome, units, len(arms))
    if bought is not None:
        # What is spent on everybody is no event: it says nothing of how many orders there were.
        events = np.bincount(units.arm[bought], minlength=len(arms)).tolist()
        sums = [replace(one, events=count) for one, count in zip(sums, events, strict=True)]
    several = against(sums)
    if is_share and planned_units is None and _doubted(several):
        plain = moments_by_arm(outcome, units.arm, len(arms))
        # Shares as they were counted can be trusted from fewer orders on, where the lot was even.
        several = against(plain) if all(one.equal_weights for one in sums) else several
    return several, {key: one.units for key, one in zip(arms, sums, strict=True)}


def _against_first(
    arms: Sequence[str],
    sums: Sequence[Moments],
    *,
    planned_units: float | None,
    smallest_effect: float | None,
    unskewed: bool,
    higher_is_better: bool,
) -> Comparison:
    return compare(
        sums[0],
        dict(zip(arms[1:], sums[1:], strict=True)),
        control_name=arms[0],
        planned_units=planned_units,
        smallest_effect=smallest_effect,
        unskewed=unskewed,
        higher_is_better=higher_is_better,
    )


def _restricted(days: Floats, solved: Floats | None, arm: Ints, arms: int) -> tuple[Floats, float]:
    """Pseudo-values of the days until it is solved, (n,), NaN where there is none; and their horizon.

    One horizon for all arms: up to where the curve of each is known.
    """
    ended = np.zeros(days.size) if solved is None else solved
    groups = [np.flatnonzero((arm == index) & np.isfinite(days)) for index in range(arms)]
    horizon = min(
        (longest_horizon(days[group], ended[group], SOLVING_DAYS) for group in groups if group.size),
        default=SOLVING_DAYS,
    )
    found = np.full(days.size, np.nan)
    for group in groups:
        # Looked at on the very day of the complaint there is nothing to say of any time.
        if group.size and horizon > 0:
            found[group] = pseudo_values(days[group], ended[group], horizon)
    return found, horizon


def _doubted(several: Comparison) -> bool:
    return any(set(lift.doubts) - {"wide"} for lift in several.lifts.values())


def _moments(outcome: Floats, units: Sample, arms: int) -> list[Moments]:
    columns = [column for column in units.past.T if column.size and column.std() > 0]
    return moments_by_arm(
        outcome,
        units.arm,
        arms,
        covariate=np.column_stack(columns) if columns else None,
        probability=units.propensity,
    )


def every_look(tests: int = 1, growth: float = GROWTH) -> float:
    """How sure each interval must be alone, so that all looks at all of `tests` hold together in 95 of 100.

    Looks at one and the same number of members, while what is known of them grows `growth`-fold: the
    standardised difference is a Brownian motion W(t) / sqrt(t), which leaves ±c somewhere between t = 1 and
    `growth` with probability phi(c) ((c - 1/c) ln(growth) + 4/c) (Miller & Siegmund 1982, equation 9).

    >>> round(every_look(), 5), round(every_look(4), 5)
    (0.99756, 0.99953)
    """
    spent = (1 - CONFIDENCE) / max(1, tests)

    def excess(c: float) -> float:
        density = np.exp(-c * c / 2) / np.sqrt(2 * np.pi)
        return float(density * ((c - 1 / c) * np.log(growth) + 4 / c) - spent)

    return float(2 * ndtr(scipy.optimize.brentq(excess, 1.5, 12.0)) - 1)


def guards(units: Sample, found: Outcomes, arms: Sequence[str]) -> tuple[GuardResult, ...]:
    """The guard rails of each arm, at any look.

    Complaints are rare, and of the control nobody unsubscribes from messages that it does not get: what
    intervals of means would need is not there. Score intervals hold with few events, and at `every_look`
    with a higher confidence.
    """
    results = []
    tests = max(1, len(arms) - 1) * len(Guard)
    for guard in Guard:
        events = (getattr(found, guard.value) > 0).astype(np.float64)
        sums = moments_by_arm(events, units.arm, len(arms))
        for key, one in zip(arms[1:], sums[1:], strict=True):
            compared = lift_from_moments(one, sums[0], confidence=every_look(tests), higher_is_better=False)
            rail = guard_rail(compared, MARGINS[guard.value], higher_is_better=False)
            results.append(GuardResult(guard, key, compared, rail))
    return tuple(results)


def curves(units: Sample, found: Outcomes, arms: Sequence[str], days: int) -> tuple[CurveOfArm, ...]:
    """Share of each arm that has ordered again by each day 0…days; weighted by the propensity.

    An arm of nobody is left out.
    """
    at = np.arange(days + 1)
    result = []
    for index, key in enumerate(arms):
        mine = units.arm == index
        if mine.any():
            weight = 1 / units.propensity[mine]
            order = np.argsort(found.next_day[mine], kind="stable")
            days_of, summed = found.next_day[mine][order], np.cumsum(weight[order])
            place = np.searchsorted(days_of, at, side="right")
            share = np.where(place > 0, summed[np.maximum(place - 1, 0)], 0.0) / summed[-1]
            result.append(CurveOfArm(key, tuple(float(one) for one in share)))
    return tuple(result)


@dataclass(frozen=True)
class GroupLift:
    """The effect on buying again in one group, all arms that are treated together beside the control."""

    key: str
    treated: int
    control: int
    lift: Lift


def by_group(
    units: Sample, found: Outcomes, keys: Sequence[str], *, planned_units: float | None
) -> tuple[GroupLift, ...]:
    """The effect on buying again in each group of `FEWEST_IN_GROUP` members and more.

    With k groups each interval has 1 - 0.05 / k (Bonferroni), so that those of one table hold together.
    """
    named = np.asarray(keys, dtype=object)
    sizes = {key: int((named == key).sum()) for key in sorted(set(keys))}
    shown = [key for key, size in sizes.items() if size >= FEWEST_IN_GROUP]
    confidence = 1 - (1 - CONFIDENCE) / max(1, len(shown))
    result = []
    for key in shown:
        part = units.only(named == key)
        treated = (part.arm > 0).astype(np.int64)
        sums = moments_by_arm(found.ordered[named == key], treated, 2, probability=part.propensity)
        compared = lift_from_moments(sums[1], sums[0], confidence=confidence, planned_units=planned_units)
        result.append(GroupLift(key, sums[1].units, sums[0].units, compared))
    return tuple(result)
