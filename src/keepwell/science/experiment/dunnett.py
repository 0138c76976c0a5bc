"""Several differences with one control: how far the greatest of them strays by chance (Dunnett 1955).

Differences that share a control have correlations l_i l_j with l_i² = v_0 / (v_0 + v_i), v being the
variances of the arms' means, equal or not (Hothorn, Bretz & Westfall 2008, "Simultaneous inference in general
parametric models"). Given the control's own deviation they are independent, so one integral is left, and a
second one over the scale for Student's t. Both by fixed quadrature: the same answer every time.
"""

import math

import numpy as np
import scipy  # loads `optimize` and `stats` when they are first used: a worker needs neither
from scipy.special import gammainccinv, gammaincinv, ndtr, ndtri, roots_legendre, stdtr, stdtrit

from keepwell.science.experiment.inputs import Floats

NODES, WEIGHTS = roots_legendre(96)
SCALE_NODES, SCALE_WEIGHTS = roots_legendre(32)
REACH = 8.5  # normal deviations beyond which nothing is left
MANY = 5_000.0  # degrees of freedom that cannot be told from infinitely many


def loadings(variance: Floats) -> Floats:
    """(k,) l of each arm, from (k + 1,) variances, that of the control first."""
    total = variance[0] + variance[1:]
    return np.asarray(np.sqrt(variance[0] / np.where(total > 0, total, 1.0)))


def chance_within(critical: float, loading: Floats, freedom: float = math.inf, *, sided: int = 2) -> float:
    """Probability that no difference strays further than `critical` standard errors.

    Args:
        critical: bound of all of them.
        loading: (k,) as of `loadings`.
        freedom: degrees of freedom; inf for the normal.
        sided: 2: in neither direction; 1: not above.

    >>> round(chance_within(2.35, np.full(3, 0.5**0.5)), 2)  # Dunnett 1964, table II: 3 treatments
    0.95
    """
    if loading.size == 1 and sided == 2:
        return 1 - 2 * float(stdtr(freedom, -critical) if freedom < MANY else ndtr(-critical))
    if freedom >= MANY:
        return float(_normal_within(np.array([critical]), loading, sided)[0])
    # s² = chi² / freedom, over equal shares of its distribution; both halves keep their digits
    share = (SCALE_NODES + 1) / 4
    low = np.sqrt(gammaincinv(freedom / 2, share) * 2 / freedom)
    high = np.sqrt(gammainccinv(freedom / 2, share) * 2 / freedom)
    scale = np.concatenate([low, high])
    weight = np.concatenate([SCALE_WEIGHTS, SCALE_WEIGHTS]) / 4
    return float(weight @ _normal_within(critical * scale, loading, sided))


def critical_value(
    loading: Floats, confidence: float = 0.95, freedom: float = math.inf, *, sided: int = 2
) -> float:
    """The bound that all differences keep together with probability `confidence`.

    >>> half = 0.5**0.5
    >>> round(critical_value(np.full(2, half)), 2), round(critical_value(np.full(3, half), freedom=20), 2)
    (2.21, 2.54)
    """
    if loading.size == 1 and sided == 2:  # nothing to adjust for
        tail = (1 + confidence) / 2
        return float(stdtrit(freedom, tail) if freedom < MANY else ndtri(tail))

    def excess(critical: float) -> float:
        return chance_within(critical, loading, freedom, sided=sided) - confidence

    high = 4.0
    while excess(high) < 0:
        high *= 2
    return float(scipy.optimize.brentq(excess, -4.0 if sided == 1 else 0.0, high, xtol=1e-10))


def _normal_within(bound: Floats, loading: Floats, sided: int) -> Floats:
    """(m,) probabilities for (m,) bounds."""
    common = REACH * NODES
    density = WEIGHTS * REACH * np.exp(-(common**2) / 2) / math.sqrt(2 * math.pi)
    rest = np.sqrt(np.maximum(1 - loading**2, 1e-12))
    shift = np.multiply.outer(common, loading / rest)
    edge = np.multiply.outer(bound, 1 / rest)[:, None, :]
    inside = ndtr(edge + shift)
    if sided == 2:
        inside = inside - ndtr(-edge + shift)
    return np.asarray(inside.prod(axis=2) @ density)
