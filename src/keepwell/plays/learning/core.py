"""What a measurement makes of an assumption: functions of values, no Django, no clock, no store."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

# How wrong an assumption may be that nobody measured: by half of itself, and by five points at least.
PRIOR_RELATIVE = 0.5
PRIOR_LEAST = 0.05
LEAST_MEMBERS = 30  # on each side of a line; below that nothing is learned


@dataclass(frozen=True)
class Pooled:
    """A share after a measurement; `weight` is that of the measurement, 0 to 1."""

    share: float
    spread: float
    weight: float


def prior_spread(share: float) -> float:
    """The standard deviation of an assumption that nobody measured.

    >>> prior_spread(0.2), prior_spread(0.02)
    (0.1, 0.05)
    """
    return max(PRIOR_RELATIVE * share, PRIOR_LEAST)


def pool(assumed: float, spread: float, measured: float, error: float) -> Pooled:
    """An assumed share and a measured one together, each by its precision (normal with known variance).

    Gelman et al. (2013, Bayesian Data Analysis, 3rd edition, equation 2.11): precisions add up, and the mean
    is that of both weighted by them. Much data replaces the assumption; little moves it a little.

    Args:
        assumed: share of the expected loss that is saved, before.
        spread: standard deviation of `assumed`, above 0.
        measured: the same share as a play measured it; may be negative.
        error: its standard error, above 0.

    >>> found = pool(0.10, 0.05, 0.04, 0.05)
    >>> round(found.share, 3), round(found.spread, 4), found.weight
    (0.07, 0.0354, 0.5)

    """
    if not (spread > 0 and error > 0 and math.isfinite(error)):
        raise ValueError("spread and error must be above 0")
    weight = spread**2 / (spread**2 + error**2)
    share = assumed + weight * (measured - assumed)
    return Pooled(share, spread * math.sqrt(1 - weight), weight)


def lines(
    assumed: Mapping[str, float], members: Mapping[str, int], pooled: float, prior: float
) -> dict[str, float]:
    """The share of each tier after the line of all tiers moved from `prior` to `pooled`.

    The tiers keep their relations to each other; a tier that nobody of the play was in stays as it is.

    >>> lines({"high": 0.2, "mid": 0.1, "low": 0.1}, {"high": 50, "mid": 50}, 0.075, 0.15)
    {'high': 0.1, 'mid': 0.05}
    """
    found = {}
    for tier, share in assumed.items():
        if members.get(tier, 0):
            moved = share * pooled / prior if prior > 0 else pooled
            found[tier] = round(min(max(moved, 0.0), 1.0), 4)
    return found


def mean_share(assumed: Mapping[str, float], members: Mapping[str, int]) -> float:
    """The assumed share of all tiers together, each as often as its members were in the play.

    >>> mean_share({"high": 0.2, "mid": 0.1}, {"high": 10, "mid": 30})
    0.125
    """
    total = sum(members.get(tier, 0) for tier in assumed)
    return sum(share * members.get(tier, 0) for tier, share in assumed.items()) / total if total else 0.0
