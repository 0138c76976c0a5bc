"""Shares and their differences as functions of counts: no Django, no clock, no store.

docs/algorithms/habits.md says why each rule is as it is.
"""

from __future__ import annotations

from statistics import NormalDist

from keepwell.outreach.habits.contracts import Difference, Share
from keepwell.science.experiment.score import difference_interval, wilson

# Below so many a share says nothing, and two are not compared.
FEWEST = 30
COMPARED_MIN = 200
ERROR = 0.05


def share(events: int, units: int, *, compared: int = 1) -> Share:
    """A share with its 95 % interval (Wilson); wider where it is one of `compared`.

    >>> one = share(30, 100)
    >>> round(one.low, 3), round(one.high, 3)
    (0.219, 0.396)
    """
    if units <= 0:
        return Share(events, 0, 0.0, 1.0)
    low, high = wilson(min(events, units), units, critical(compared))
    return Share(events, units, float(low), float(high))


def critical(compared: int) -> float:
    """How many standard errors keep all of `compared` intervals right with 95 % (Bonferroni).

    >>> round(critical(1), 2), round(critical(20), 2)
    (1.96, 3.02)
    """
    return NormalDist().inv_cdf(1 - ERROR / 2 / max(compared, 1))


def clearly_more(one: Share, other: Share, *, compared: int) -> Difference | None:
    """The difference of two shares where `one` is greater beyond chance; None where that cannot be said.

    Each needs COMPARED_MIN units; the interval (Miettinen and Nurminen) is that of one of `compared`.
    """
    if min(one.units, other.units) < COMPARED_MIN or one.value <= other.value:
        return None
    low, high = difference_interval(one.events, one.units, other.events, other.units, critical(compared))
    if float(low) <= 0:
        return None
    return Difference(one.value - other.value, float(low), float(high), compared)
