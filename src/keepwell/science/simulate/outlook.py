"""What a play would measure if it could see both worlds: the next weeks of each customer, exactly.

The measurement of a play sees each customer in one arm, after one turn of luck. Here both arms of the same
customer are expectations over all luck from the day of the assignment on, so their difference has no sampling
error at all; only who was assigned, and in which state, is taken as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keepwell.science.simulate.catalogue import Floats, Ints
from keepwell.science.simulate.dynamics import (
    BUYING,
    CANCELLED,
    CONTENT,
    FADING,
    LINES_MEAN,
    REFUNDED,
    STATES,
    State,
    World,
    annoyance,
    rates,
    success,
)
from keepwell.science.simulate.population import Population
from keepwell.science.simulate.shop import FREE_SAMPLES
from keepwell.science.simulate.treatments import LIFT_DAYS, TREATMENTS
from keepwell.science.simulate.truth import before

UNTREATED = -1
# An order counts where neither it nor, where there is one, its free sample was refunded or cancelled.
FALLEN_OUT = REFUNDED + CANCELLED
COUNTED = 1 - FALLEN_OUT * (1 - FREE_SAMPLES * (1 - FALLEN_OUT))


@dataclass(frozen=True)
class Outlook:
    """What is expected of each customer within some days, (n,) each; money in CNY.

    Attributes:
        kept: probability of at least one order that is neither cancelled nor refunded.
        revenue: of such orders, net of discounts.
        margin: of such orders, before the cost of a treatment.
    """

    kept: Floats
    revenue: Floats
    margin: Floats


def lengths(days: int, pauses: Sequence[int] = (), step_days: int = 7) -> list[int]:
    """The steps that a market takes over some days, where it stops after each of `pauses` (days from now).

    >>> lengths(60, pauses=[30])
    [7, 7, 7, 7, 2, 7, 7, 7, 7, 2]
    """
    found, at = [], 0
    for until in sorted({days, *(stop for stop in pauses if 0 < stop < days)}):
        while at < until:
            found.append(min(step_days, until - at))
            at += found[-1]
    return found


def outlook(world: World, people: Population, state: State, treatment: Ints, steps: Sequence[int]) -> Outlook:
    """What is expected of each customer from now on.

    Args:
        world: the laws.
        people: n customers.
        state: where they stand now; what is left of an earlier treatment counts.
        treatment: (n,) index of what is done for each now, `UNTREATED` for nothing.
        steps: lengths in days of the steps that the market will take.
    """
    treated = treatment != UNTREATED
    lift, discount, until = _after_treatment(people, state, treatment)
    silent = np.ones((people.size, len(STATES)))  # probability of no counted order
    money = np.zeros((2, people.size, len(STATES)))  # revenue, margin
    day = state.day + sum(steps)
    for days in reversed(steps):
        day -= days
        law = rates(world, people, day, days)
        lasting = until > day
        orders = law.orders * np.where(lasting, 1 + lift, 1.0)
        demand = world.demand(day + days // 2)
        at = (people.calendar, people.taste)
        pieces = orders * LINES_MEAN * (1 + people.quantity) * (1 - FALLEN_OUT)
        revenue = pieces * demand.revenue[at] * (1 - people.coupon - np.where(lasting, discount, 0.0))
        silent = before(law, silent) * np.exp(-COUNTED * orders[:, None] * BUYING)
        money = before(law, money)
        money[0] += revenue[:, None] * BUYING
        money[1] += (revenue - pieces * demand.cost[at])[:, None] * BUYING
    rows = np.arange(people.size)
    won, annoyed = np.zeros(people.size), np.zeros(people.size)
    for index in np.unique(treatment[treated]).tolist():
        mine = treatment == index
        won[mine] = success(people, state, index)[mine]
        annoyed[mine] = annoyance(people, state, index)[mine]

    def mixed(values: Floats) -> Floats:
        stays = (1 - won - annoyed) * values[rows, state.state]
        return np.asarray(won * values[:, CONTENT] + annoyed * values[:, FADING] + stays)

    return Outlook(1 - mixed(silent), mixed(money[0]), mixed(money[1]))


def _after_treatment(people: Population, state: State, treatment: Ints) -> tuple[Floats, Floats, Ints]:
    """Lift and discount of the orders to come, and the day on which they end, (n,) each."""
    laws = list(TREATMENTS.values())
    rows = np.flatnonzero(treatment != UNTREATED)
    which = treatment[rows]
    lift, discount, until = state.lift.copy(), state.discount.copy(), state.lift_until.copy()
    lift[rows] = np.array([law.lift for law in laws])[which] * people.receptive[rows, which]
    discount[rows] = np.array([law.discount for law in laws])[which]
    until[rows] = state.day + LIFT_DAYS
    return lift, discount, until
