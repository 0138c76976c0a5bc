"""The share of those who would have left whom a treatment kept, by group of causes; from arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keepwell.plays.experiments.outcomes import Bools, Floats
from keepwell.plays.learning.core import LEAST_MEMBERS
from keepwell.science.experiment import Lift, lift_from_moments, moments_by_arm

NORMAL = 1.959964  # half a 95 % interval, in standard errors


@dataclass(frozen=True)
class Share:
    """A saved share with its 95 % interval; negative where the treatment drove customers away."""

    share: float
    low: float
    high: float
    error: float
    treated: int
    control: int


def saved_share(left: Floats, treated: Bools, propensity: Floats) -> Share | None:
    """By what part leaving is rarer among the treated: 1 - q_t / q_c, by the relative lift of leaving.

    That is the saved share of the expected loss: the loss is the chance of leaving times what is at stake,
    and the treatment makes q_t of the chance q_c.

    Args:
        left: (n,) 1 for a member without an order within the days, else 0.
        treated: (n,) whether treated; the others are of the control.
        propensity: (n,) with which each came into the own arm.

    Returns:
        None where there is too little on one side to say anything.

    """
    sums = moments_by_arm(left, treated.astype(np.int64), 2, probability=propensity)
    found: Lift = lift_from_moments(sums[1], sums[0], higher_is_better=False)
    if min(sums[0].units, sums[1].units) < LEAST_MEMBERS or set(found.doubts) - {"wide"}:
        return None
    if not np.isfinite([found.relative, found.relative_low, found.relative_high]).all():
        return None
    # From the interval: of few events the delta method knows an error that is too small.
    error = (found.relative_high - found.relative_low) / (2 * NORMAL)
    if not error > 0:
        return None
    return Share(
        share=-found.relative,
        low=-found.relative_high,
        high=-found.relative_low,
        error=error,
        treated=sums[1].units,
        control=sums[0].units,
    )
