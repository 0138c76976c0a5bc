"""What may be given to whom: the checked input of an allocation, and its answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOTHING = -1
# Rounding of one product, one difference and one sum, with room to spare.
ROUNDING = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Plan:
    """One treatment, or none, for each customer.

    Attributes:
        choice: (n,) int64, the column of the treatment, -1 for nothing.
        gain: expected gain of the plan, in the unit of the input.
        cost: what the plan spends, never above the budget.
        upper_bound: no plan within the same limits gains more (value of the Lagrangian dual).

    """

    choice: Ints
    gain: float
    cost: float
    upper_bound: float

    @property
    def gap(self) -> float:
        """Distance to the bound as a share of the bound; 0 where there is nothing to gain."""
        return max(self.upper_bound - self.gain, 0.0) / self.upper_bound if self.upper_bound > 0 else 0.0


@dataclass(frozen=True)
class Problem:
    """Treatments by row, customers by column, so that each treatment lies together in memory."""

    gain: Floats  # (k, n); -inf where not allowed, and where it could never help
    cost: Floats  # (k, n)
    budget: float
    capacity: Floats  # (k,) inf where there is no limit

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.gain.shape[1])

    @property
    def treatments(self) -> int:
        """How many treatments there are."""
        return int(self.gain.shape[0])

    def chosen(self, choice: Ints) -> tuple[Floats, Floats]:
        """Gains and costs of the chosen treatments; customers with nothing are left out."""
        rows = np.flatnonzero(choice != NOTHING)
        picked = choice[rows]
        return self.gain[picked, rows], self.cost[picked, rows]

    def counts(self, choice: Ints) -> Ints:
        """How many customers get each treatment, (k,)."""
        return np.bincount(choice + 1, minlength=self.treatments + 1)[1:]


def total(values: Floats) -> float:
    """The correctly rounded sum of the values."""
    return math.fsum(values.tolist())


def strict_total(values: Floats) -> float:
    """The largest of the sums that different orders of adding give, so that no reader finds more.

    >>> strict_total(np.array([0.1, 0.2]))
    0.30000000000000004
    """
    if not values.size:
        return 0.0
    return max(total(values), float(values.sum()), float(np.cumsum(values)[-1]))


def _matrix(values: ArrayLike, name: str) -> Floats:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"{name} must be a matrix of customers by treatments, not {matrix.ndim}-dimensional")
    return matrix


def _limits(capacity: ArrayLike | Sequence[float | None] | None, treatments: int, customers: int) -> Floats:
    if capacity is None:
        return np.full(treatments, np.inf)
    given = [math.inf if limit is None else limit for limit in np.asarray(capacity, dtype=object).ravel()]
    limits = np.asarray(given, dtype=np.float64)
    if limits.shape != (treatments,):
        raise ValueError(
            f"capacity must have one number for each of the {treatments} treatments, has {limits.size}"
        )
    if np.isnan(limits).any() or (limits < 0).any():
        raise ValueError("capacity must not be negative or NaN")
    limits = np.floor(limits)
    return np.where(limits >= customers, np.inf, limits)


def checked_budget(budget: float, name: str = "budget") -> float:
    """The budget as a float; raises ValueError when it is negative or NaN."""
    amount = float(budget)
    if math.isnan(amount) or amount < 0:
        raise ValueError(f"{name} must not be negative or NaN, is {budget}")
    return amount


def checked(
    gain: ArrayLike,
    cost: ArrayLike,
    budget: float,
    capacity: ArrayLike | Sequence[float | None] | None = None,
) -> Problem:
    """Check the arguments and bring them into the form that the solvers use.

    Raises:
        ValueError: naming the argument that cannot be used, and why.

    """
    gains, costs = _matrix(gain, "gain"), _matrix(cost, "cost")
    if gains.shape != costs.shape:
        raise ValueError(f"cost must have the shape of gain, {gains.shape}, has {costs.shape}")
    amount = checked_budget(budget)
    limits = _limits(capacity, gains.shape[1], gains.shape[0])
    # A sum meets NaN and +inf in one pass without a temporary of the size of the input.
    with np.errstate(invalid="ignore", over="ignore"):
        if not np.max(gains, initial=-np.inf) < np.inf:
            raise ValueError("gain must not be NaN or +inf; -inf says that a treatment is not allowed")
        if not (np.min(costs, initial=0.0) >= 0 and np.max(costs, initial=0.0) < np.inf):
            raise ValueError("cost must be finite and not negative")
    columns = np.ascontiguousarray(gains.T)
    prices = np.ascontiguousarray(costs.T)
    if columns is gains or np.shares_memory(columns, gains):
        columns = columns.copy()
    useless = columns <= 0
    if math.isfinite(amount):
        useless |= prices > amount
    columns[useless] = -np.inf
    columns[limits == 0] = -np.inf
    return Problem(gain=columns, cost=prices, budget=amount, capacity=limits)
