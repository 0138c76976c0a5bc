"""Who the customers are: what drives them, hidden, drawn once for each."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keepwell.science.simulate import people
from keepwell.science.simulate.calendar import CALENDARS
from keepwell.science.simulate.catalogue import TASTES, Floats, Ints
from keepwell.science.simulate.treatments import CAUSES, TREATMENTS

CHANNELS = ("search", "social", "referral", "marketplace", "store", "advert")
CHANNEL_SHARES = (0.24, 0.24, 0.16, 0.18, 0.10, 0.08)
CHANNEL_COSTS = (28.0, 35.0, 12.0, 22.0, 8.0, 60.0)

# Orders a year: a gamma mixture, as in the negative binomial models of repeat buying.
RATE_SHAPE, RATE_MEAN_YEAR = 0.34, 5.2
# Yearly hazards of turning away while content, by cause; "service" applies to the aggrieved alone.
HAZARDS_YEAR = {
    "service": 3.0,
    "price": 0.042,
    "competitor": 0.046,
    "moved": 0.016,
    "no_need": 0.028,
    "natural": 0.05,
}
FADING_DAYS = 110.0
RETURNING_YEAR = 0.9
SETTLING_YEAR = 9.0
BAD_ORDERS = 0.055
BIG_CUSTOMERS = 0.002


@dataclass(frozen=True)
class Population:
    """What drives each customer; every array is (n,) unless said otherwise. Rates are per day."""

    region: Ints
    acquired_day: Ints
    channel: Ints
    taste: Ints
    calendar: Ints
    rate: Floats  # orders while content, before the season
    quantity: Floats  # pieces of a line beyond the first, mean
    coupon: Floats  # mean share of the price taken off by coupons
    visits: Floats
    carts: Floats  # abandoned carts
    chats: Floats
    bad: Floats  # share of orders that go wrong
    complains: Floats  # probability of saying so
    hazards: Floats  # (n, causes)
    leaving: Floats  # of the fading
    returning: Floats  # of the fading, by themselves
    settling: Floats  # of the aggrieved
    mood: Floats  # satisfaction while content, 0..1
    reads_mail: NDArray[np.bool_]
    subscriber: NDArray[np.bool_]
    receptive: Floats  # (n, treatments) factor on every effect of a treatment

    @property
    def size(self) -> int:
        """How many customers there are."""
        return int(self.region.size)


def draw_population(rng: np.random.Generator, count: int, first_day: int, last_day: int) -> Population:
    """Draw the customers of a shop that wins them between two days since 1970, the last one not included."""
    region = people.draw_regions(rng, count)
    calendars = np.array([CALENDARS.index(place.calendar) for place in people.REGIONS])
    channel = rng.choice(len(CHANNELS), size=count, p=CHANNEL_SHARES)
    taste = rng.choice(len(TASTES), size=count, p=(0.2, 0.22, 0.2, 0.15, 0.11, 0.12))
    # More were won early: the shop opened with a splash.
    acquired = first_day + np.floor((last_day - first_day) * np.sort(rng.beta(1.0, 1.6, count))).astype(
        np.int64
    )
    return Population(
        region=region,
        acquired_day=np.clip(acquired, first_day, last_day - 1),
        channel=channel,
        taste=taste,
        calendar=calendars[region],
        **_habits(rng, count),
        **_leanings(rng, count, taste, channel),
    )


def _habits(rng: np.random.Generator, count: int) -> dict[str, Any]:
    rate = rng.gamma(RATE_SHAPE, RATE_MEAN_YEAR / RATE_SHAPE, count) / 365.25
    quantity = rng.gamma(0.6, 0.35, count)
    big = rng.random(count) < BIG_CUSTOMERS
    rate[big] = rng.uniform(12, 40, int(big.sum())) / 365.25
    quantity[big] = rng.uniform(8, 30, int(big.sum()))
    # A few only registered.
    rate[~big & (rng.random(count) < 0.01)] = 0.0
    return {
        "rate": rate,
        "quantity": quantity,
        "coupon": rng.beta(1.2, 14, count),
        "visits": rate * rng.gamma(3.0, 0.7, count) + rng.gamma(0.7, 3.0, count) / 365.25,
        "carts": rate * rng.gamma(1.0, 0.5, count) + 0.4 / 365.25,
        "chats": rng.gamma(0.8, 0.9, count) / 365.25,
        "mood": rng.beta(7, 2.6, count),
        "reads_mail": rng.random(count) < 0.55,
        "subscriber": (rng.random(count) < 0.06) & (rate > 3 / 365.25),
    }


def _leanings(rng: np.random.Generator, count: int, taste: Ints, channel: Ints) -> dict[str, Any]:
    year = np.array([HAZARDS_YEAR[cause] for cause in CAUSES])
    hazards = year * rng.gamma(1.2, 1 / 1.2, (count, len(CAUSES)))
    hazards[:, CAUSES.index("no_need")] *= np.where(taste == list(TASTES).index("young family"), 4.0, 0.6)
    hazards[:, CAUSES.index("price")] *= np.where(channel == CHANNELS.index("marketplace"), 2.0, 0.8)
    hazards[:, CAUSES.index("natural")] *= np.where(channel == CHANNELS.index("advert"), 2.2, 0.9)
    willing = rng.gamma(4.0, 0.25, (count, 1))
    return {
        "bad": np.clip(BAD_ORDERS * rng.gamma(1.2, 1 / 1.2, count), 0.0, 0.5),
        "complains": rng.beta(4, 2.5, count),
        "hazards": hazards / 365.25,
        "leaving": np.full(count, 1 / FADING_DAYS),
        "returning": np.full(count, RETURNING_YEAR / 365.25),
        "settling": SETTLING_YEAR * rng.gamma(3, 1 / 3, count) / 365.25,
        "receptive": willing * rng.gamma(4.0, 0.25, (count, len(TREATMENTS))),
    }
