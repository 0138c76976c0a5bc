"""The efficient steps of each customer, best first: the relaxation of the plan under one budget.

Without capacities the linear relaxation falls apart by customer: only options on the upper concave hull of
(cost, gain) are ever used, and walking up all hulls in order of gain per cost is optimal
(Sinha and Zoltners 1979, "The multiple-choice knapsack problem", sections 2 and 3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.science.allocate.problem import NOTHING, Floats, Ints, Problem, total

Options = NDArray[np.int16]


@dataclass(frozen=True)
class Steps:
    """Steps up the hulls, sorted by gain per cost, falling; steps of one customer keep their order."""

    start: Ints  # (n,) the best option that costs nothing, -1 where there is none
    start_gain: float
    row: NDArray[np.int32]  # (m,) customer
    option: Options  # (m,) treatment after the step
    slope: Floats  # (m,) gain per cost
    spent: Floats  # (m,) running cost including the step
    gained: Floats  # (m,) running gain including the step, without the free start

    def within(self, budget: float) -> int:
        """How many steps fit into the budget before the first that does not."""
        return int(np.searchsorted(self.spent, budget, side="right"))


def _free_start(gain: Floats, cost: Floats) -> tuple[Ints, Floats]:
    best = np.zeros(gain.shape[1])
    choice = np.full(gain.shape[1], NOTHING, dtype=np.int64)
    for j in range(gain.shape[0]):
        better = (cost[j] == 0) & (gain[j] > best)
        if better.any():
            best[better] = gain[j][better]
            choice[better] = j
    return choice, best


def _steepest(gain: Floats, cost: Floats, at_gain: Floats, at_cost: Floats) -> tuple[Floats, Options]:
    """The best gain per extra cost from where each customer stands; among equals the smaller step."""
    n = gain.shape[1]
    steepest = np.zeros(n)
    option: Options = np.full(n, NOTHING, dtype=np.int16)
    width = np.full(n, np.inf)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for j in range(gain.shape[0]):
            extra = cost[j] - at_cost
            slope = gain[j] - at_gain
            up = (slope > 0) & (extra > 0)
            slope /= extra
            better = up & ((slope > steepest) | ((slope == steepest) & (extra < width)))
            np.copyto(steepest, slope, where=better)
            np.copyto(width, extra, where=better)
            option[better] = j
    return steepest, option


def steps(problem: Problem) -> Steps:
    """All efficient steps of all customers, in the order in which money is best spent."""
    gain, cost = problem.gain, problem.cost
    start, at_gain = _free_start(gain, cost)
    start_gain = total(at_gain[at_gain > 0])
    rows = np.arange(problem.customers, dtype=np.int32)
    at_cost = np.zeros(problem.customers)
    before = np.full(problem.customers, np.inf)
    found: list[tuple[NDArray[np.int32], Options, Floats, Floats, Floats]] = []
    while rows.size:
        slope, option = _steepest(gain, cost, at_gain, at_cost)
        on = np.flatnonzero(option != NOTHING)
        if not on.size:
            break
        rows, option, gain, cost = rows[on], option[on], gain[:, on], cost[:, on]
        # On a concave hull slopes fall; rounding must not turn the order of two steps round.
        before = np.minimum(slope[on], before[on])
        index = np.arange(on.size)
        to_gain, to_cost = gain[option, index], cost[option, index]
        found.append((rows, option, before, to_gain - at_gain[on], to_cost - at_cost[on]))
        at_gain, at_cost = to_gain, to_cost
    if not found:
        none = np.empty(0)
        return Steps(start, start_gain, np.empty(0, np.int32), np.empty(0, np.int16), none, none, none)
    row, options, slopes, gains, costs = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(-slopes, kind="stable")
    return Steps(
        start=start,
        start_gain=start_gain,
        row=row[order],
        option=options[order],
        slope=slopes[order],
        spent=np.cumsum(costs[order]),
        gained=np.cumsum(gains[order]),
    )


def apply(ladder: Steps, count: int) -> Ints:
    """The choice after the first `count` steps, (n,)."""
    choice = ladder.start.copy()
    # Later steps of the same customer come later in the order, and the last assignment wins.
    choice[ladder.row[:count]] = ladder.option[:count]
    return choice
