"""Means of several arms, after what was known before is taken out (CUPED), with their covariance.

Deng, Xu, Kohavi & Walker (2013, "Improving the sensitivity of online controlled experiments by utilizing
pre-experiment data"): the difference of y - theta x has the expectation of the difference of y, and less
variance. One theta serves all arms. It is the one with the least variance of the differences, so that an arm
counts by 1 / its size; with equal shares that is the pooled theta of the paper, with unequal ones it is as
efficient as a regression with interactions (Lin 2013) and never worse than leaving x out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keepwell.science.experiment.inputs import Floats
from keepwell.science.experiment.moments import Moments


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Arms side by side; the control comes first.

    Attributes:
        value: (k,) mean (or ratio) of each arm, as if all arms had had the same covariates.
        variance: (k,) what each arm adds to the variance of a difference.
        covariance: (k, k) of `value`; for relative lift, where arms are not independent after adjusting.
        theta: (c,) outcome per unit of each covariate.
        plain_variance: (k,) `variance` without covariates.
    """

    value: Floats
    variance: Floats
    covariance: Floats
    theta: Floats
    plain_variance: Floats


def adjusted(arms: Sequence[Moments]) -> Adjusted:
    """The arms, the control first, each of them measurable; a ratio metric by the delta method.

    The ratio of sums R = y / d is linear in the means near them: its gradient is (1, -R) / d (Deng et al.
    2018, "Applying the delta method in metric analytics").
    """
    covariates = arms[0].covariates
    columns = arms[0].mean.size
    value, gradient = np.zeros(len(arms)), np.zeros((len(arms), columns))
    for a, arm in enumerate(arms):
        value[a], gradient[a] = _target(arm)
    spread = np.stack([arm.covariance_of_mean for arm in arms])
    plain = np.einsum("ai,aij,aj->a", gradient, spread, gradient)
    if not covariates:
        return Adjusted(value, plain, np.diag(plain), np.zeros(0), plain)

    x = slice(columns - covariates, columns)
    counts = np.ones(len(arms))
    counts[0] = max(len(arms) - 1, 1)  # the control is in every difference
    theta = _least_variance(
        np.einsum("a,aij->ij", counts, spread[:, x, x]),
        np.einsum("a,aij,aj->i", counts, spread[:, x, :], gradient),
    )
    # theta was fitted to these units: what is left over looks smaller than it is
    units = np.array([arm.units for arm in arms], dtype=np.float64)
    spread = spread * ((units - 1) / np.maximum(units - 1 - covariates, 1.0))[:, None, None]
    share = np.array([arm.weight for arm in arms])
    share = share / share.sum()
    means = np.stack([arm.mean[x] for arm in arms])
    value = value - (means - share @ means) @ theta

    # weight of arm b's column means in arm a's adjusted value
    weights = np.zeros((len(arms), len(arms), columns))
    weights[:, :, x] = share[None, :, None] * theta
    for a in range(len(arms)):
        weights[a, a] += gradient[a]
        weights[a, a, x] -= theta
    covariance = np.einsum("abi,bij,cbj->ac", weights, spread, weights)
    own = gradient.copy()
    own[:, x] -= theta
    # what is explained to the last digit may come out a little below 0
    variance = np.maximum(np.einsum("ai,aij,aj->a", own, spread, own), 0.0)
    return Adjusted(value, variance, covariance, theta, plain)


def _target(arm: Moments) -> tuple[float, Floats]:
    """What the arm's metric is, and its gradient in the column means."""
    gradient = np.zeros(arm.mean.size)
    if not arm.ratio:
        gradient[0] = 1.0
        return float(arm.mean[0]), gradient
    below = float(arm.mean[1])
    value = float(arm.mean[0]) / below
    gradient[:2] = 1 / below, -value / below
    return value, gradient


def _least_variance(square: Floats, cross: Floats) -> Floats:
    """The theta with square theta = cross; covariates that say nothing new get none of it."""
    scale = np.sqrt(np.diag(square))
    scale = np.where(scale > 0, scale, 1.0)
    inverse = np.linalg.pinv(square / np.outer(scale, scale), rcond=1e-10, hermitian=True)
    return np.asarray(inverse @ (cross / scale) / scale)
