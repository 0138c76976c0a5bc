"""By which channel a customer is spoken to, where several could be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """Why a channel suits somebody; the first that is true."""

    WISH = "wish"
    PLAN = "plan"
    USUAL = "usual"
    HABIT = "habit"
    LISTED = "listed"  # nothing speaks for it; it is the next of those that could be used


@dataclass(frozen=True)
class Leaning:
    """What is known of a customer's channels; "" and () where nothing is.

    `wish` is what the customer said, `usual` what the culture guide proposes for their country and culture,
    the country's own first, `habit` where they answer, and `unread` where they make nothing of what comes.
    `plan` are the channels of the strategy for their stage of life, where one is in force.
    """

    wish: str = ""
    usual: tuple[str, ...] = ()
    habit: str = ""
    unread: str = ""
    plan: tuple[str, ...] = ()


def order(usable: Iterable[str], leaning: Leaning) -> list[str]:
    """The usable channels, the best first: the wish, the plan, what is usual, the habit, the others.

    A channel that is not read goes last, usual or not, unless the customer wishes it: a word of theirs comes
    before what was watched of them.

    >>> order(("email", "sms", "whatsapp"), Leaning(usual=("whatsapp",), habit="sms"))
    ['whatsapp', 'sms', 'email']
    >>> order(("email", "sms"), Leaning(usual=("email",), habit="sms", unread="email"))
    ['sms', 'email']
    """
    ranked = dict.fromkeys(
        one
        for one in (leaning.wish, *leaning.plan, *leaning.usual, leaning.habit)
        if one and (one == leaning.wish or one != leaning.unread)
    )
    places = {channel: place for place, channel in enumerate(ranked)}
    last = len(places) + 1

    def place(channel: str) -> int:
        if channel in places:
            return places[channel]
        return last if channel == leaning.unread else last - 1

    return sorted(dict.fromkeys(usable), key=place)


def why(channel: str, leaning: Leaning) -> Why:
    """What speaks for a channel.

    >>> str(why("sms", Leaning(wish="sms"))), str(why("post", Leaning(wish="sms")))
    ('wish', 'listed')
    """
    if channel == leaning.wish:
        return Why.WISH
    if channel == leaning.unread:
        return Why.LISTED
    if channel in leaning.plan:
        return Why.PLAN
    if channel in leaning.usual:
        return Why.USUAL
    return Why.HABIT if channel == leaning.habit else Why.LISTED
