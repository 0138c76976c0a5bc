"""Sample-ratio mismatch: did the arms get the units they should have?

If not, units were lost or moved on the way, and no result of the experiment can be trusted. The chi-square
test is for one look at the end. The always-valid test (Lindon & Malek 2020, "Anytime-valid inference for
multinomial count data", section 3) compares the counts under the planned shares with those under shares drawn
from a Dirichlet around them; the ratio is a martingale under the planned shares, so its inverse is a p-value
that holds at all looks together (Ville 1939). A concentrated Dirichlet finds small deviations late, a flat
one great deviations early; the mean over several is a martingale as well, so nothing has to be tuned.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, gammaln, logsumexp

from keepwell.science.experiment.inputs import Floats, between, share_vector

CONCENTRATIONS = (10.0, 100.0, 1_000.0, 10_000.0)


@dataclass(frozen=True, slots=True)
class ArmRatio:
    """One arm: units, units expected, and p-values of this arm against all others.

    `p_value` holds at one look; `p_value_any_time` at all looks, and for all arms together (Bonferroni).
    """

    units: int
    expected: float
    p_value: float
    p_value_any_time: float


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Whether the arms are as large as they should be.

    Attributes:
        chi_square: statistic of Pearson's test.
        p_value: of that test, for one look.
        p_value_any_time: always valid.
        alarm: whether `p_value_any_time` is below the threshold; once raised, an alarm stays.
        arms: each arm by itself.
    """

    chi_square: float
    p_value: float
    p_value_any_time: float
    alarm: bool
    arms: tuple[ArmRatio, ...]


def mismatch(counts: ArrayLike, shares: ArrayLike, *, alpha: float = 0.01) -> Mismatch:
    """Compare the units of each arm with the shares that were planned.

    Args:
        counts: (k,) units so far; or (s, k) for strata with shares of their own.
        shares: (k,) or (s, k), each above 0, adding up to 1.
        alpha: the alarm is false in at most this share of experiments, however often one looks.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> found = mismatch([821_588, 815_482], [0.5, 0.5])  # Kohavi, Tang & Xu 2020, chapter 3
    >>> found.alarm, f"{found.p_value:.1e}"
    (True, '1.8e-06')
    """
    between("alpha", alpha, 0, 1)
    x = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    p = np.atleast_2d(np.asarray(shares, dtype=np.float64))
    if x.shape != p.shape or x.ndim != 2 or x.shape[1] < 2:
        raise ValueError(f"counts and shares must have one shape of two arms or more: {x.shape}, {p.shape}")
    if not np.isfinite(x).all() or x.min() < 0 or (x != np.rint(x)).any():
        raise ValueError("counts must be whole numbers that are not negative")
    for row in p:
        share_vector("shares", row)
    if p.min() <= 0:
        raise ValueError("shares must be above 0")
    used = x.sum(axis=1) > 0
    x, p = x[used], p[used]
    k = x.shape[1]
    arms = tuple(_arm_ratio(x, p, arm) for arm in range(k))
    square, freedom = _chi_square(x, p)
    any_time = float(always_valid_p(x, p))
    return Mismatch(
        square, float(chdtrc(freedom, square)) if freedom else 1.0, any_time, any_time < alpha, arms
    )


def always_valid_p(counts: Floats, shares: Floats) -> Floats:
    """p-values of (..., s, k) counts under (s, k) shares, strata being independent of each other.

    >>> always_valid_p(np.array([[[50.0, 50.0]], [[80.0, 20.0]]]), np.array([[0.5, 0.5]])).round(6).tolist()
    [1.0, 0.0]
    """
    total = counts.sum(axis=-1)
    planned = (counts * np.log(shares)).sum(axis=(-2, -1))
    logs = []
    for concentration in CONCENTRATIONS:
        prior = concentration * shares
        drawn = (gammaln(prior + counts) - gammaln(prior)).sum(axis=-1)
        drawn = drawn + gammaln(concentration) - gammaln(concentration + total)
        logs.append(drawn.sum(axis=-1) - planned)
    mean = logsumexp(np.stack(logs), axis=0) - np.log(len(logs))
    return np.asarray(np.exp(-np.maximum(mean, 0.0)))


def _chi_square(x: Floats, p: Floats) -> tuple[float, int]:
    expected = x.sum(axis=1, keepdims=True) * p
    return float(((x - expected) ** 2 / expected).sum()), x.shape[0] * (x.shape[1] - 1)


def _arm_ratio(x: Floats, p: Floats, arm: int) -> ArmRatio:
    """One arm against all others; with two arms both say the same."""
    mine, share = x[:, arm], p[:, arm]
    total = x.sum(axis=1)
    pair, shares = np.stack([mine, total - mine], axis=1), np.stack([share, 1 - share], axis=1)
    square, freedom = _chi_square(pair, shares)
    tests = x.shape[1] if x.shape[1] > 2 else 1
    return ArmRatio(
        units=int(mine.sum()),
        expected=float((total * share).sum()),
        p_value=float(chdtrc(freedom, square)) if freedom else 1.0,
        p_value_any_time=min(tests * float(always_valid_p(pair, shares)), 1.0),
    )
