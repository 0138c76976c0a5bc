"""Log-likelihood of BG/NBD and MBG/NBD with its gradient and Hessian.

With n = r + x, m = 0 for BG/NBD and m = 1 for MBG/NBD, the log-likelihood of one customer is

    ln G(r+x)/G(r) + r ln alpha + ln B(a, b+x+m)/B(a, b) [without the factor of the last purchase]
        - n ln(alpha+T) + ln(1 + delta a / (b+x-1+m) ((alpha+T)/(alpha+t_x))^n)

where delta = 1 if x > 0 or m = 1 (Fader, Hardie & Lee 2005, eq. 6; Batislam et al. 2007, eq. 5). Ratios of
gamma functions at integer distance are products, so no special function is needed, and the products are
weighted by how many customers have more than j purchases.
"""

from dataclasses import dataclass

import numpy as np

from keepwell.science.clv.grouping import Histories, Survivors
from keepwell.science.clv.inputs import Floats
from keepwell.science.clv.newton import Evaluation

# A chunk of every temporary stays in the processor's cache, and is too small for BLAS to start threads.
CHUNK = 8192
NAMES = ("r", "alpha", "a", "b")


@dataclass(frozen=True, slots=True)
class Sums:
    """A log-likelihood and its first and second derivatives in (r, alpha, a, b)."""

    value: float
    gradient: Floats
    hessian: Floats

    def __add__(self, other: "Sums") -> "Sums":
        """Add term by term."""
        return Sums(self.value + other.value, self.gradient + other.gradient, self.hessian + other.hessian)

    def in_logs(self, params: Floats) -> Evaluation:
        """The same in the logarithms of the parameters."""
        slope = self.gradient * params
        return self.value, slope, self.hessian * np.outer(params, params) + np.diag(slope)


class GeoLikelihood:
    """The log-likelihood of (modified) BG/NBD as a function of ln r, ln alpha, ln a, ln b."""

    def __init__(self, histories: Histories, *, modified: bool) -> None:
        self.modified = modified
        self.survivors = Survivors(histories)
        if modified:
            self.plain, self.mixed = None, histories
        else:
            once = histories.frequency == 0
            self.plain, self.mixed = histories.part(once), histories.part(~once)
        self.customers = self.survivors.total

    def __call__(self, logs: Floats) -> Evaluation:
        """Value, gradient (4,) and Hessian (4, 4) at the logarithms of the parameters."""
        params = np.exp(logs)
        total = count_terms(self.survivors, params, self.modified)
        if self.plain is not None and len(self.plain):
            total = total + plain_terms(self.plain, params)
        return (total + mixed_terms(self.mixed, params, self.modified)).in_logs(params)


def count_terms(survivors: Survivors, params: Floats, modified: bool) -> Sums:
    """The terms that depend on x alone."""
    r, alpha, a, b = params
    n, j, repeats = survivors.total, survivors.j, survivors.more_than
    stays = survivors.at_least if modified else repeats
    rj, bj, abj = r + j, b + j, a + b + j
    value = repeats @ np.log(rj) + n * r * np.log(alpha) - stays @ np.log1p(a / bj)
    gradient = np.array(
        [
            repeats @ (1 / rj) + n * np.log(alpha),
            n * r / alpha,
            -(stays @ (1 / abj)),
            stays @ (a / (bj * abj)),
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = -(repeats @ rj**-2.0)
    hessian[0, 1] = hessian[1, 0] = n / alpha
    hessian[1, 1] = -n * r / alpha**2
    hessian[2, 2] = hessian[2, 3] = hessian[3, 2] = stays @ abj**-2.0
    hessian[3, 3] = stays @ (abj**-2.0 - bj**-2.0)
    return Sums(float(value), gradient, hessian)


def plain_terms(plain: Histories, params: Floats) -> Sums:
    """-r ln(alpha+T) of BG/NBD's one-time buyers, who cannot have dropped out."""
    r, alpha = params[:2]
    logs = first = second = 0.0
    for start in range(0, len(plain), CHUNK):
        weight, reach = plain.weight[start : start + CHUNK], alpha + plain.T[start : start + CHUNK]
        inverse = 1 / reach
        logs += float(weight @ np.log(reach))
        first += float(weight @ inverse)
        inverse *= inverse
        second += float(weight @ inverse)
    hessian = np.zeros((4, 4))
    hessian[0, 1] = hessian[1, 0] = -first
    hessian[1, 1] = r * second
    return Sums(-r * logs, np.array([-logs, -r * first, 0.0, 0.0]), hessian)


def mixed_terms(mixed: Histories, params: Floats, modified: bool) -> Sums:
    """-n ln(alpha+T) + ln(1 + e^z) of everybody who may have dropped out after the last purchase."""
    value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
    for start in range(0, len(mixed), CHUNK):
        rows = slice(start, start + CHUNK)
        part = mixed_chunk(
            mixed.frequency[rows], mixed.recency[rows], mixed.T[rows], mixed.weight[rows], params, modified
        )
        value += part[0]
        gradient += part[1]
        hessian += part[2]
    return Sums(value, gradient, hessian)


def mixed_chunk(
    x: Floats, recency: Floats, T: Floats, weight: Floats, params: Floats, modified: bool
) -> Evaluation:
    """One chunk of `mixed_terms`; z = ln a - ln(b+x-1+m) + n ln((alpha+T)/(alpha+t_x))."""
    r, alpha, a, b = params
    n = r + x
    reach = alpha + T
    since = alpha + recency
    late, early = 1 / reach, 1 / since
    slopes = np.empty((4, x.size))  # of z in r, alpha, a, b
    tail = np.log(reach * early, out=slopes[0])
    shift = late - early
    np.multiply(n, shift, out=slopes[1])
    slopes[2] = 1 / a
    count = 1 / (x + (b if modified else b - 1))
    np.negative(count, out=slopes[3])
    odds = np.exp(-n * tail) / (a * count)  # e^-z: alive against gone
    gone = 1 / (1 + odds)
    log_reach = np.log(reach)
    wn, w_gone = weight * n, weight * gone
    # ln(1 + e^z) = z - ln P(gone), and z = -ln odds.
    value = -(wn @ log_reach) + weight @ (np.log1p(odds) + np.log(a * count) + n * tail)

    gradient = slopes @ w_gone
    gradient[0] -= weight @ log_reach
    gradient[1] -= wn @ late

    hessian = (slopes * (w_gone * (1 - gone))) @ slopes.T
    cross = w_gone @ shift - weight @ late
    hessian[0, 1] += cross
    hessian[1, 0] += cross
    late *= late
    hessian[1, 1] += wn @ late - (w_gone * n) @ (late - early * early)
    hessian[2, 2] -= w_gone.sum() / a**2
    hessian[3, 3] += w_gone @ (count * count)
    return float(value), gradient, hessian
