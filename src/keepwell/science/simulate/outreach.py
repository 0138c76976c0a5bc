"""Messages of the past: a monthly newsletter, and campaigns that kept a group without treatment by lot."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from keepwell.science.simulate.catalogue import Floats, Ints
from keepwell.science.simulate.dynamics import State, treat
from keepwell.science.simulate.journal import Stream, identifiers, instants, money, words
from keepwell.science.simulate.population import Population
from keepwell.science.simulate.shop import moments
from keepwell.science.simulate.treatments import TREATMENTS

STATUSES = (
    "queued", "sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed", "answered",
    "refused", "withheld",
)  # fmt: skip
CHANNELS = ("email", "sms", "call", "visit", "gift", "app")
ARMS = (*TREATMENTS, "newsletter", "holdout")
HOLDOUT, NEWSLETTER = ARMS.index("holdout"), ARMS.index("newsletter")
CONTACTS = ("who", "second", "arm", "campaign", "propensity", "channel", "status", "cost")
# Who opens mail, by state.
OPENING = np.array([0.34, 0.28, 0.12, 0.03])


@dataclass(frozen=True)
class Campaign:
    """An earlier campaign: who was drawn, and by what odds what was done."""

    name: str
    at: float  # share of the simulated time at which it ran
    quiet_days: tuple[int, int]  # days since the last order: more than, at most
    arms: dict[str, float]  # odds; they sum to one


CAMPAIGNS = (
    Campaign("spring-coupon", 0.34, (60, 200), {"sms_coupon": 0.7, "holdout": 0.3}),
    Campaign("we-miss-you", 0.48, (90, 400), {"email_winback": 0.5, "sms_coupon": 0.3, "holdout": 0.2}),
    Campaign("points-for-return", 0.60, (45, 150), {"points_bonus": 0.75, "holdout": 0.25}),
    Campaign("care-calls", 0.72, (60, 240), {"call_back": 0.35, "email_winback": 0.35, "holdout": 0.3}),
    Campaign("autumn-winback", 0.86, (75, 365), {
        "email_winback": 0.3, "sms_coupon": 0.3, "points_bonus": 0.2, "holdout": 0.2,
    }),
)  # fmt: skip
CODES = tuple(TREATMENTS)


def run_campaign(
    contacts: Stream, campaign: Campaign, index: int, people: Population, state: State, last_order_day: Ints,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Draw the arms by lot, treat, and note every contact, also the withheld ones."""
    quiet = state.day - last_order_day
    low, high = campaign.quiet_days
    audience = np.flatnonzero((quiet > low) & (quiet <= high) & (last_order_day >= 0))
    odds = np.array(list(campaign.arms.values()))
    drawn = rng.choice(len(odds), size=audience.size, p=odds)
    for number, (arm, propensity) in enumerate(campaign.arms.items()):
        who = audience[drawn == number]
        contact(contacts, arm, who, people, state, rng, campaign=index, propensity=propensity)


def contact(
    contacts: Stream, arm: str, who: Ints, people: Population, state: State, rng: np.random.Generator,
    *, campaign: int, propensity: float | Floats,
) -> None:  # fmt: skip
    """Treat some customers, or withhold treatment from them, and note it."""
    second = moments(rng, np.full(who.size, state.day), np.ones(who.size, dtype=np.int64))
    if arm == "holdout":
        contacts.add(
            who=who, second=second, arm=HOLDOUT, campaign=campaign, propensity=propensity, channel=-1,
            status=STATUSES.index("withheld"), cost=np.nan,
        )  # fmt: skip
        return
    before = state.state[who]
    index = CODES.index(arm)
    won = treat(people, state, index, who, rng)
    law = TREATMENTS[arm]
    contacts.add(
        who=who, second=second, arm=index, campaign=campaign, propensity=propensity,
        channel=CHANNELS.index(law.channel), cost=law.cost,
        status=_statuses(law.channel, OPENING[before], won, rng),
    )  # fmt: skip


def _statuses(channel: str, opening: Floats, won: np.ndarray, rng: np.random.Generator) -> Ints:
    draw = rng.random(opening.size)
    if channel in ("call", "visit"):
        names = np.where(
            won | (draw < 0.25 + opening), "answered", np.where(draw > 0.9, "refused", "delivered")
        )
    elif channel == "gift":
        names = np.where(draw < 0.98, "delivered", "bounced")
    else:
        opened = won | (draw < opening)
        names = np.where(
            draw > 0.98,
            "bounced",
            np.where(
                opened & (won | (draw < 0.2 * opening)), "clicked", np.where(opened, "opened", "delivered")
            ),
        )
        names = np.where((draw > 0.974) & (draw <= 0.98), "unsubscribed", names)
    return np.array([STATUSES.index(name) for name in names.tolist()], dtype=np.int64)


def newsletter(
    contacts: Stream, campaign: int, people: Population, state: State, rng: np.random.Generator
) -> None:
    """A letter to all who take it; it changes nothing but shows who still reads."""
    who = np.flatnonzero(people.reads_mail & (people.acquired_day < state.day))
    statuses = _statuses("email", OPENING[state.state[who]], np.zeros(who.size, dtype=bool), rng)
    second = moments(rng, np.full(who.size, state.day), np.ones(who.size, dtype=np.int64))
    people.reads_mail[who[statuses == STATUSES.index("unsubscribed")]] = False
    contacts.add(
        who=who, second=second, arm=NEWSLETTER, campaign=campaign, propensity=1.0, channel=0,
        status=statuses, cost=0.01,
    )  # fmt: skip


def contacts_table(noted: dict[str, np.ndarray], first: int, campaigns: list[str], ids: pa.Array) -> pa.Table:
    """Contacts with arm, propensity, how they ended, and that the lot withheld them from some."""
    count = noted["who"].size
    campaign, arm = noted["campaign"].astype(np.int64), noted["arm"].astype(np.int64)
    cost = noted["cost"].astype(np.float64)
    channel = np.where(noted["channel"] < 0, len(CHANNELS), noted["channel"])
    return pa.table(
        {
            "contact_id": identifiers("M", np.arange(first, first + count)),
            "customer_id": ids.take(pa.array(noted["who"].astype(np.int64))),
            "at": instants(noted["second"]),
            "channel": words((*CHANNELS, "none"), channel),
            "play": words(("newsletter", "winback"), np.where(arm == NEWSLETTER, 0, 1)),
            "journey": pa.nulls(count, pa.string()),
            "campaign": words(campaigns, campaign),
            "arm": words(ARMS, arm),
            "propensity": pa.array(noted["propensity"].astype(np.float64)),
            "status": words(STATUSES, noted["status"]),
            "cost": money(cost, np.isnan(cost)),
            "purpose": words(("marketing",), np.zeros(count, dtype=np.int64)),
            "content": pa.nulls(count, pa.string()),
            "reason": words(("holdout",), np.where(arm == HOLDOUT, 0, -1)),
        }
    )
