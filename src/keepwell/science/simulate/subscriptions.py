"""The paid membership that a few customers hold."""

import numpy as np
import pyarrow as pa

from keepwell.science.simulate.catalogue import Ints
from keepwell.science.simulate.dynamics import CONTENT, State
from keepwell.science.simulate.journal import CURRENCY, DAY_SECONDS, identifiers, instants, money, same, words
from keepwell.science.simulate.population import Population
from keepwell.science.simulate.treatments import CAUSES

AFTER_DAYS = 45
PLANS = ("plus-monthly", "plus-yearly")
AMOUNTS = (15.0, 148.0)
PERIODS = ("month", "year")
NEVER = -1


class Subscriptions:
    """Who joined and left the membership, and what of it has not been told yet."""

    def __init__(self, customers: int) -> None:
        self.started, self.ended = np.full(customers, NEVER), np.full(customers, NEVER)
        self.yearly = np.zeros(customers, dtype=np.int64)
        self.reason = np.full(customers, -1)
        self.news = np.zeros(customers, dtype=bool)

    def step(self, people: Population, state: State, lost: Ints, rng: np.random.Generator, day: int) -> None:
        """Content subscribers join some weeks after their first order and leave when they are lost."""
        joins = people.subscriber & (self.started == NEVER) & (people.acquired_day + AFTER_DAYS <= day)
        who = np.flatnonzero(joins & (state.state == CONTENT))
        self.started[who] = day * DAY_SECONDS + rng.integers(0, DAY_SECONDS, who.size)
        self.yearly[who] = rng.random(who.size) < 0.4
        gone = lost[(self.started[lost] != NEVER) & (self.ended[lost] == NEVER)]
        self.ended[gone] = state.day * DAY_SECONDS - rng.integers(1, DAY_SECONDS, gone.size)
        self.reason[gone] = state.cause[gone]
        self.news[who] = True
        self.news[gone] = True

    def publish(self, ids: pa.Array) -> pa.Table:
        """Memberships that started or ended since the last time."""
        who = np.flatnonzero(self.news)
        self.news[:] = False
        return pa.table(
            {
                "subscription_id": identifiers("S", who + 1, 6),
                "customer_id": ids.take(pa.array(who)),
                "started_at": instants(self.started[who]),
                "plan": words(PLANS, self.yearly[who]),
                "amount": money(np.array(AMOUNTS)[self.yearly[who]]),
                "currency": same(CURRENCY, who.size),
                "period": words(PERIODS, self.yearly[who]),
                "ended_at": _instants_or_none(self.ended[who]),
                "end_reason": words(CAUSES, self.reason[who]),
            }
        )


def _instants_or_none(second: Ints) -> pa.Array:
    present = pa.array(np.where(second == NEVER, 0, second) * 1_000_000, mask=second == NEVER)
    return present.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
