"""The channels of a mailing: typed, foreseen and counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.outreach.content import queries as content
from keepwell.outreach.mailings import labels
from keepwell.outreach.mailings.contracts import Audience, MailingView, Progress
from keepwell.outreach.mailings.services.drafting import CHANNELS

WAYS_MAX = 3  # beside the first


def name(channel: str) -> str:
    """What a channel is called."""
    return str(CHANNEL.get(channel, channel))


def said(one: MailingView) -> str:
    """The channels of a mailing in words."""
    return " / ".join(name(way.channel) for way in one.ways)


def typed(given: QueryDict) -> tuple[tuple[str, str], ...]:
    """Further channels with their texts as the form names them, `channel:text`; empty fields go."""
    found = (value.partition(":") for value in given.getlist("other")[:WAYS_MAX] if value)
    return tuple((channel, code) for channel, _colon, code in found)


def rows(said: Mapping[str, Any], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """The fields of further channels; one more than are filled."""
    chosen = [one for one in said.get("others", ()) if one]
    shown = min(len(chosen) + 1, WAYS_MAX)
    return [
        {
            "place": place,
            "value": chosen[place] if place < len(chosen) else "",
            "error": errors.get(f"others.{place}", ""),
        }
        for place in range(shown)
    ]


def texts(kinds: Collection[str]) -> list[tuple[str, str, str]]:
    """What may go by a further channel: value, channel, name of the text; by channel."""
    found = [
        (f"{channel}:{row.code}", name(channel), row.name)
        for row in content.templates(status="published")
        if row.kind in kinds
        for channel in CHANNELS[row.kind]
    ]
    return sorted(found, key=lambda one: (one[1], one[2].casefold()))


def before(one: MailingView, found: Audience) -> list[dict[str, Any]]:
    """For each channel why, for how many it is the one, and who of them would get it."""
    if not one.others:
        return []
    return [
        {
            "name": name(way.channel),
            "count": sum(
                count for (channel, _why), count in found.channels.items() if channel == way.channel
            ),
            "getting": found.getting.get(way.channel, 0),
            "whys": [
                (str(word), found.channels[way.channel, code])
                for code, word in labels.WHY.items()
                if found.channels.get((way.channel, code))
            ],
        }
        for way in one.ways
    ]


def hours(found: Audience) -> list[tuple[str, int]]:
    """By whose habit the hour is chosen, with the hour where many share one."""
    counted = []
    for code, word in labels.HOUR_OF.items():
        mine = {hour: count for (of, hour), count in found.hours.items() if of == code}
        shared = sorted(hour for hour in mine if hour is not None)
        words = str(word)
        if len(shared) == 1:
            words = _("%(words)s (%(hour)s o'clock)") % {"words": words, "hour": shared[0]}
        if mine:
            counted.append((words, sum(mine.values())))
    return counted


def names(found: Audience) -> list[tuple[str, str, int]]:
    """In whose name, where answers by e-mail go, and to how many; the house last."""
    counted = sorted(found.senders.items(), key=lambda item: (not item[0][0], -item[1], item[0]))
    return [(who or _("the shop"), reply_to, count) for (who, reply_to), count in counted]


def after(one: MailingView, found: Progress) -> list[dict[str, Any]]:
    """What became of the messages of each channel."""
    if not one.others:
        return []
    return [
        {
            "name": name(way.channel),
            "counts": [found.by_channel(way.channel, step) for step in STEPS],
        }
        for way in one.ways
    ]


STEPS = ("", "sent", "delivered", "opened", "clicked")
