"""The plan: relaxation, then a choice for every customer, then improvement up to the bound."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from keepwell.science.allocate import core, dual, hull
from keepwell.science.allocate.draft import Draft, Prices
from keepwell.science.allocate.problem import Ints, Plan, Problem, checked, total

# A plan this close to the bound is not improved further, the second where places are limited.
ENOUGH, ENOUGH_WITH_PLACES = 1e-7, 5e-6


def plan_budget(
    gain: ArrayLike,
    cost: ArrayLike,
    budget: float,
    capacity: ArrayLike | Sequence[float | None] | None = None,
) -> Plan:
    """Choose at most one treatment for each customer so that the gain is greatest within the limits.

    The plan always keeps the budget and the capacities, and is the same for the same input. Its distance
    from the best possible plan is at most `upper_bound - gain`.

    Args:
        gain: (n, k) float64, expected gain of each treatment against doing nothing; -inf = not allowed.
        cost: (n, k) float64, cost of each treatment, in the unit of the budget.
        budget: most that the plan may cost; inf for no limit.
        capacity: (k,) most customers for each treatment; inf or None for no limit.

    Raises:
        ValueError: naming the argument that cannot be used.

    Source: multiple-choice knapsack, Sinha and Zoltners 1979; Kellerer, Pferschy and Pisinger 2004,
    "Knapsack Problems", chapter 11; capacities by the dual in `keepwell.science.allocate.dual`.

    >>> plan = plan_budget([[9.0, 12.0], [4.0, 5.0], [-1.0, 3.0]], [[2.0, 5.0]] * 3, budget=9)
    >>> plan.choice.tolist(), plan.gain, plan.cost
    ([1, 0, -1], 16.0, 7.0)
    >>> plan_budget([[9.0, 12.0], [4.0, 5.0]], [[2.0, 5.0]] * 2, 9, capacity=[2, 0]).choice.tolist()
    [0, 0]

    """
    problem = checked(gain, cost, budget, capacity)
    # Gains per cost may be beyond floats where a cost is next to nothing; infinity is right there.
    with np.errstate(over="ignore"):
        choice, bound = _solve(problem)
    gains, costs = problem.chosen(choice)
    reached = total(gains)
    return Plan(choice, reached, total(costs), float(max(bound, reached)))


def _solve(problem: Problem) -> tuple[Ints, float]:
    choice, bound, prices = _by_budget(problem)
    close = ENOUGH
    if (problem.counts(choice) > problem.capacity).any():
        point, choice = dual.minimise(problem)
        prices, close = point.prices, ENOUGH_WITH_PLACES
        bound = min(bound, dual.bound(problem, prices))
    draft = Draft(problem, choice, prices)
    draft.trim()
    enough = bound * (1 - close)
    if draft.gain < enough:
        at_prices = dual.bound(problem, prices)
        # What the prices leave open is settled together first; filling alone would take what just fits.
        core.refine(draft, at_prices, enough)
        draft.fill()
        core.refine(draft, at_prices, enough)
    return draft.choice, bound


def _by_budget(problem: Problem) -> tuple[Ints, float, Prices]:
    """Choice, bound and prices when only the budget limits the plan."""
    ladder = hull.steps(problem)
    count = ladder.within(problem.budget)
    price = float(ladder.slope[count]) if count < ladder.slope.size else 0.0
    free = np.zeros(problem.treatments)
    bound = dual.bound(problem, Prices(0.0, free))
    if np.isfinite(price):
        bound = min(bound, dual.bound(problem, Prices(price, free)))
    else:
        price = float(np.finfo(np.float64).max)
    return hull.apply(ladder, count), bound, Prices(price, free)
