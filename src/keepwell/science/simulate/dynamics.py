"""How customers come and go: a Markov process in steps of at most a week, with causes.

A customer is content, aggrieved after something went wrong, fading (buys little, falls silent, may still
be turned round) or lost. Orders are Poisson at a rate that follows state, season and treatment, so the
expected future of every state is known exactly by going backwards in time (see `truth`). The random
numbers of a step depend on the seed and the day alone: two continuations that differ in a treatment share
their luck.
"""

import copy
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from keepwell.science.simulate.calendar import CALENDARS, EPOCH, season
from keepwell.science.simulate.catalogue import Catalogue, Floats, Ints, taste_shares
from keepwell.science.simulate.population import Population
from keepwell.science.simulate.treatments import AFTER_LEAVING, CAUSES, FORGETTING_DAYS, LIFT_DAYS, TREATMENTS

CONTENT, AGGRIEVED, FADING, LOST = range(4)
STATES = ("content", "aggrieved", "fading", "lost")
BUYING = np.array([1.0, 0.7, 0.22, 0.0])  # orders by state, as a share of those of the content
STEP_DAYS = 7
LINES_MEAN = 1.9
REFUNDED, CANCELLED = 0.025, 0.02
SERVICE = CAUSES.index("service")
NEW_DAYS, NEW_HAZARD = 60, 6.0


@dataclass
class State:
    """Where every customer stands on a day; arrays are (n,)."""

    day: int  # the first day not yet simulated, since 1970-01-01
    state: NDArray[np.int8]
    cause: NDArray[np.int8]  # of fading or lost, -1 otherwise
    since_day: Ints  # first day in the present state
    faded_day: Ints  # first day of the present or last fading, -1 when never
    lift_until: Ints  # day on which the effect of the last treatment ends
    lift: Floats
    discount: Floats
    ticket: Ints  # the complaint still open, -1 when none

    def copy(self) -> "State":
        """An independent state, to continue in two ways."""
        return copy.deepcopy(self)


def first_state(population: Population, day: int) -> State:
    """Everybody content, and nothing yet done."""
    n = population.size
    return State(
        day=day,
        state=np.full(n, CONTENT, np.int8),
        cause=np.full(n, -1, np.int8),
        since_day=population.acquired_day.copy(),
        faded_day=np.full(n, -1),
        lift_until=np.full(n, -1),
        lift=np.zeros(n),
        discount=np.zeros(n),
        ticket=np.full(n, -1),
    )


@dataclass(frozen=True)
class Demand:
    """What is bought on average around a day, by calendar and taste."""

    rate: Floats  # (calendars, tastes) factor on the customer's own rate
    shares: Floats  # (calendars, tastes, categories) of what is bought
    revenue: Floats  # (calendars, tastes) of one piece, CNY at list price
    cost: Floats  # (calendars, tastes) of one piece, CNY


class World:
    """The laws of the shop: seasons, prices and what makes customers turn away."""

    def __init__(self, catalogue: Catalogue, price_rise_day: int, rival_day: int) -> None:
        self.catalogue = catalogue
        self.price_rise_day = price_rise_day
        self.rival_day = rival_day
        self._shares = taste_shares()
        self._price = catalogue.by_category(catalogue.price)
        self._cost = catalogue.by_category(catalogue.cost)

    def demand(self, day: int) -> Demand:
        """What is bought on average on a day."""
        factors = np.array([season(calendar, day) for calendar in CALENDARS])
        weighted = self._shares[None, :, :] * factors[:, None, :]
        rate = weighted.sum(axis=2)
        shares = weighted / rate[:, :, None]
        price = self._price * self.price_level(day)
        return Demand(rate, shares, shares @ price, shares @ self._cost)

    def price_level(self, day: int) -> float:
        """Prices against the catalogue."""
        return 1.06 if day >= self.price_rise_day else 1.0

    def climate(self, day: int) -> Floats:
        """Factor on each cause's hazard on a day, (causes,)."""
        factors = np.ones(len(CAUSES))
        if 0 <= day - self.price_rise_day < 75:
            factors[CAUSES.index("price")] = 3.5
        if 0 <= day - self.rival_day < 140:
            factors[CAUSES.index("competitor")] = 8.0
        if (EPOCH + timedelta(days=day)).month in (6, 7, 8):
            factors[CAUSES.index("moved")] = 2.2
        return factors


@dataclass(frozen=True)
class Rates:
    """Everything that the step from `day` to `day + days` depends on, by customer."""

    orders: Floats  # expected while content and untreated
    turning: Floats  # (n, causes) hazard of the content
    to_fading: Floats  # probability, content
    aggrieved_to_fading: Floats
    to_aggrieved: Floats  # probability, content and not fading
    to_content: Floats  # probability, aggrieved and not fading
    to_lost: Floats  # probability, fading
    back: Floats  # probability, fading and not lost


def rates(world: World, people: Population, day: int, days: int) -> Rates:
    """The law of one step. Whoever is acquired on a day within it takes part from that day on."""
    middle = day + days // 2
    demand = world.demand(middle)
    taking_part = np.clip(day + days - people.acquired_day, 0, days).astype(np.float64)
    orders = people.rate * demand.rate[people.calendar, people.taste] * taking_part
    turning = people.hazards * world.climate(middle)
    turning[middle - people.acquired_day < NEW_DAYS, CAUSES.index("natural")] *= NEW_HAZARD
    service = turning[:, SERVICE].copy()
    turning[:, SERVICE] = 0.0
    fading = -np.expm1(-turning.sum(axis=1) * taking_part)
    return Rates(
        orders=orders,
        turning=turning,
        to_fading=fading,
        aggrieved_to_fading=1 - (1 - fading) * np.exp(-service * taking_part),
        to_aggrieved=-np.expm1(-orders * people.bad),
        to_content=-np.expm1(-people.settling * taking_part),
        to_lost=-np.expm1(-people.leaving * taking_part),
        back=-np.expm1(-people.returning * taking_part),
    )


@dataclass(frozen=True)
class StepResult:
    """What changed in a step; each an array of customers."""

    orders: Ints  # (n,) orders of each customer
    offended: Ints
    settled: Ints
    faded: Ints
    lost: Ints


def step(law: Rates, people: Population, state: State, days: int, rng: np.random.Generator) -> StepResult:
    """Move the state on by one step, in place; the state at its beginning decides what is bought."""
    n = people.size
    share = BUYING[state.state]
    lifted = np.where(state.lift_until > state.day, 1 + state.lift, 1.0)
    orders = rng.poisson(law.orders * share * lifted)
    draw, which, second = rng.random(n), rng.random(n), rng.random(n)
    before = state.state.copy()
    leave = np.where(
        before == CONTENT, law.to_fading, np.where(before == AGGRIEVED, law.aggrieved_to_fading, 0.0)
    )
    faded = np.flatnonzero(draw < leave)
    stays = draw >= leave
    offended = np.flatnonzero((before == CONTENT) & stays & (second < law.to_aggrieved))
    settled = np.flatnonzero((before == AGGRIEVED) & stays & (second < law.to_content))
    lost = np.flatnonzero((before == FADING) & (draw < law.to_lost))
    returned = np.flatnonzero((before == FADING) & (draw >= law.to_lost) & (second < law.back))
    state.day += days
    _enter(state, offended, AGGRIEVED)
    _enter(state, np.concatenate([settled, returned]), CONTENT)
    _enter(state, lost, LOST)
    _enter(state, faded, FADING)
    state.cause[faded] = _causes(law, before[faded], faded, which[faded])
    state.faded_day[faded] = state.day
    return StepResult(orders, offended, settled, faded, lost)


def _enter(state: State, who: Ints, to: int) -> None:
    state.state[who] = to
    state.since_day[who] = state.day
    if to in (CONTENT, AGGRIEVED):
        state.cause[who] = -1


def _causes(law: Rates, before: NDArray[np.int8], who: Ints, draw: Floats) -> NDArray[np.int8]:
    """The cause by shares of the hazards; of the aggrieved all that is not the others' is service."""
    hazards = law.turning[who].copy()
    other = law.to_fading[who]
    share = np.where(before == AGGRIEVED, 1 - other / law.aggrieved_to_fading[who], 0.0)
    rest = hazards.sum(axis=1, keepdims=True)
    hazards = hazards / np.where(rest > 0, rest, 1.0) * (1 - share[:, None])
    hazards[:, SERVICE] = share
    picked: NDArray[np.int8] = (np.cumsum(hazards, axis=1) < draw[:, None]).sum(axis=1).astype(np.int8)
    return np.minimum(picked, len(CAUSES) - 1).astype(np.int8)


def success(people: Population, state: State, treatment: int) -> Floats:
    """Probability that a treatment now brings a customer back to content, (n,)."""
    law = list(TREATMENTS.values())[treatment]
    receptive = people.receptive[:, treatment]
    keeps = np.append(law.keeps, 0.0)[state.cause]
    forgotten = np.exp(-(state.day - state.since_day) / FORGETTING_DAYS)
    chance = np.select(
        [state.state == FADING, state.state == LOST, state.state == AGGRIEVED],
        [keeps, keeps * AFTER_LEAVING * forgotten, np.full(people.size, law.soothes)],
        0.0,
    )
    joined = people.acquired_day < state.day
    chance = np.clip(chance * receptive, 0.0, 0.9)
    return np.where(joined, chance, 0.0)


def annoyance(people: Population, state: State, treatment: int) -> Floats:
    """Probability that a treatment now makes who is content think of leaving, (n,)."""
    law = list(TREATMENTS.values())[treatment]
    return np.where((state.state == CONTENT) & (people.acquired_day < state.day), law.annoys, 0.0)


def treat(
    people: Population, state: State, treatment: int, who: Ints, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Apply a treatment to some customers, in place; says who was turned round or settled, (len(who),)."""
    law = list(TREATMENTS.values())[treatment]
    draw = rng.random(people.size)[who]
    chance, annoyed = success(people, state, treatment)[who], annoyance(people, state, treatment)[who]
    won = draw < chance
    lost_patience = who[draw < annoyed]
    _enter(state, who[won], CONTENT)
    _enter(state, lost_patience, FADING)
    state.cause[lost_patience] = CAUSES.index("natural")
    state.faded_day[lost_patience] = state.day
    state.lift_until[who] = state.day + LIFT_DAYS
    state.lift[who] = law.lift * people.receptive[who, treatment]
    state.discount[who] = law.discount
    return won
