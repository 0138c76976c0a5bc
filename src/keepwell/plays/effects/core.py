"""The comparison of two sides as a function of arrays: no Django, no clock, no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from keepwell.plays.effects.contracts import CurvePoint, Effect, GroupEffect, Metric
from keepwell.science.experiment import Lift, Plan, Rate, lift, sample_size

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Where the intervals, which hold at every look together, are tightest: so many customers of both sides.
PLANNED_UNITS = 5_000
INTEREST = 0.05  # of the customers: what one would not want to miss
FEWEST_IN_GROUP = 40


@dataclass(frozen=True)
class Sides:
    """Customers whose days after the warning are over: who could be reached, and what they bought.

    Attributes:
        reached: (n,) whether marketing could reach them; the others were kept aside.
        revenue: (n,) money of the days after.
        next_day: (n,) days until the first order, inf for none.
        revenue_before: (n,) money of the year before.
        orders_before: (n,) of the year before.

    """

    reached: Bools
    revenue: Floats
    next_day: Floats
    revenue_before: Floats
    orders_before: Floats

    def only(self, rows: Bools) -> Sides:
        """Those customers alone, (n,) whether each."""
        return Sides(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @property
    def bought_again(self) -> Floats:
        """(n,) 1 for an order within the days, else 0."""
        return np.isfinite(self.next_day).astype(np.float64)

    @property
    def past(self) -> Floats:
        """(n, 2) what was known before: orders, and revenue on a scale that a few large ones do not rule."""
        return np.column_stack([self.orders_before, np.log1p(np.maximum(self.revenue_before, 0.0))])


def effects(sides: Sides) -> tuple[Effect, ...]:
    """The effect on each metric; everybody counts on the side they were dealt, called or not.

    Looks at any time: the page is opened whenever somebody likes.
    """
    found = []
    for metric, outcome in ((Metric.BOUGHT_AGAIN, sides.bought_again), (Metric.REVENUE, sides.revenue)):
        measured = _lift(outcome, sides, sides.past)
        count = int(sides.reached.sum())
        found.append(
            Effect(metric, measured, measured.difference * count, measured.low * count, measured.high * count)
        )
    return tuple(found)


def by_group(sides: Sides, keys: Sequence[str]) -> tuple[GroupEffect, ...]:
    """The effect on buying again in each group; with k groups each interval has 1 - 0.05 / k (Bonferroni)."""
    named = np.asarray(keys, dtype=object)
    sizes = {key: int((named == key).sum()) for key in sorted(set(keys))}
    shown = [key for key, size in sizes.items() if size >= FEWEST_IN_GROUP]
    confidence = 1 - 0.05 / max(1, len(shown))
    found = []
    for key in shown:
        rows = named == key
        part = sides.only(rows)
        found.append(GroupEffect(key, _lift(part.bought_again, part, part.past, confidence)))
    return tuple(found)


def _lift(outcome: Floats, sides: Sides, past: Floats, confidence: float = 0.95) -> Lift:
    # A covariate that does not vary explains nothing, and cannot be solved for.
    varies = past.std(axis=0) > 0 if len(past) else np.zeros(past.shape[1], dtype=bool)
    return lift(
        outcome,
        sides.reached,
        covariate=past[:, varies] if varies.any() else None,
        confidence=confidence,
        planned_units=PLANNED_UNITS,
    )


def curve(sides: Sides, days: int) -> tuple[CurvePoint, ...]:
    """Share of each side that has bought again by each day; empty without both sides."""
    parts = {side: np.sort(sides.next_day[sides.reached == side]) for side in (True, False)}
    if any(part.size == 0 for part in parts.values()):
        return ()
    at = np.arange(days + 1)
    share = {side: np.searchsorted(part, at, side="right") / part.size for side, part in parts.items()}
    return tuple(CurvePoint(int(day), float(share[True][day]), float(share[False][day])) for day in at)


def needed(rate: float, control_share: float) -> int | None:
    """Customers of both sides that it takes to see `INTEREST` beside such a rate; None where it cannot be."""
    if not 0 < rate < 1 - INTEREST or not 0 < control_share < 1:
        return None
    return sample_size(Rate(rate), INTEREST, Plan(control_share=control_share, any_time=True)).total
