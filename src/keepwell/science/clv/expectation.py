"""Expected purchases of a customer who may drop out, without the hypergeometric function.

A customer who is alive at T buys at rate l and leaves after a purchase with probability p, so in a time t
(1 - e^(-l p t)) / p purchases are expected. Given the history, l is Gamma(n, s) and p is Beta(a, c), hence

    E[Y(t) | alive] = E_p[ g(p) ],   g(p) = (1 - (1 + p t / s)^-n) / p.

Fader, Hardie & Lee (2005, eq. 10) write the same as a difference of two large terms with a 2F1, which loses
digits near a = 1 and has poles when a + b < 1. The Gauss quadrature for the Beta weight has neither problem:
g is smooth and bounded by n t / s, the naive rate times the horizon, and the rule converges geometrically.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from keepwell.science.clv.grouping import grid_of
from keepwell.science.clv.inputs import Floats

Indices = NDArray[np.intp]

# Node counts tried in turn; the sharper g is, the more are needed.
NODES = (12, 24, 48, 96, 192, 384)
DIGITS = 14.0
LEAST_NODE = 1e-15
CELLS = 1 << 18
ROWS = 2048
SHARP = 20.0


def beta_rule(a: Floats, c: Floats, nodes: int) -> tuple[Floats, Floats]:
    """Gauss rules for the densities Beta(a[i], c[i]) on [0, 1].

    Golub & Welsch (1969): nodes are the eigenvalues of the Jacobi matrix, weights the squared first entries
    of its eigenvectors.

    Args:
        a: (k,) first shapes.
        c: (k,) second shapes.
        nodes: points per rule.

    Returns:
        Points (k, nodes) and weights (k, nodes) that sum to 1.
    """
    a, c = a[:, None], c[:, None]
    i = np.arange(1.0, nodes)
    total = 2 * i + a + c - 2
    center = np.empty((a.shape[0], nodes))
    center[:, :1] = a / (a + c)
    center[:, 1:] = 0.5 + 0.5 * (a - c) * (a + c - 2) / (total * (total + 2))
    square = np.empty((a.shape[0], nodes - 1))
    # At i = 1 a factor a + c - 1 cancels, which may be 0.
    square[:, :1] = a * c / ((a + c) ** 2 * (a + c + 1))
    i, total = i[1:], total[:, 1:]
    square[:, 1:] = i * (i + a - 1) * (i + c - 1) * (i + a + c - 2)
    square[:, 1:] /= total**2 * (total + 1) * (total - 1)
    matrix = np.zeros((a.shape[0], nodes, nodes))
    at = np.arange(nodes)
    matrix[:, at, at] = center
    matrix[:, at[1:], at[:-1]] = np.sqrt(square)
    points, vectors = np.linalg.eigh(matrix)
    return np.clip(points, LEAST_NODE, 1.0), vectors[:, 0, :] ** 2


def least_distances() -> Floats:
    """[k] how near to 0 g's singularity at p = -s / t may lie for `NODES[k]` points to be enough.

    The error falls like rho^(-2 nodes), where rho is the sum of the half axes of the ellipse with foci at the
    ends of the interval that passes through the singularity (both scaled to [-1, 1]).
    """
    rho = 10 ** (DIGITS / (2 * np.array(NODES, dtype=np.float64)))
    return np.asarray(((rho + 1 / rho) / 2 - 1) / 2)


def purchases_while_alive(
    horizon: float, count: Floats, age: Floats, *, r: float, alpha: float, a: float, b: float, extra: int
) -> Floats:
    """E[Y(horizon) | alive at T] for histories of `count` repeat purchases at age T.

    Args:
        horizon: how far to look, in the unit of `age`.
        count: (n,) repeat purchases x.
        age: (n,) T.
        r: shape of the purchase rate.
        alpha: rate of the purchase rate.
        a: first shape of the dropout probability.
        b: second shape of the dropout probability.
        extra: chances to leave that were survived beyond the x repeat purchases (1 when the first purchase
            is one, as in MBG/NBD).

    Returns:
        (n,) expected purchases.
    """
    if horizon == 0 or count.size == 0:
        return np.zeros_like(count)
    x, T, back = distinct(count, age)
    nearest = (alpha + T) / horizon
    # A high power sharpens g well before its singularity.
    rule = np.minimum(np.searchsorted(-least_distances(), -nearest / (1 + x / SHARP)), len(NODES) - 1)
    # Row order: by rule, then by x, so that equal rules for equal x stand together.
    order = np.lexsort((x, rule))
    result = np.empty_like(x)
    for k, nodes in enumerate(NODES):
        rows = order[rule[order] == k]
        for level, points, weights, some in rules(x, rows, nodes, a, b + extra):
            result[some] = -np.expm1(-(r + level) * np.log1p(points / nearest[some, None])) @ (
                weights / points
            )
    return result if back is None else result[back]


def rules(
    x: Floats, rows: Indices, nodes: int, a: float, b: float
) -> Iterator[tuple[float, Floats, Floats, Indices]]:
    """For every distinct x among `rows`, which are in its order: x, points, weights, its rows in chunks."""
    levels, starts = np.unique(x[rows], return_index=True)
    ends = np.append(starts[1:], rows.size)
    at_once = max(1, CELLS // nodes**2)
    for first in range(0, levels.size, at_once):
        block = levels[first : first + at_once]
        points, weights = beta_rule(np.full_like(block, a), b + block, nodes)
        for i, level in enumerate(block):
            for start in range(starts[first + i], ends[first + i], ROWS):
                some = rows[start : min(start + ROWS, ends[first + i])]
                yield float(level), points[i], weights[i], some


def distinct(count: Floats, age: Floats) -> tuple[Floats, Floats, Indices | None]:
    """Distinct pairs of count and age, and where each row's pair is; the rows themselves off any grid."""
    grid = grid_of(age, age)
    if grid is None or float(count.max() + 1) * (float(age.max()) * grid + 1) >= 2.0**53:
        return count, age, None
    span = np.rint(age.max() * grid) + 1
    keys, back = np.unique(count * span + np.rint(age * grid), return_inverse=True)
    x, T = np.divmod(keys, span)
    return x, T / grid, back
