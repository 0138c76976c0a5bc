"""Has a rate changed? Recent counts against earlier ones as Poisson counts with a Gamma prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

Floats = npt.NDArray[np.float64]
TRENDS: tuple[Literal["rising", "steady", "falling", "unknown"], ...] = (
    "rising",
    "steady",
    "falling",
    "unknown",
)
SURE = 0.9


@dataclass(frozen=True)
class RatePrior:
    """Gamma(shape, rate) prior of a rate per unit of exposure."""

    shape: float
    rate: float


def rate_prior(count: npt.ArrayLike, exposure: npt.ArrayLike) -> RatePrior:
    """Gamma prior of the customers' rates by moments of their counts.

    E[c] = m t and Var[c] = m t + v t^2 give the rates' mean m = sum c / sum t and variance
    v = (sum (c - m t)^2 - sum c) / sum t^2. The shape m^2 / v is kept between 0.5 and 2, weak enough for a
    single customer's history to speak.

    Args:
        count: (n,) events, >= 0.
        exposure: (n,) time in which they happened, >= 0.

    Returns:
        The prior; Gamma(0.5, 0.5 per unit) where there is nothing to learn from.
    """
    counts = np.asarray(count, dtype=np.float64)
    times = np.asarray(exposure, dtype=np.float64)
    total, time = float(counts.sum()), float(times.sum())
    if total <= 0 or time <= 0:
        return RatePrior(0.5, 0.5)
    mean = total / time
    variance = float(((counts - mean * times) ** 2).sum() - total) / float((times**2).sum())
    shape = 2.0 if variance <= 0 else float(np.clip(mean**2 / variance, 0.5, 2.0))
    return RatePrior(shape, shape / mean)


def probability_fell(
    recent: npt.ArrayLike,
    recent_exposure: npt.ArrayLike,
    earlier: npt.ArrayLike,
    earlier_exposure: npt.ArrayLike,
    prior: RatePrior,
    *,
    dispersion: float = 1.0,
) -> Floats:
    """Posterior probability that the recent rate lies below the earlier one.

    With Gamma(shape + c, rate + t) posteriors of both rates, P(recent < earlier) is the regularised
    incomplete beta function I_z(shape + c1, shape + c0), z = (rate + t1) / (2 rate + t1 + t0): the ratio of
    independent Gamma variables. Counts in bulk (items per order) are divided, like their exposures' weight,
    by `dispersion`, the variance per unit of mean (quasi-Poisson).

    Args:
        recent: (n,) events in the recent window.
        recent_exposure: (n,) its length.
        earlier: (n,) events before.
        earlier_exposure: (n,) their time; where it is 0 the answer rests on the prior.
        prior: of the rate, per unit of exposure.
        dispersion: >= 1; 1 is Poisson.

    Returns:
        (n,) probabilities; 0.5 where nothing is known.

    Raises:
        ValueError: a count or exposure is negative or dispersion is below 1.

    >>> round(probability_fell(0, 90, 12, 360, RatePrior(1.0, 30.0)).item(), 2)
    0.95
    """
    c1, t1, c0, t0 = (
        np.asarray(part, dtype=np.float64) for part in (recent, recent_exposure, earlier, earlier_exposure)
    )
    if dispersion < 1:
        raise ValueError("dispersion must be at least 1")
    for name, part in (("recent", c1), ("recent_exposure", t1), ("earlier", c0), ("earlier_exposure", t0)):
        if (part < 0).any():
            raise ValueError(f"{name} must not be negative")
    # In units of `dispersion` items, the rate prior has the same shape and a rate that is larger as much.
    rate = prior.rate * dispersion
    share = (rate + t1) / (2 * rate + t1 + t0)
    return np.asarray(betainc(prior.shape + c1 / dispersion, prior.shape + c0 / dispersion, share))


def dispersion_of(sum_of_squares: float, total: float) -> float:
    """Variance per unit of mean of a compound Poisson count: E[q^2] / E[q] of its jumps q; at least 1."""
    return max(1.0, sum_of_squares / total) if total > 0 else 1.0


def classify(
    fell: npt.ArrayLike,
    recent: npt.ArrayLike,
    recent_exposure: npt.ArrayLike,
    earlier: npt.ArrayLike,
    earlier_exposure: npt.ArrayLike,
    *,
    sure: float = SURE,
) -> npt.NDArray[np.int8]:
    """(n,) index into `TRENDS`: falling or rising from probability `sure`, unknown without earlier history.

    `falling` and `rising` are said only where the plain rates agree; unknown where there is no earlier
    exposure or nothing was counted in either window.
    """
    c1, t1, c0, t0 = (
        np.asarray(part, dtype=np.float64) for part in (recent, recent_exposure, earlier, earlier_exposure)
    )
    probability = np.asarray(fell, dtype=np.float64)
    known = (t0 > 0) & (t1 > 0) & (c0 + c1 > 0)
    falling = known & (probability >= sure) & (c1 * t0 < c0 * t1)
    rising = known & (probability <= 1 - sure) & (c1 * t0 > c0 * t1)
    return np.select([~known, falling, rising], [3, 2, 0], default=1).astype(np.int8)
