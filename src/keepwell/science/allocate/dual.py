"""Prices for money and places under budget and capacities: the Lagrangian dual by cutting planes in boxes.

    f(l, m) = l B + sum_j m_j C_j + sum_i max(0, max_j g_ij - l c_ij - m_j),   l, m >= 0

is convex, piecewise linear and nowhere below the best plan. Cutting planes (Kelley 1960) find its minimum
within a box; the box moves while the minimum lies on its rim (the boxstep method: Marsten, Hogan and
Blankenship 1975). Within a box most customers cannot change their mind, so only the undecided ones are
looked at. Samples of the customers say where the first boxes for all of them lie.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from keepwell.science.allocate import hull
from keepwell.science.allocate.draft import Prices
from keepwell.science.allocate.problem import NOTHING, ROUNDING, Floats, Ints, Problem, total

SAMPLES = (10_000, 80_000)
BOX_MOVES_MAX = 40
CUTS_MAX = 250
TOLERANCE, SAMPLE_TOLERANCE = 1e-6, 1e-5
BINDING = 1e-7
SWEEPS = 12
PRICE_MAX = 1e300


@dataclass(frozen=True)
class Response:
    """What customers choose at given prices."""

    value: float  # sum of their worth
    spent: float
    counts: Floats  # (k,)
    choice: Ints | None


@dataclass
class Cuts:
    """Supporting planes of the dual: value >= height + slope @ prices."""

    height: list[float] = field(default_factory=list)
    slope: list[Floats] = field(default_factory=list)
    point: list[Floats] = field(default_factory=list)


@dataclass(frozen=True)
class DualPoint:
    """Prices, the bound they prove, and the mixture of price vectors that supports them."""

    prices: Prices
    value: float
    mixture: list[tuple[float, Prices]]


def respond(gain: Floats, cost: Floats, prices: Floats, *, keep: bool = False) -> Response:
    """Every customer's best option at the prices (budget first, then places)."""
    k, n = gain.shape
    best = np.zeros(n)
    choice = np.full(n, NOTHING, dtype=np.int16)
    for j in range(k):
        worth = cost[j] * -prices[0]
        worth += gain[j]
        worth -= prices[1 + j]
        better = worth > best
        np.copyto(best, worth, where=better)
        choice[better] = j
    spent = sum(float(cost[j][choice == j].sum()) for j in range(k))
    counts = np.bincount(choice + 1, minlength=k + 1)[1:].astype(np.float64)
    return Response(float(best.sum()), spent, counts, choice.astype(np.int64) if keep else None)


def bound(problem: Problem, prices: Prices) -> float:
    """The dual value at the prices, rounded up so that no plan within the limits gains more."""
    best = np.zeros(problem.customers)
    limited = np.isfinite(problem.capacity)
    places = float((prices.place[limited] * problem.capacity[limited]).sum())
    money = prices.budget * problem.budget if prices.budget > 0 else 0.0
    size = places + money
    for j in range(problem.treatments):
        worth = prices.worth(problem, j)
        # What a customer is worth is a difference; its rounding error is a share of the gain.
        size += float(problem.gain[j][worth > -1e-9 * problem.gain[j]].sum())
        np.maximum(best, worth, out=best)
    return total(best) + places + money + ROUNDING * size


class _Box:
    """Minimises the dual of some customers within a box around a centre."""

    def __init__(self, problem: Problem, centre: Floats, half: Floats) -> None:
        self.low = np.maximum(centre - half, 0.0)
        self.high = centre + half
        self.problem = problem
        self.limits = np.concatenate([[problem.budget], problem.capacity])
        # A limit that is not there has the price zero.
        self.high[~np.isfinite(self.limits)] = 0.0
        self.low = np.minimum(self.low, self.high)
        self._set_aside_the_decided()

    def _set_aside_the_decided(self) -> None:
        gain, cost = self.problem.gain, self.problem.cost
        k, n = gain.shape
        # What an option is worth at least and at most anywhere in the box.
        most = np.zeros((k, n))
        sure, choice = np.zeros(n), np.full(n, NOTHING, dtype=np.int16)
        for j in range(k):
            most[j] = gain[j] - self.low[0] * cost[j] - self.low[1 + j]
            least = gain[j] - self.high[0] * cost[j] - self.high[1 + j]
            better = least > sure
            np.copyto(sure, least, where=better)
            choice[better] = j
        open_ = np.zeros(n, dtype=bool)
        for j in range(k):
            open_ |= (most[j] > sure) & (choice != j)
        # Worth nothing for certain is nobody's second best; only a sure option or an open choice counts.
        rows = np.flatnonzero(open_)
        self.rows, self.gain, self.cost = rows, gain[:, rows], cost[:, rows]
        closed = np.flatnonzero(~open_ & (choice != NOTHING))
        picked = choice[closed]
        self.fixed = choice
        self.fixed_gain = float(gain[picked, closed].sum())
        self.fixed_spent = float(cost[picked, closed].sum())
        self.fixed_counts = np.bincount(picked, minlength=k).astype(np.float64)

    def evaluate(self, point: Floats) -> tuple[float, Floats]:
        """Dual value and subgradient, the limits that do not exist left out."""
        answer = respond(self.gain, self.cost, point)
        used = np.concatenate([[answer.spent + self.fixed_spent], answer.counts + self.fixed_counts])
        limited = np.isfinite(self.limits)
        slack = np.where(limited, np.where(limited, self.limits, 0.0) - used, 0.0)
        open_value = answer.value + float(point @ np.concatenate([[answer.spent], answer.counts]))
        return open_value + self.fixed_gain + float(point @ slack), slack

    def minimise(self, start: Floats, tolerance: float) -> "_Found":
        """Cutting planes until the best value is within the tolerance of the planes' minimum."""
        cuts = Cuts()
        point = np.clip(start, self.low, self.high)
        best_point, best, weights = point, np.inf, np.ones(1)
        for _ in range(CUTS_MAX):
            value, slope = self.evaluate(point)
            cuts.height.append(value - float(slope @ point))
            cuts.slope.append(slope)
            cuts.point.append(point)
            if value < best:
                best, best_point = value, point
            lowest, floor, weights, binding = self._lowest(cuts)
            if best - floor <= tolerance * max(abs(best), 1e-300):
                break
            # Half-way between the best known and the planes' optimum: a plain Kelley step zigzags.
            point = 0.5 * (best_point + lowest) if len(cuts.height) % 3 else lowest
        return _Found(best_point, best, cuts, weights, binding)

    def _lowest(self, cuts: Cuts) -> tuple[Floats, float, Floats, NDArray[np.bool_]]:
        width = np.where(self.high > self.low, self.high - self.low, 1.0)
        slopes = np.array(cuts.slope) * width
        heights = np.array(cuts.height) + np.array(cuts.slope) @ self.low
        scale = max(float(np.abs(slopes).max()), 1e-300)
        shift = float(heights.max())
        columns = np.hstack([slopes / scale, -np.ones((len(heights), 1))])
        answer = linprog(
            np.append(np.zeros(width.size), 1.0),
            A_ub=columns,
            b_ub=(shift - heights) / scale,
            bounds=[(0.0, 1.0 if high > low else 0.0) for low, high in zip(self.low, self.high, strict=True)]
            + [(None, None)],
            method="highs-ds",
        )
        if answer.status != 0:
            raise ArithmeticError(f"the master problem of the allocation failed: {answer.message}")
        weights = np.maximum(-answer.ineqlin.marginals, 0.0)
        point = self.low + np.clip(answer.x[:-1], 0.0, 1.0) * width
        # A side of the box that holds the minimum back; the sides at zero are those of the whole domain.
        held_low = (answer.lower.marginals[:-1] > BINDING) & (self.low > 0)
        held_high = answer.upper.marginals[:-1] < -BINDING
        binding = (held_low | held_high) & (self.high > self.low)
        value = float(answer.fun) * scale + shift
        return np.minimum(point, self.high), value, weights / weights.sum(), binding


@dataclass(frozen=True)
class _Found:
    point: Floats
    value: float
    cuts: Cuts
    weights: Floats
    binding: NDArray[np.bool_]


def _minimise(problem: Problem, centre: Floats, half: Floats, tolerance: float) -> tuple["_Found", _Box]:
    for _ in range(BOX_MOVES_MAX):
        box = _Box(problem, centre, half)
        found = box.minimise(centre, tolerance)
        if not found.binding.any():
            break
        centre = found.point
        half = np.where(found.binding, 4 * half, half)
    return found, box


def _first_box(problem: Problem) -> tuple[Floats, Floats]:
    """Where to look first, and how far: each price in turn at its best, the others held, a few times round.

    That alone may stop short of the optimum at a kink, but finds the scale of every price, however far apart.
    """
    k = problem.treatments
    point, scale = np.zeros(k + 1), np.zeros(k + 1)
    for sweep in range(SWEEPS):
        net = problem.gain - point[1:, None]
        ladder = hull.steps(replace(problem, gain=np.where(net > 0, net, -np.inf)))
        count = ladder.within(problem.budget)
        point[0] = min(ladder.slope[count], PRICE_MAX) if count < ladder.slope.size else 0.0
        if sweep == 0 and ladder.slope.size:
            scale[0] = max(point[0], min(float(np.median(ladder.slope)), PRICE_MAX))
        for j in np.flatnonzero(np.isfinite(problem.capacity)).tolist():
            point[1 + j] = _place_price(problem, point, j)
    # The scale of a place: what the last customer within the places would gain.
    for j in range(k):
        gains = problem.gain[j][problem.gain[j] > 0]
        last = int(min(problem.capacity[j], gains.size - 1))
        scale[1 + j] = (
            np.partition(gains, gains.size - 1 - last)[gains.size - 1 - last] if gains.size else 0.0
        )
    return point, np.maximum(0.3 * point, 0.1 * scale)


def _place_price(problem: Problem, point: Floats, option: int) -> float:
    """The price at which just as many want a treatment as there are places, all other prices held."""
    other = np.zeros(problem.customers)
    for j in range(problem.treatments):
        if j != option:
            np.maximum(other, problem.gain[j] - point[0] * problem.cost[j] - point[1 + j], out=other)
    wish = problem.gain[option] - point[0] * problem.cost[option] - other
    places = int(problem.capacity[option])
    if places >= wish.size:
        return 0.0
    return max(float(np.partition(wish, wish.size - 1 - places)[wish.size - 1 - places]), 0.0)


def _sample(problem: Problem, size: int) -> Problem:
    rows = np.sort(np.random.default_rng(size).choice(problem.customers, size, replace=False))
    share = size / problem.customers
    return Problem(
        problem.gain[:, rows], problem.cost[:, rows], problem.budget * share, problem.capacity * share
    )


def minimise(problem: Problem) -> tuple[DualPoint, Ints]:
    """The dual optimum, and the choice that mixes the supporting answers in their proportions."""
    sizes = [size for size in SAMPLES if size * 4 <= problem.customers]
    first = _sample(problem, sizes[0]) if sizes else problem
    centre, half = _first_box(first)
    found, box = _minimise(first, centre, half, TOLERANCE if not sizes else SAMPLE_TOLERANCE)
    before = sizes[0] if sizes else 0
    for size in [*sizes[1:], problem.customers] if sizes else []:
        part = _sample(problem, size) if size < problem.customers else problem
        # Prices of a sample are off by about 1/sqrt(size); too small a box is found out and moved.
        noise = 4.0 / np.sqrt(before)
        scale = np.maximum(found.point, half)
        found, box = _minimise(
            part, found.point, noise * scale, TOLERANCE if part is problem else SAMPLE_TOLERANCE
        )
        before = size
    prices = _prices(found.point)
    weights = found.weights / found.weights.sum()
    mixture = [
        (float(weight), _prices(point))
        for weight, point in zip(weights, found.cuts.point, strict=True)
        if weight > 1e-9
    ]
    return DualPoint(prices, found.value, mixture), _mixed_choice(box, mixture)


def _prices(point: Floats) -> Prices:
    return Prices(float(point[0]), point[1:].copy())


def _mixed_choice(box: _Box, mixture: list[tuple[float, Prices]]) -> Ints:
    """Each undecided customer takes the answer of one price vector, in the proportions of the mixture."""
    choice = box.fixed.astype(np.int64)
    if not box.rows.size:
        return choice
    answers = []
    for _, prices in mixture:
        answer = respond(box.gain, box.cost, np.append(prices.budget, prices.place), keep=True)
        assert answer.choice is not None
        answers.append(answer.choice)
    table = np.array(answers)
    # Customers of one pattern of answers are dealt out evenly by a low-discrepancy sequence, whatever
    # their number: equal customers in great number are the case in which this matters.
    order = np.lexsort(table[::-1])
    golden = (np.sqrt(5) - 1) / 2
    place = ((np.arange(order.size) + 0.5) * golden) % 1.0
    shares = np.cumsum([weight for weight, _ in mixture])
    picked = np.minimum(np.searchsorted(shares / shares[-1], place, side="right"), len(mixture) - 1)
    choice[box.rows[order]] = table[picked, order]
    return choice
