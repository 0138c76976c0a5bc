"""What customers are worth: the plain formula, tiers, repeat purchase rate, core customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TIERS: tuple[Literal["high", "mid", "low"], ...] = ("high", "mid", "low")
LEAST_YEARS = 1.0


def formula_clv(
    annual_contribution: npt.ArrayLike, lifetime_years: npt.ArrayLike, acquisition_cost: npt.ArrayLike = 0.0
) -> Floats:
    """Average yearly contribution x lifetime - acquisition cost; not discounted.

    Args:
        annual_contribution: (n,) or scalar, money per year; may be negative.
        lifetime_years: (n,) or scalar, >= 0.
        acquisition_cost: (n,) or scalar, money.

    Returns:
        (n,) money.

    Raises:
        ValueError: lifetime_years is negative.

    >>> formula_clv(2400, 5, 1500).item()
    10500.0
    >>> formula_clv(200, 3, 900).item()
    -300.0
    """
    years = np.asarray(lifetime_years, dtype=np.float64)
    if (years < 0).any():
        raise ValueError("lifetime_years must not be negative")
    annual = np.asarray(annual_contribution, dtype=np.float64)
    return np.asarray(annual * years - np.asarray(acquisition_cost, dtype=np.float64))


def annual_contribution(
    total: npt.ArrayLike, observed_years: npt.ArrayLike, *, least_years: float = LEAST_YEARS
) -> Floats:
    """Contribution per year of a purchase history.

    A history shorter than `least_years` counts as that long: what a customer of ten days brought is not
    multiplied by 36, but stands for the year until there is more to see.

    Args:
        total: (n,) contribution so far, money.
        observed_years: (n,) years from the first purchase to the date of observation, >= 0.
        least_years: > 0.

    Returns:
        (n,) money per year.

    Raises:
        ValueError: observed_years is negative or least_years is not positive.

    >>> annual_contribution([1200, 1200], [2.0, 0.1]).tolist()
    [600.0, 1200.0]
    """
    years = np.asarray(observed_years, dtype=np.float64)
    if (years < 0).any():
        raise ValueError("observed_years must not be negative")
    if not least_years > 0:
        raise ValueError("least_years must be positive")
    return np.asarray(np.asarray(total, dtype=np.float64) / np.maximum(years, least_years))


@dataclass(frozen=True)
class TierCutoffs:
    """A value equal to a cut-off belongs to the higher tier."""

    high_from: float
    mid_from: float


def tier_cutoffs(value: npt.ArrayLike, *, high_share: float, mid_share: float) -> TierCutoffs:
    """Cut-offs such that the best customers together bring the shares asked for.

    Customers are taken in order of value, largest first. `high_from` is the value of the customer with whom
    the running sum first reaches `high_share` of the total; `mid_from` likewise for both shares together.
    Equal values are never parted. Only positive values count; without any, nobody is high or mid (infinity).

    Args:
        value: (n,) finite, e.g. CLV.
        high_share: 0 to 1.
        mid_share: 0 to 1; both together at most 1.

    Raises:
        ValueError: a share is out of range or a value is not finite.

    >>> tier_cutoffs([50, 30, 10, 5, 5], high_share=0.5, mid_share=0.3)
    TierCutoffs(high_from=50.0, mid_from=30.0)
    """
    if not (0 <= high_share <= 1 and 0 <= mid_share <= 1 and high_share + mid_share <= 1 + 1e-12):
        raise ValueError("high_share and mid_share must be shares that together are at most 1")
    values = np.asarray(value, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("value must be finite")
    best = np.sort(values[values > 0])[::-1]
    running = np.cumsum(best)
    return TierCutoffs(_reach(best, running, high_share), _reach(best, running, high_share + mid_share))


def _reach(best: Floats, running: Floats, share: float) -> float:
    if best.size == 0 or share <= 0:
        return float("inf")
    # The sum of all shares need not be exactly 1 in floating point.
    wanted = share * running[-1] * (1 - 1e-12)
    return float(best[min(int(np.searchsorted(running, wanted)), best.size - 1)])


def tiers(value: npt.ArrayLike, cutoffs: TierCutoffs) -> npt.NDArray[np.int8]:
    """(n,) index into `TIERS` of each value; on a cut-off the higher tier."""
    values = np.asarray(value, dtype=np.float64)
    return np.where(values >= cutoffs.high_from, 0, np.where(values >= cutoffs.mid_from, 1, 2)).astype(
        np.int8
    )


def repeat_purchase_rate(buyers: int, repeat_buyers: int) -> float | None:
    """Buyers of a period with at least two purchases in it / all its buyers; None where nobody bought.

    >>> repeat_purchase_rate(400, 148)
    0.37
    """
    if not 0 <= repeat_buyers <= buyers:
        raise ValueError("repeat_buyers must lie between 0 and buyers")
    return repeat_buyers / buyers if buyers else None


def core_customers(
    bought_periods: npt.ArrayLike, periods: npt.ArrayLike, purchases: npt.ArrayLike, *, rate: float
) -> npt.NDArray[np.bool_]:
    """Who keeps buying again: the share of later periods with a purchase is at least `rate`.

    Args:
        bought_periods: (n,) periods (e.g. of 30 days) with a purchase, without the one of the first purchase.
        periods: (n,) periods that the customer could have bought in again.
        purchases: (n,) purchases in all; fewer than three are never called a habit.
        rate: 0 to 1.
    """
    could = np.asarray(periods, dtype=np.float64)
    did = np.asarray(bought_periods, dtype=np.float64)
    often = np.divide(did, could, out=np.zeros_like(did), where=could > 0) >= rate
    return np.asarray(often & (could > 0) & (np.asarray(purchases) >= 3))
