"""The last gap: the few customers whose choice is open are looked at together.

At the prices of the dual every option of every customer has a loss against the customer's best one, and

    gain of a plan = bound - losses - price x money left - prices x places left.

So an option with a loss above the gap of the best plan known is in no better plan, and few customers keep
an alternative. Their combinations are built up customer by customer, the closest calls first, keeping only
states that no other state beats in money and gain (dynamic programming with lists over a core: Pisinger
1995, "A minimal algorithm for the multiple-choice knapsack problem"). When the core holds every open
customer and no list was cut, the plan is the best there is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.science.allocate.draft import Draft, smallest
from keepwell.science.allocate.problem import NOTHING, Floats, Ints

CORE_ROWS = 120
BEAM = 2_500
UNSPENT_WEIGHT = 0.1
CANDIDATES = 50_000
ROUNDS = 4
# Another round is worth its time while the last one closed this share of the gap.
WORTHWHILE = 0.15


@dataclass(frozen=True)
class Choices:
    """What one open customer can be given, against what that customer has now."""

    option: Ints
    gain: Floats
    cost: Floats
    loss: Floats
    room: NDArray[np.int16]  # (options, treatments) places given back


@dataclass
class States:
    """Partial plans for the customers looked at so far, as changes of the draft."""

    gain: Floats
    cost: Floats
    loss: Floats
    room: NDArray[np.int16]

    def extended(self, row: Choices) -> "States":
        """Every state with every option."""
        return States(
            (self.gain[:, None] + row.gain).ravel(),
            (self.cost[:, None] + row.cost).ravel(),
            (self.loss[:, None] + row.loss).ravel(),
            (self.room[:, None, :] + row.room).reshape(-1, row.room.shape[1]),
        )

    def take(self, index: Ints) -> "States":
        """Some of the states."""
        return States(self.gain[index], self.cost[index], self.loss[index], self.room[index])


def refine(draft: Draft, bound: float, enough: float) -> None:
    """Improve the draft in place by the best combination of changes of a core of customers."""
    for _ in range(ROUNDS):
        gain, gap = draft.gain, bound - draft.gain
        if gain >= enough or not _refine_once(draft, bound) or draft.gain - gain < WORTHWHILE * gap:
            return


def _refine_once(draft: Draft, bound: float) -> bool:
    rows, choices, settled_loss = _core(draft, bound - draft.gain)
    if not rows.size:
        return False
    picked = _search(draft, choices, bound - draft.gain, settled_loss)
    if picked is None:
        return False
    changed = rows[: picked.size]
    before, gain = draft.choice[changed], draft.gain
    draft.choice[changed] = picked
    draft.refresh()
    if draft.fits() and draft.gain > gain:
        return True
    draft.choice[changed] = before
    draft.refresh()
    return False


def _core(draft: Draft, gap: float) -> tuple[Ints, list[Choices], float]:
    """Open customers, closest calls first, their options, and the loss of all others."""
    problem = draft.problem
    worth = np.vstack(
        [np.zeros(problem.customers), *(draft.prices.worth(problem, j) for j in range(problem.treatments))]
    )
    loss = worth.max(axis=0) - worth
    index = np.arange(problem.customers)
    present = loss[draft.choice + 1, index].copy()
    loss[draft.choice + 1, index] = np.inf
    rows = _rows(draft, loss - present, gap)
    choices = [_choices(draft, int(row), loss[:, row], float(present[row]), gap) for row in rows]
    return rows, choices, float(present.sum())


def _rows(draft: Draft, change: Floats, gap: float) -> Ints:
    """Open customers for the core: of each order of magnitude of money moved those that lose least.

    Large moves come first, small ones then find the exact sum.
    """
    problem = draft.problem
    flat = np.flatnonzero((change < gap).ravel())
    flat = flat[smallest(change.ravel()[flat], CANDIDATES)]
    option, row = np.divmod(flat, problem.customers)
    cost = np.vstack([np.zeros(problem.customers), problem.cost])
    moved = np.abs(cost[option, row] - cost[draft.choice[row] + 1, row])
    size = np.frexp(moved)[1]
    loss, alike = change.ravel()[flat], _place_in_group(np.vstack([moved, option, draft.choice[row]]))
    rank = _place_in_group(size[None, :], np.lexsort((loss, alike, size)))
    order = np.lexsort((loss, rank))
    first = np.unique(row[order], return_index=True)[1]
    picked = order[np.sort(first)][:CORE_ROWS]
    return row[picked[np.argsort(-moved[picked], kind="stable")]]


def _place_in_group(traits: np.ndarray, order: Ints | None = None) -> Ints:
    """For each column how many equal ones come before it in the order."""
    order = np.lexsort(traits) if order is None else order
    first = np.concatenate([[True], (np.diff(traits[:, order]) != 0).any(axis=0)])[: order.size]
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size) - np.flatnonzero(first)[np.cumsum(first) - 1]
    return place


def _choices(draft: Draft, row: int, loss: Floats, present: float, gap: float) -> Choices:
    problem, held = draft.problem, int(draft.choice[row])
    options = np.append(np.flatnonzero(loss - present < gap) - 1, held)
    gain = np.append(0.0, problem.gain[:, row])[options + 1]
    cost = np.append(0.0, problem.cost[:, row])[options + 1]
    room = np.zeros((options.size, problem.treatments), dtype=np.int16)
    real = options != NOTHING
    room[np.flatnonzero(real), options[real]] -= 1
    if held != NOTHING:
        room[:, held] += 1
    change = np.append(loss[options[:-1] + 1] - present, 0.0)
    return Choices(options, gain - gain[-1], cost - cost[-1], change, room)


def _search(draft: Draft, choices: list[Choices], gap: float, settled_loss: float) -> Ints | None:
    """The options of the first customers of the core in the best plan found, or None."""
    k = draft.problem.treatments
    limited = np.flatnonzero(np.isfinite(draft.room))
    mark = np.random.default_rng(0).integers(1, 2**40, limited.size)
    # What later customers can still give back: loss and money.
    spare_loss = np.append(np.cumsum([-row.loss.min() for row in choices][::-1])[::-1], 0.0)
    spare_cost = np.append(np.cumsum([-row.cost.min() for row in choices][::-1])[::-1], 0.0)
    states = States(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros((1, k), dtype=np.int16))
    trail: list[tuple[Ints, Ints]] = []
    best, found = 0.0, (-1, -1)
    for number, row in enumerate(choices):
        wide = states.extended(row)
        alive = (settled_loss + wide.loss - spare_loss[number + 1] < gap - best) & (
            wide.cost - spare_cost[number + 1] <= draft.left
        )
        kept = np.flatnonzero(alive)
        if not kept.size:
            break
        kept = kept[_undominated(wide.take(kept), limited, mark)]
        if kept.size > BEAM:
            # Little loss, and money neither left nor lacking by much.
            unspent = np.abs(draft.left - wide.cost[kept]) if np.isfinite(draft.left) else 0.0
            merit = wide.loss[kept] + UNSPENT_WEIGHT * draft.prices.budget * unspent
            kept = np.sort(kept[np.argpartition(merit, BEAM)[:BEAM]])
        states = wide.take(kept)
        trail.append((kept // row.option.size, kept % row.option.size))
        possible = (states.cost <= draft.left) & (states.room[:, limited] + draft.room[limited] >= 0).all(
            axis=1
        )
        gains = np.where(possible, states.gain, -np.inf)
        top = int(gains.argmax())
        if gains[top] > best + 1e-12 * abs(draft.gain):
            best, found = float(gains[top]), (number, top)
    if found[0] < 0:
        return None
    return _trace(trail, choices, *found)


def _undominated(states: States, limited: Ints, mark: Ints) -> Ints:
    """States that no other one with the same places beats in both money and gain, in a fixed order."""
    places = states.room[:, limited].astype(np.int64) @ mark
    order = np.lexsort((-states.gain, states.cost, places))
    rank = np.empty(order.size, dtype=np.int64)
    rank[np.argsort(states.gain, kind="stable")] = np.arange(order.size)
    group = np.cumsum(np.diff(places[order], prepend=places[order[0]]) != 0)
    level = group * order.size + rank[order]
    highest = np.maximum.accumulate(level)
    rises = np.concatenate([[True], level[1:] > highest[:-1]])
    return np.sort(order[rises])


def _trace(trail: list[tuple[Ints, Ints]], choices: list[Choices], number: int, state: int) -> Ints:
    picked = np.empty(number + 1, dtype=np.int64)
    for at in range(number, -1, -1):
        parent, option = trail[at]
        picked[at] = choices[at].option[option[state]]
        state = int(parent[state])
    return picked
