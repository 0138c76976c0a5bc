"""What will become of each customer and what each treatment would change, exactly, backwards in time."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from keepwell.science.simulate.calendar import CALENDARS
from keepwell.science.simulate.catalogue import TASTES, Floats, Ints
from keepwell.science.simulate.dynamics import (
    AGGRIEVED,
    BUYING,
    CANCELLED,
    CONTENT,
    FADING,
    LINES_MEAN,
    LOST,
    REFUNDED,
    STATES,
    STEP_DAYS,
    Rates,
    State,
    World,
    annoyance,
    rates,
    success,
)
from keepwell.science.simulate.population import Population
from keepwell.science.simulate.treatments import CAUSES, LIFT_DAYS, TREATMENTS

HORIZON_DAYS = 365


@dataclass(frozen=True)
class Futures:
    """Expected future by state from now, (n, 4) each; money in CNY."""

    orders: Floats
    revenue: Floats
    margin: Floats
    early_margin: Floats  # within the days in which a treatment lifts orders
    early_revenue: Floats  # at list price, within the same days


@dataclass(frozen=True)
class _Reward:
    orders: Floats
    revenue: Floats
    margin: Floats
    list_revenue: Floats


def _reward(world: World, people: Population, day: int, days: int, orders: Floats) -> _Reward:
    demand = world.demand(day + days // 2)
    pieces = orders * LINES_MEAN * (1 + people.quantity) * (1 - REFUNDED - CANCELLED)
    at = (people.calendar, people.taste)
    list_revenue = pieces * demand.revenue[at]
    revenue = list_revenue * (1 - people.coupon)
    return _Reward(orders, revenue, revenue - pieces * demand.cost[at], list_revenue)


def step_lengths(days: int) -> list[int]:
    """Weeks and what is left.

    >>> step_lengths(16)
    [7, 7, 2]
    """
    return [STEP_DAYS] * (days // STEP_DAYS) + ([days % STEP_DAYS] if days % STEP_DAYS else [])


def before(law: Rates, after: Floats) -> Floats:
    """Expectations one step earlier, (…, n, 4) by state, of what is expected `after` it."""
    found = np.empty_like(after)
    stay = 1 - law.to_fading
    found[..., CONTENT] = law.to_fading * after[..., FADING] + stay * (
        law.to_aggrieved * after[..., AGGRIEVED] + (1 - law.to_aggrieved) * after[..., CONTENT]
    )
    stay = 1 - law.aggrieved_to_fading
    found[..., AGGRIEVED] = law.aggrieved_to_fading * after[..., FADING] + stay * (
        law.to_content * after[..., CONTENT] + (1 - law.to_content) * after[..., AGGRIEVED]
    )
    stay = 1 - law.to_lost
    found[..., FADING] = law.to_lost * after[..., LOST] + stay * (
        law.back * after[..., CONTENT] + (1 - law.back) * after[..., FADING]
    )
    found[..., LOST] = after[..., LOST]
    return found


def futures(world: World, people: Population, day: int, horizon_days: int = HORIZON_DAYS) -> Futures:
    """Expected orders, revenue and margin from a day on without any treatment, for each present state."""
    starts, lengths, at = [], step_lengths(horizon_days), day
    for days in lengths:
        starts.append(at)
        at += days
    total = np.zeros((5, people.size, len(STATES)))
    for start, days in zip(reversed(starts), reversed(lengths), strict=True):
        law = rates(world, people, start, days)
        reward = _reward(world, people, start, days, law.orders)
        total = before(law, total)
        early = float(start < day + LIFT_DAYS)
        gains = (
            reward.orders,
            reward.revenue,
            reward.margin,
            reward.margin * early,
            reward.list_revenue * early,
        )
        for row, gain in enumerate(gains):
            total[row] += gain[:, None] * BUYING
    return Futures(*total)


@dataclass(frozen=True)
class Response:
    """What one treatment now would do, (n,) each; margin over 12 months in CNY, before its cost."""

    success: Floats
    gain: Floats


def response(people: Population, state: State, future: Futures, treatment: int) -> Response:
    """The expected change of the 12-month margin by a treatment now, against doing nothing."""
    law = list(TREATMENTS.values())[treatment]
    lift = law.lift * people.receptive[:, treatment]
    # Lifted orders bring their margin; all orders of these weeks carry the discount.
    extra = lift[:, None] * future.early_margin
    extra -= (1 + lift[:, None]) * law.discount * future.early_revenue
    treated = future.margin + extra
    rows = np.arange(people.size)
    won, annoyed = success(people, state, treatment), annoyance(people, state, treatment)
    stays = 1 - won - annoyed
    after = won * treated[:, CONTENT] + annoyed * treated[:, FADING] + stays * treated[rows, state.state]
    return Response(won, after - future.margin[rows, state.state])


def customers_table(ids: pa.Array, people: Population, state: State, future: Futures) -> pa.Table:
    """The hidden state and the expected 12 months of every customer."""
    rows = np.arange(people.size)
    gone, away = state.state == LOST, state.state >= FADING
    cause = np.array([*CAUSES, ""], dtype=object)[state.cause]
    columns: dict[str, pa.Array] = {
        "customer_id": ids,
        "alive": pa.array(~gone),
        "state": pa.array(np.array(STATES, dtype=object)[state.state]),
        "cause": pa.array(cause, mask=~away, type=pa.string()),
        "fading_since": _date(state.faded_day, ~away),
        "lost_on": _date(state.since_day, ~gone),
        "expected_purchases_12m": pa.array(future.orders[rows, state.state]),
        "expected_revenue_12m": pa.array(future.revenue[rows, state.state]),
        "expected_margin_12m": pa.array(future.margin[rows, state.state]),
        "margin_12m_if_kept": pa.array(future.margin[:, CONTENT]),
        "orders_per_year": pa.array(people.rate * 365.25),
        "pieces_per_line": pa.array(1 + people.quantity),
        "coupon_share": pa.array(people.coupon),
        "bad_order_share": pa.array(people.bad),
        "complains_probability": pa.array(people.complains),
        "mood": pa.array(people.mood),
        "taste": pa.array(np.array(list(TASTES), dtype=object)[people.taste]),
        "calendar": pa.array(np.array(CALENDARS, dtype=object)[people.calendar]),
    }
    for column, name in enumerate(CAUSES):
        columns[f"hazard_{name}_per_year"] = pa.array(people.hazards[:, column] * 365.25)
    for column, code in enumerate(TREATMENTS):
        columns[f"receptive_{code}"] = pa.array(people.receptive[:, column])
    return pa.table(columns)


def responses_table(ids: pa.Array, people: Population, state: State, future: Futures) -> pa.Table:
    """The true response of every customer to every treatment, one row each, by treatment."""
    parts = []
    for index, law in enumerate(TREATMENTS.values()):
        answer = response(people, state, future, index)
        parts.append(
            pa.table(
                {
                    "customer_id": ids,
                    "treatment": pa.array([law.code] * people.size, type=pa.string()),
                    "success_probability": pa.array(answer.success),
                    "gain_12m": pa.array(answer.gain),
                    "cost": pa.array(np.full(people.size, law.cost)),
                }
            )
        )
    return pa.concat_tables(parts)


def _date(day: Ints, missing: NDArray[np.bool_]) -> pa.Array:
    return pa.array(day.astype("datetime64[D]"), mask=missing, type=pa.date32())
