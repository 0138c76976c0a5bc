"""What more money would buy: expected gain against budget."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from keepwell.science.allocate import hull
from keepwell.science.allocate.problem import Floats, checked, checked_budget


@dataclass(frozen=True)
class Curve:
    """Expected gain for each budget.

    Attributes:
        budget: (m,) ascending.
        spent: (m,) what the steps that fit cost, at most the budget.
        gain: (m,) what they gain; `plan_budget` reaches at least this much.
        upper_bound: (m,) value of the linear relaxation; `plan_budget` reaches at most this much.
        return_on_next: (m,) gain of the next unit of money.

    """

    budget: Floats
    spent: Floats
    gain: Floats
    upper_bound: Floats
    return_on_next: Floats


def gain_curve(
    gain: ArrayLike, cost: ArrayLike, budgets: ArrayLike | None = None, *, points: int = 101
) -> Curve:
    """Expected gain against budget, from one pass over the sorted efficient steps.

    Args:
        gain: (n, k) float64 as for `plan_budget`.
        cost: (n, k) float64.
        budgets: (m,) budgets to answer for; by default `points` evenly spaced ones, from 0 to the budget
            beyond which money buys nothing more.
        points: how many budgets when none are given, at least 2.

    Raises:
        ValueError: naming the argument that cannot be used.

    >>> curve = gain_curve([[9.0, 12.0], [4.0, 5.0]], [[2.0, 5.0]] * 2, [0, 3, 4, 7])
    >>> curve.gain.tolist(), curve.spent.tolist()
    ([0.0, 9.0, 13.0, 16.0], [0.0, 2.0, 4.0, 7.0])
    >>> curve.upper_bound.tolist()
    [0.0, 11.0, 13.0, 16.0]

    """
    if points < 2:
        raise ValueError(f"points must be at least 2, is {points}")
    ladder = hull.steps(checked(gain, cost, np.inf))
    most = float(ladder.spent[-1]) if ladder.spent.size else 0.0
    if budgets is None:
        asked = np.linspace(0.0, most, points)
    else:
        asked = np.atleast_1d(np.asarray(budgets, dtype=np.float64))
        asked = np.sort([checked_budget(value, "budgets") for value in asked])
    spent = np.concatenate([[0.0], ladder.spent])
    gained = np.concatenate([[0.0], ladder.gained]) + ladder.start_gain
    slope = np.append(ladder.slope, 0.0)
    count = np.searchsorted(ladder.spent, asked, side="right")
    return Curve(
        budget=asked,
        spent=spent[count],
        gain=gained[count],
        upper_bound=np.interp(asked, spent, gained),
        return_on_next=slope[count],
    )
