"""Treated beside control, from arrays: no Django, no clock, no store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.plays.experiments.measured import EVIDENCE, Amount, Verdict
from keepwell.plays.experiments.outcomes import Sample, beside_first
from keepwell.plays.lifts.contracts import Compared, Figure
from keepwell.science.experiment import Lift, mismatch

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ARMS = ("control", "treated")
SECONDS_A_DAY = 86_400
# Where the intervals of a journey, which hold at every look together, are tightest.
PLANNED_UNITS = 5_000


@dataclass(frozen=True, eq=False)
class Bought:
    """What the customers of a sample bought within the days, one element each.

    Attributes:
        orders: (n,) number, of all currencies.
        revenue: currency to (n,) money.
        contribution: currency to (n,) money of orders less what they cost.

    """

    orders: Floats
    revenue: Mapping[str, Floats]
    contribution: Mapping[str, Floats]

    def only(self, rows: Bools) -> Bought:
        """Those customers alone, (n,) whether each."""
        cut = {
            name: {currency: values[rows] for currency, values in getattr(self, name).items()}
            for name in ("revenue", "contribution")
        }
        return Bought(self.orders[rows], **cut)


def over(entered: Floats, *, days: int, until: float) -> Bools:
    """(n,) whose days are over at `until`, in seconds since 1970.

    >>> over(np.array([0.0, 86_400.0]), days=1, until=86_400.0).tolist()
    [True, False]
    """
    return np.asarray(entered + days * SECONDS_A_DAY <= until)


def both_sides(is_control: Bools) -> bool:
    """Whether there is somebody on either side."""
    return bool(is_control.any() and not is_control.all())


def compared(
    sample: Sample, found: Bought, *, currency: str, planned_units: float | None, trusted: bool = True
) -> tuple[Compared, ...]:
    """Every figure, treated beside control; everybody counts on the side they were dealt, reached or not.

    Args:
        sample: customers whose days are over, arm 0 control and 1 treated.
        found: what they bought.
        currency: of the costs; margins in other currencies bear none.
        planned_units: for intervals that hold at every look; None for one look, at the end.
        trusted: whether both sides are as large as they should be; else nothing is said to be better.

    """
    bought = found.orders > 0
    wanted: list[tuple[Figure, str, Floats]] = [
        (Figure.RETENTION, "", bought.astype(np.float64)),
        (Figure.ORDERS, "", found.orders),
    ]
    for one in currencies(found, currency):
        zeros = np.zeros(len(sample))
        cost = sample.cost if one == currency else zeros
        wanted.append((Figure.REVENUE, one, found.revenue.get(one, zeros)))
        wanted.append((Figure.MARGIN, one, found.contribution.get(one, zeros) - cost))
    results = []
    for figure, of, outcome in wanted:
        several, _known = beside_first(
            outcome,
            sample,
            ARMS,
            bought=None if figure is Figure.RETENTION else bought,
            is_share=figure is Figure.RETENTION,
            planned_units=planned_units,
        )
        results.append(_compared(figure, of, several.lifts[ARMS[1]], trusted))
    return tuple(results)


def currencies(found: Bought, first: str) -> tuple[str, ...]:
    """The currency of the costs, then every other in which somebody bought."""
    others = sorted(one for one, values in found.revenue.items() if one != first and values.any())
    return (first, *others)


def _compared(figure: Figure, currency: str, lift: Lift, trusted: bool) -> Compared:
    count = lift.treated.units
    return Compared(
        figure=figure,
        currency=currency,
        treated_mean=lift.treated.mean,
        control_mean=lift.control.mean,
        difference=lift.difference,
        low=lift.low,
        high=lift.high,
        relative=lift.relative,
        relative_low=lift.relative_low,
        relative_high=lift.relative_high,
        verdict=str(EVIDENCE[lift.evidence] if trusted else Verdict.NOT_COMPARABLE),
        doubts=tuple(str(one) for one in lift.doubts),
        method=lift.method,
        total=Amount(lift.difference * count, lift.low * count, lift.high * count),
    )


def lopsided(is_control: Bools, probability: Floats) -> bool:
    """Whether so many on each side cannot be chance: with other shares over time, beside their mean."""
    if not len(is_control):
        return False
    share = float(np.where(is_control, probability, 1 - probability).mean())
    if not 0 < share < 1:
        return False
    counts = [int(is_control.sum()), int((~is_control).sum())]
    return mismatch(counts, [share, 1 - share]).alarm


def counted_before(
    mine: int, entered: Mapping[str, float], others: list[tuple[str, int, float]], *, days: int
) -> set[str]:
    """Those whom another lot dealt earlier, and whose days there were not over when this one dealt them.

    What is known before the lot decides, never what came after: so the sides stay comparable. Of two lots at
    the same moment the one with the smaller number comes first.

    >>> sorted(counted_before(2, {"A": 10.0, "B": 10.0}, [("A", 1, 9.0), ("B", 3, 10.0)], days=1))
    ['A']
    """
    found = set()
    for customer, lot, at in others:
        if lot == mine or customer not in entered:
            continue
        passed = entered[customer] - at
        if 0 <= passed < days * SECONDS_A_DAY and (passed > 0 or lot < mine):
            found.add(customer)
    return found
