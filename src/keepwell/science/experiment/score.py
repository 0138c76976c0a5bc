"""Two proportions: score intervals after Miettinen and Nurminen (1985).

The usual interval, difference ± 1.96 standard errors, has no honest coverage where events are few: with no
event in one arm it takes that arm for certain. A score interval holds the differences that a test with the
variance *under that difference* does not refuse; it keeps its coverage down to small samples and rare events,
never leaves [-1, 1], and the p-value says the same as the interval. Newcombe (1998) compares eleven; this is
his method 6.

All functions work on arrays of experiments.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from keepwell.science.experiment.inputs import Floats

HALVINGS = 16  # leaves 1e-5 of the range
SECANTS = 3  # and then, on what is nearly a straight line, 1e-12
LARGEST = 25.0  # logarithm of a ratio that no data can show
Statistic = Callable[[Floats], Floats]


def wilson(events: ArrayLike, units: ArrayLike, critical: float) -> tuple[Floats, Floats]:
    """Interval of one proportion (Wilson 1927).

    >>> low, high = wilson(0, 10, 1.96)
    >>> round(float(low), 3), round(float(high), 3)
    (0.0, 0.278)
    """
    x, n = np.asarray(events, dtype=np.float64), np.asarray(units, dtype=np.float64)
    square = critical**2
    center = (x + square / 2) / (n + square)
    half = critical / (n + square) * np.sqrt(x * (n - x) / n + square / 4)
    return np.maximum(center - half, 0.0), np.minimum(center + half, 1.0)


def difference_statistic(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, delta: ArrayLike
) -> Floats:
    """The score statistic of the hypothesis p1 - p0 = delta (Miettinen & Nurminen 1985).

    Args:
        x1: events of the treated.
        n1: treated units.
        x0: events of the control.
        n0: control units.
        delta: within [-1, 1].

    Returns:
        Standard normal under the hypothesis; all arguments are broadcast.
    """
    a, m, b, k, d = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x1, n1, x0, n0, delta)))
    n, x = m + k, a + b
    # p0 under the hypothesis is a root of a cubic, found by its trigonometric solution
    l2 = (m + 2 * k) * d - n - x
    l1 = (k * d - n - 2 * b) * d + x
    l0 = b * d * (1 - d)
    third = l2 / (3 * n)
    q = third**3 - l1 * l2 / (6 * n**2) + l0 / (2 * n)
    root = np.copysign(np.sqrt(np.maximum(third**2 - l1 / (3 * n), 0.0)), q)
    cube = np.where(root == 0, 1.0, root**3)
    angle = (np.pi + np.arccos(np.clip(q / cube, -1.0, 1.0))) / 3
    p0 = np.clip(2 * root * np.cos(angle) - third, np.maximum(0.0, -d), np.minimum(1.0, 1 - d))
    p1 = np.clip(p0 + d, 0.0, 1.0)
    variance = (p1 * (1 - p1) / m + p0 * (1 - p0) / k) * n / (n - 1)
    return _standardised(a / m - b / k - d, variance)


def ratio_statistic(x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, ratio: ArrayLike) -> Floats:
    """The score statistic of the hypothesis p1 = ratio p0 (Miettinen & Nurminen 1985; Koopman 1984)."""
    a, m, b, k, r = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x1, n1, x0, n0, ratio)))
    n = m + k
    linear = m * r + a + k + b * r
    p0 = (linear - np.sqrt(np.maximum(linear**2 - 4 * n * r * (a + b), 0.0))) / (2 * n * r)
    p0 = np.clip(p0, 0.0, np.minimum(1.0, 1 / r))
    p1 = p0 * r
    variance = (p1 * (1 - p1) / m + r**2 * p0 * (1 - p0) / k) * n / (n - 1)
    return _standardised(a / m - r * b / k, variance)


def difference_interval(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, critical: float
) -> tuple[Floats, Floats]:
    """Interval of p1 - p0: the differences whose statistic is within ± critical.

    >>> low, high = difference_interval(56, 70, 48, 80, 1.959964)  # Newcombe 1998, table II (a)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0528, 0.3382)
    """
    x1, n1, x0, n0 = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x1, n1, x0, n0)))
    inside = np.clip(x1 / n1 - x0 / n0, -1.0, 1.0)
    low, high = _crossings(lambda d: difference_statistic(x1, n1, x0, n0, d), inside, 1.0, critical)
    return low, high


def ratio_interval(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, critical: float
) -> tuple[Floats, Floats]:
    """Interval of p1 / p0; (0, inf) where neither arm has an event.

    >>> low, high = ratio_interval(36, 40, 16, 80, 1.959964)
    >>> round(float(low), 2), round(float(high), 2)
    (2.93, 7.17)
    """
    x1, n1, x0, n0 = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x1, n1, x0, n0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(x1 / n1) - np.log(x0 / n0)
    inside = np.nan_to_num(found, nan=0.0, posinf=LARGEST, neginf=-LARGEST)

    low, high = _crossings(
        lambda log: ratio_statistic(x1, n1, x0, n0, np.exp(log)), inside, LARGEST, critical
    )
    return np.where(x1 > 0, np.exp(low), 0.0), np.where(x0 > 0, np.exp(high), np.inf)


def _standardised(off: Floats, variance: Floats) -> Floats:
    """The statistic; where the variance is 0 it is certain, ± inf, or 0 where nothing is off."""
    small = variance <= 0
    score = off / np.sqrt(np.where(small, 1.0, variance))
    certain = np.where(np.abs(off) < 1e-12, 0.0, np.copysign(np.inf, off))
    return np.where(small, certain, score)


def _crossings(statistic: Statistic, inside: Floats, reach: float, critical: float) -> Floats:
    """Where a falling statistic passes + critical (below `inside`) and - critical (above)."""
    sign = np.array([1.0, -1.0]).reshape(2, *(1 for _ in inside.shape))
    far: Floats = -reach * sign * np.ones_like(inside)
    near: Floats = np.ones_like(far) * inside
    above, below = sign * statistic(far) - critical, np.full_like(far, -critical)
    for step in range(HALVINGS + SECANTS):
        share = np.full_like(far, 0.5)
        if step >= HALVINGS:
            straight = np.isfinite(above) & np.isfinite(below) & (above > below)
            share = np.where(straight, above / np.where(straight, above - below, 1.0), 0.5)
        middle = far + (near - far) * np.clip(share, 0.0, 1.0)
        excess = sign * statistic(middle) - critical
        refused = excess > 0
        far, above = np.where(refused, middle, far), np.where(refused, excess, above)
        near, below = np.where(refused, near, middle), np.where(refused, below, excess)
    return np.where(np.abs(above) < np.abs(below), far, near)
