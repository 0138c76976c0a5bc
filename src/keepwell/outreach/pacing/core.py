"""The pace of a customer as a function of counts: no Django, no clock, no store.

docs/algorithms/pace.md says why each rule is as it is, with worked cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from keepwell.outreach.pacing.contracts import Form, Level, Pace, Reactions, Received, Shop, Strategy, Why

# Below so many messages a customer, or the shop, says nothing yet.
MESSAGES_MIN = 4
SHOP_MIN = 200
# A silence that so few customers like the shop's others would keep by chance.
SLOWER_AT = 0.10
PAUSE_AT = 0.01
PAUSE_DAYS_MIN = 60
FAREWELL_DAYS = 180
# How many messages of the shop's own share are thought into a customer's few before they are compared.
PRIOR = 10.0
EAGER_TIMES = 2.0
EAGER_MIN = 2
# So many opened without a click, and so unlikely by chance: the long text says too much.
OPENED_MIN = 3
SHORT_AT = 0.20
# Where fewer of a stage's customers than this heard anything in the days looked at, that is a gap.
REACHED_MIN = 0.5


def pace(mine: Reactions, shop: Shop) -> Pace:
    """How often and in which form a customer is written to; the first that holds is why.

    >>> shop = Shop(messages=1000, sign_share=0.25, click_share=0.05, clicks_of_opened=0.2)
    >>> pace(Reactions(messages=9, silent=9, silent_days=80), shop).level
    <Level.SLOWER: 'slower'>
    """
    if mine.farewell_days is not None and mine.farewell_days < FAREWELL_DAYS:
        return Pace(
            Level.PAUSE, _form(mine, Level.PAUSE, shop), mine.other, Why.FAREWELL, _figures(mine, shop)
        )
    if mine.messages < MESSAGES_MIN or shop.messages < SHOP_MIN or not 0 < shop.sign_share < 1:
        return Pace(why=Why.FEW, figures=_figures(mine, shop))
    level, why = _level(mine, shop)
    form = _form(mine, level, shop)
    return Pace(level, form, mine.other if form is Form.OTHER else "", why, _figures(mine, shop))


def silence(messages: int, sign_share: float) -> float:
    """How probable it is that somebody who reacts like all others gives no sign to so many messages.

    >>> round(silence(8, 0.25), 3)
    0.1
    """
    return float((1 - sign_share) ** messages)


def needed(at: float, sign_share: float) -> int | None:
    """The silent messages from which a silence is less probable than `at`; None: no number is enough."""
    if not 0 < sign_share < 1:
        return None
    return int(log(at) / log(1 - sign_share)) + 1


def eagerness(clicked: int, messages: int, click_share: float) -> float:
    """A customer's share of clicks, drawn towards the shop's as long as there are few messages.

    The mean of a Beta distribution with the weight of PRIOR messages at the shop's share.

    >>> eagerness(4, 6, 0.05)
    0.28125
    """
    return (clicked + PRIOR * click_share) / (messages + PRIOR)


def _level(mine: Reactions, shop: Shop) -> tuple[Level, Why]:
    chance = silence(mine.silent, shop.sign_share)
    if chance < PAUSE_AT and mine.silent_days >= PAUSE_DAYS_MIN:
        return Level.PAUSE, Why.SILENCE
    if chance < SLOWER_AT:
        return Level.SLOWER, Why.SILENCE
    own = eagerness(mine.recent_clicked, mine.recent, shop.click_share)
    if mine.recent_clicked >= EAGER_MIN and shop.click_share and own >= EAGER_TIMES * shop.click_share:
        return Level.FASTER, Why.EAGER
    return Level.NORMAL, Why.USUAL


def _form(mine: Reactions, level: Level, shop: Shop) -> Form:
    if level in (Level.SLOWER, Level.PAUSE):
        return Form.OTHER if mine.other else Form.USUAL
    opened_only = mine.opened >= OPENED_MIN and not mine.clicked
    if opened_only and (1 - shop.clicks_of_opened) ** mine.opened < SHORT_AT:
        return Form.SHORT
    return Form.USUAL


def _figures(mine: Reactions, shop: Shop) -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {
        "messages": mine.messages,
        "signs": mine.signs,
        "silent": mine.silent,
        "silent_days": round(mine.silent_days),
        "opened": mine.opened,
        "clicked": mine.clicked,
        "recent": mine.recent,
        "recent_clicked": mine.recent_clicked,
        "chance": round(silence(mine.silent, shop.sign_share), 4),
    }
    if mine.farewell_days is not None:
        figures["farewell_days"] = round(mine.farewell_days)
    return figures


def gaps(
    strategy: Strategy, *, customers: int, got: Received | None, journeys: Mapping[str, str]
) -> list[tuple[str, dict[str, object]]]:
    """What a stage's strategy says and its customers do not get, as codes with figures.

    `journeys` gives the status of each that serves the stage, of its own or because its entry asks for it.
    """
    found: list[tuple[str, dict[str, object]]] = []
    if strategy.owner_id is None:
        found.append(("no_owner", {}))
    off = [code for code in strategy.journeys if journeys.get(code, "") != "on"]
    if "on" not in journeys.values():
        found.append(("no_journey", {}))
    elif off:
        found.append(("journeys_off", {"journeys": off}))
    if not customers:
        return found
    got = got or Received()
    reached = got.customers / customers
    if reached < REACHED_MIN:
        found.append(("not_reached", {"share": 1 - reached}))
    unused = [one for one in strategy.channels if not got.channels.get(one)]
    if unused and got.contacts:
        found.append(("channels_unused", {"channels": unused}))
    if got.over:
        found.append(("too_often", {"customers": got.over}))
    return found
