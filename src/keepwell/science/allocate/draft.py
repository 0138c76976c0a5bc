"""A plan in the making: brought within its limits, and what is left of them spent."""

from dataclasses import dataclass

import numpy as np

from keepwell.science.allocate.problem import NOTHING, Floats, Ints, Problem, strict_total

FILL_MOVES = 20_000


@dataclass(frozen=True)
class Prices:
    """Multipliers of the dual: what one unit of budget and one place of each treatment are worth."""

    budget: float
    place: Floats  # (k,)

    def worth(self, problem: Problem, option: int) -> Floats:
        """Gain of a treatment for every customer after paying for money and place, (n,)."""
        worth: Floats = problem.cost[option] * -self.budget
        worth += problem.gain[option]
        worth -= self.place[option]
        return worth


@dataclass(frozen=True)
class Moves:
    """Customers who could be given something better, the least regretted first."""

    row: Ints
    option: Ints  # where to
    origin: Ints  # where from; -1 for nothing
    cost: Floats  # what the move costs more


class Draft:
    """A choice for every customer with what it leaves of the budget and of each capacity."""

    def __init__(self, problem: Problem, choice: Ints, prices: Prices) -> None:
        self.problem = problem
        self.prices = prices
        self.choice = choice
        self.refresh()

    def refresh(self) -> None:
        """Count places and money anew from the choice."""
        gains, costs = self.problem.chosen(self.choice)
        self.gain = float(gains.sum())
        self.left = self.problem.budget - strict_total(costs)
        self.room = self.problem.capacity - self.problem.counts(self.choice)

    def standing(self) -> tuple[Floats, Floats, Floats]:
        """Worth, gain and cost of what each customer has now, each (n,)."""
        rows = np.flatnonzero(self.choice != NOTHING)
        picked = self.choice[rows]
        gain, cost, place = (np.zeros(self.problem.customers) for _ in range(3))
        gain[rows] = self.problem.gain[picked, rows]
        cost[rows] = self.problem.cost[picked, rows]
        place[rows] = self.prices.place[picked]
        return gain - self.prices.budget * cost - place, gain, cost

    def upward(self, limit: int) -> Moves:
        """Single moves that add gain, cost no more than is left and find room, least regretted first."""
        worth, gain, cost = self.standing()
        losses, rows, options = [], [], []
        for option in np.flatnonzero(self.room >= 1).tolist():
            loss = worth - self.prices.worth(self.problem, option)
            loss[self.problem.gain[option] <= gain] = np.inf
            loss[self.problem.cost[option] - cost > self.left] = np.inf
            kept = smallest(loss, limit)
            losses.append(loss[kept])
            rows.append(kept)
            options.append(np.full(kept.size, option))
        joined = np.concatenate([*losses, np.empty(0)])
        best = np.argsort(joined, kind="stable")[:limit]
        row = np.concatenate([*rows, np.empty(0, np.int64)])[best]
        option_of = np.concatenate([*options, np.empty(0, np.int64)])[best]
        return Moves(row, option_of, self.choice[row], self.problem.cost[option_of, row] - cost[row])

    def fits(self) -> bool:
        """Whether the choice keeps the budget and every capacity."""
        return bool(self.left >= 0 and (self.room >= 0).all())

    def trim(self) -> None:
        """Give up what is least worth until every capacity and the budget hold."""
        worth, _, cost = self.standing()
        for option in np.flatnonzero(self.room < 0):
            held = np.flatnonzero(self.choice == option)
            over = int(-self.room[option])
            self.choice[held[np.argsort(worth[held], kind="stable")[:over]]] = NOTHING
        self.refresh()
        while self.left < 0:
            held = np.flatnonzero((self.choice != NOTHING) & (cost > 0))
            with np.errstate(over="ignore"):
                order = held[np.argsort(worth[held] / cost[held], kind="stable")]
            needed = int(np.searchsorted(np.cumsum(cost[order]), -self.left)) + 1
            self.choice[order[:needed]] = NOTHING
            self.refresh()

    def fill(self) -> None:
        """Spend what is left on single moves, the least regretted first, until none fits."""
        for _ in range(50):
            if not self._fill_once():
                return

    def _fill_once(self) -> bool:
        moves = self.upward(FILL_MOVES)
        left, room, touched = self.left, self.room.tolist(), set()
        taken = []
        listed = zip(
            moves.row.tolist(), moves.option.tolist(), moves.origin.tolist(), moves.cost.tolist(), strict=True
        )
        for index, (row, option, origin, cost) in enumerate(listed):
            if cost > left or room[option] < 1 or row in touched:
                continue
            left -= cost
            room[option] -= 1
            if origin != NOTHING:
                room[origin] += 1
            touched.add(row)
            taken.append(index)
        if not taken:
            return False
        before = self.choice[moves.row[taken]]
        self.choice[moves.row[taken]] = moves.option[taken]
        self.refresh()
        if not self.fits():  # sums in another order came out a rounding higher
            self.choice[moves.row[taken]] = before
            self.refresh()
            return False
        return True


def smallest(loss: Floats, limit: int) -> Ints:
    """Indices of the `limit` smallest finite values, in order of index."""
    finite = np.flatnonzero(loss < np.inf)
    if finite.size <= limit:
        return finite
    return np.sort(finite[np.argpartition(loss[finite], limit)[:limit]])
