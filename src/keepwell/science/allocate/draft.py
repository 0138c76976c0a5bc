"""A plan in the making: kept within its limits and improved by moves of one or two customers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.science.allocate.problem import NOTHING, Floats, Ints, Problem, strict_total

FILL_MOVES = 20_000
PAIR_MOVES = 700
PAIR_ROUNDS = 12


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
    """Customers who could be given something else, the least regretted first."""

    row: Ints
    option: Ints  # where to; -1 for nothing
    origin: Ints  # where from
    gain: Floats  # what the move adds, may be negative
    cost: Floats

    def take(self, index: Ints | NDArray[np.bool_]) -> "Moves":
        """Some of the moves."""
        return Moves(
            self.row[index], self.option[index], self.origin[index], self.gain[index], self.cost[index]
        )


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

    def moves(self, limit: int, *, upward: bool) -> Moves:
        """The moves with the least loss of worth; `upward` ones add gain, cost what is left, find room."""
        worth, gain, cost = self.standing()
        losses, rows, options = [], [], []
        for option in range(NOTHING, self.problem.treatments):
            if option == NOTHING:
                if upward:
                    continue
                loss = np.where(self.choice != NOTHING, worth, np.inf)
            else:
                loss = worth - self.prices.worth(self.problem, option)
                loss[self.choice == option] = np.inf
                if upward:
                    if self.room[option] < 1:
                        continue
                    loss[self.problem.gain[option] <= gain] = np.inf
                    loss[self.problem.cost[option] - cost > self.left] = np.inf
            kept = _smallest(loss, limit)
            losses.append(loss[kept])
            rows.append(kept)
            options.append(np.full(kept.size, option))
        if not rows:
            return _no_moves()
        joined = np.concatenate(losses)
        best = np.argsort(joined, kind="stable")[:limit]
        return self._moves(np.concatenate(rows)[best], np.concatenate(options)[best], gain, cost)

    def _moves(self, row: Ints, option: Ints, gain: Floats, cost: Floats) -> Moves:
        to_gain, to_cost = np.zeros(row.size), np.zeros(row.size)
        real = option != NOTHING
        to_gain[real] = self.problem.gain[option[real], row[real]]
        to_cost[real] = self.problem.cost[option[real], row[real]]
        return Moves(row, option, self.choice[row], to_gain - gain[row], to_cost - cost[row])

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
        moves = self.moves(FILL_MOVES, upward=True)
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

    def exchange(self, enough: float) -> None:
        """Improve by the best pair of moves at a time, until the gain reaches `enough` or none helps."""
        for _ in range(PAIR_ROUNDS):
            if self.gain >= enough or not self._exchange_once():
                return

    def _exchange_once(self) -> bool:
        moves = self.moves(PAIR_MOVES, upward=False)
        # Staying is a move too, so that pairs include single moves.
        alone = np.zeros(1)
        row = np.append(moves.row, -1)
        gain, cost = np.append(moves.gain, alone), np.append(moves.cost, alone)
        added = gain[:, None] + gain[None, :]
        allowed = (cost[:, None] + cost[None, :] <= self.left) & (row[:, None] != row[None, :])
        allowed &= added > 1e-12 * max(abs(self.gain), 1e-300)
        for option in np.flatnonzero(self.room < 2):
            needs = (moves.option == option).astype(np.int8) - (moves.origin == option).astype(np.int8)
            needs = np.append(needs, np.int8(0))
            allowed &= needs[:, None] + needs[None, :] <= int(self.room[option])
        best = int(np.where(allowed, added, -np.inf).argmax())
        first, second = divmod(best, row.size)
        if not allowed[first, second]:
            return False
        return self._try([index for index in (first, second) if index < moves.row.size], moves)

    def _try(self, taken: list[int], moves: Moves) -> bool:
        rows = moves.row[taken]
        before, gain = self.choice[rows], self.gain
        self.choice[rows] = moves.option[taken]
        self.refresh()
        if self.fits() and self.gain > gain:
            return True
        self.choice[rows] = before
        self.refresh()
        return False


def _smallest(loss: Floats, limit: int) -> Ints:
    """Indices of the `limit` smallest finite values, in order of index."""
    finite = np.flatnonzero(loss < np.inf)
    if finite.size <= limit:
        return finite
    return np.sort(finite[np.argpartition(loss[finite], limit)[:limit]])


def _no_moves() -> Moves:
    none, nothing = np.empty(0, np.int64), np.empty(0)
    return Moves(none, none, none, nothing, nothing)
