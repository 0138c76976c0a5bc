"""Decisions about treatments as functions of values: no Django, no clock, no store.

Gain is the share of the expected loss that a treatment is assumed to save. It is gross: money of
contribution that stays, before the cost of the treatment, in the unit of the cost. A treatment is
worthwhile for a customer where it is allowed and gains more than it costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TIERS = ("high", "mid", "low")
REASON_GROUPS = (
    "silence",
    "fewer_purchases",
    "downgrade",
    "complaint",
    "contact_silent",
    "one_time",
    "other",
)
DEFAULT_GROUP = "other"
# Which group of causes a reason of insight belongs to; reasons that are not named fall under DEFAULT_GROUP.
GROUP_OF_REASON = {
    "rhythm_broken": "silence",
    "best_dormant": "silence",
    "drifting_away": "silence",
    "low_return": "silence",
    "purchases_fell": "fewer_purchases",
    "quantity_fell": "downgrade",
    "spending_fell": "downgrade",
    "complaints_rose": "complaint",
    "mood_bad": "complaint",
    "contact_silent": "contact_silent",
    "bought_once": "one_time",
}
CANDIDATE_STATUSES = ("at_risk", "lost")
NOTHING = -1
MONEY_STEPS = 1e4  # money has four decimals


@dataclass(frozen=True)
class Candidates:
    """Customers about to leave or lost, one element each.

    Attributes:
        expected_loss: (n,) money.
        value_at_stake: (n,) money.
        average_amount: (n,) money, mean of an order.
        tier: (n,) index into `TIERS`.
        group: (n,) index into `REASON_GROUPS`, of the strongest reason.
        lost: (n,) whether the status is lost.
        silence_days: (n,) days since the last order, inf where there was none.
        hints: (n,) one bit for each hint, in the order that the caller's `TreatmentRule.hint_bit` means.

    """

    expected_loss: Floats
    value_at_stake: Floats
    average_amount: Floats
    tier: Ints
    group: Ints
    lost: Bools
    silence_days: Floats
    hints: Ints

    def __len__(self) -> int:
        return int(self.expected_loss.size)


@dataclass(frozen=True)
class TreatmentRule:
    """What the decision needs of one treatment; money in the currency of the customers' values."""

    code: str
    unit_cost: float
    order_cost_share: float
    low_cost: bool
    hint_bit: int = 0  # only for customers who have this bit; 0 = for everybody
    capacity: int | None = None
    return_days: int = 0
    purpose: str = "marketing"


@dataclass(frozen=True)
class Rulebook:
    """Everything that decides: k treatments, their assumptions and the limits of the grades.

    Attributes:
        version: of the settings that it was made from.
        treatments: the k active ones.
        saved_share: (k, tiers, reason groups), 0 to 1.
        max_cost: (tiers,) money for one customer, inf = no limit.
        max_value_share: (tiers,) of the value at stake.
        low_cost_only: (tiers,).
        lost_share_factor: what is left of a saved share once a customer is lost.
        lost_max_silence_days: silent for longer is not winnable.
        aside_share: of all customers, kept aside from marketing.

    """

    version: int
    treatments: tuple[TreatmentRule, ...]
    saved_share: Floats
    max_cost: Floats
    max_value_share: Floats
    low_cost_only: Bools
    lost_share_factor: float
    lost_max_silence_days: float
    aside_share: float = 0.0


def group_index(reason: str | None) -> int:
    """Index of the group of causes that `reason` belongs to.

    >>> REASON_GROUPS[group_index("complaints_rose")], REASON_GROUPS[group_index("unheard_of")]
    ('complaint', 'other')
    """
    return REASON_GROUPS.index(GROUP_OF_REASON.get(reason or "", DEFAULT_GROUP))


def costs(customers: Candidates, book: Rulebook) -> Floats:
    """Cost of each treatment for each customer, (n, k), rounded to the four decimals of money."""
    unit = np.array([rule.unit_cost for rule in book.treatments])
    share = np.array([rule.order_cost_share for rule in book.treatments])
    orders = np.maximum(customers.average_amount, 0.0)
    money: Floats = np.rint((unit + orders[:, None] * share) * MONEY_STEPS) / MONEY_STEPS
    return money


def gains(customers: Candidates, book: Rulebook) -> Floats:
    """Expected loss that each treatment is assumed to save for each customer, (n, k), gross of its cost."""
    share = book.saved_share[:, customers.tier, customers.group].T
    left = np.where(customers.lost, book.lost_share_factor, 1.0)
    loss = np.maximum(customers.expected_loss, 0.0) * left
    money: Floats = np.rint(loss[:, None] * share * MONEY_STEPS) / MONEY_STEPS
    return money


def allowed(customers: Candidates, book: Rulebook, cost: Floats) -> Bools:
    """Where a treatment may be given at all, (n, k): the limits of the grade, and the customer's own value.

    The cost stays within the tier's absolute limit and its share of the value at stake, and always below
    the value at stake; a tier that takes low-cost measures only gets no others; the lost must be winnable.
    """
    tier = customers.tier
    stake = np.maximum(customers.value_at_stake, 0.0)
    low_cost = np.array([rule.low_cost for rule in book.treatments], dtype=bool)
    hint = np.array([rule.hint_bit for rule in book.treatments], dtype=np.int64)
    winnable = ~customers.lost | (customers.silence_days <= book.lost_max_silence_days)
    within: Bools = cost <= book.max_cost[tier][:, None]
    within &= cost <= (stake * book.max_value_share[tier])[:, None]
    within &= cost < stake[:, None]
    within &= ~book.low_cost_only[tier][:, None] | low_cost
    within &= (customers.hints[:, None] & hint) == hint
    within &= winnable[:, None]
    return within


def worthwhile(customers: Candidates, book: Rulebook) -> tuple[Floats, Floats]:
    """Gains and costs, (n, k) each; the gain is -inf where a treatment is not allowed or not worth it."""
    cost = costs(customers, book)
    gain = gains(customers, book)
    gain[~allowed(customers, book, cost) | (gain <= cost)] = -np.inf
    return gain, cost


def leave_alone(gain: Floats, draw: Floats, book: Rulebook) -> Floats:
    """`gain` (n, k) with -inf for all marketing to customers who are kept aside; service goes on.

    `draw` (n,) in [0, 1) is the number by which the holdout is dealt: those below its share are in it.

    >>> rule = TreatmentRule("sms", 1.0, 0.0, True)
    >>> mend = TreatmentRule("mend", 1.0, 0.0, False, purpose="service")
    >>> none = np.zeros(0)
    >>> book = Rulebook(1, (rule, mend), none, none, none, none, 1.0, 0.0, aside_share=0.1)
    >>> leave_alone(np.ones((2, 2)), np.array([0.05, 0.5]), book).tolist()
    [[-inf, 1.0], [1.0, 1.0]]
    """
    marketing = np.array([rule.purpose == "marketing" for rule in book.treatments], dtype=bool)
    aside = draw < book.aside_share
    return np.where(aside[:, None] & marketing, -np.inf, gain)


def best_action(gain: Floats, cost: Floats) -> Ints:
    """The treatment with the highest gain net of its cost for each customer, whatever the budget; -1 = none.

    Of equally good ones the cheaper, of equally cheap ones the first.

    >>> best_action(np.array([[5.0, 9.0], [-np.inf, -np.inf]]), np.array([[1.0, 6.0], [1.0, 6.0]])).tolist()
    [0, -1]
    """
    if not gain.size:
        return np.full(gain.shape[0], NOTHING, dtype=np.int64)
    net = gain - cost
    top = net.max(axis=1)
    cheapest = np.where(net == top[:, None], cost, np.inf).argmin(axis=1)
    return np.where(np.isfinite(top), cheapest, NOTHING).astype(np.int64)


def priorities(tier: Ints, core: Bools) -> Ints:
    """Order of service, 1 first: high value, then core customers of the middle, the middle, core, the rest.

    >>> priorities(np.array([0, 1, 1, 2, 2]), np.array([False, True, False, True, False])).tolist()
    [1, 2, 3, 4, 5]
    """
    return np.where(tier == 0, 1, 2 * tier + ~core).astype(np.int64)


def ranking(totals: dict[str, tuple[float, float, int]]) -> list[str]:
    """Treatments by benefit and speed of return: net gain per day until it shows, best first.

    Args:
        totals: code -> (gain, cost, days until the effect shows).

    >>> ranking({"visit": (900.0, 300.0, 30), "email": (300.0, 10.0, 7)})
    ['email', 'visit']
    """

    def speed(code: str) -> float:
        gain, cost, days = totals[code]
        return (gain - cost) / max(days, 1)

    return sorted(totals, key=lambda code: (-speed(code), code))
