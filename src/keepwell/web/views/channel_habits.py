"""What customers make of each channel, and when they answer best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.outreach.habits.channels import HOURS, ChannelUse, answered_share, channel_use
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.replying.contracts import SPANS
from keepwell.web import formats, spans
from keepwell.web.shell import render

USUAL, FEWEST = 90, 30
# The best of all parts of the week is looked for, so each must stand out the more clearly.
PARTS = 7 * 24 // HOURS


def channel_habits(request: HttpRequest) -> HttpResponse:
    """The table of channels."""
    days = _days(request)
    found = _found(days)
    context = {
        "title": _("Channels and habits"),
        "sentence": sentence(found),
        "rows": [_row(one) for one in found],
        "may_change": access.may(request.user, Permission.VIEW_SETTINGS),
        **spans.context("channel_habits", days, SPANS),
    }
    return render(request, "keepwell/touchpoints/channel_habits.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Channels by weekday and hour as a file; the row without a weekday is the whole channel."""
    days = _days(request)
    rows: list[Sequence[Any]] = []
    for one in _found(days):
        rows.append((one.channel, "", "", one.made, one.delivered, one.opened, one.answered, one.own))
        rows += [
            (one.channel, weekday + 1, hour, made, None, None, answered, None)
            for (weekday, hour), (made, answered) in sorted(one.times.items())
        ]
    header = ("channel", "weekday", "from_hour", "made", "delivered", "opened", "answered", "own")
    return spans.export(
        request,
        kind,
        name="channel_habits",
        days=days,
        header=header,
        rows=rows,
        file_name="keepwell-channels",
    )


def sentence(found: Sequence[ChannelUse]) -> str:
    """Which channel is answered most, beside the one answered least, only where the intervals part."""
    known = sorted((one for one in found if one.made >= FEWEST), key=lambda one: one.answered / one.made)
    if not known:
        return _("Too few contacts to tell which channel customers answer.")
    least, most = known[0], known[-1]
    if _interval(most)[0] <= _interval(least)[1]:
        return _("No channel is clearly answered more than another.")
    return _("%(most)s is answered most (%(most_share)s), %(least)s least (%(least_share)s).") % {
        "most": _name(most),
        "most_share": formats.percent(most.answered / most.made),
        "least": _name(least),
        "least_share": formats.percent(least.answered / least.made),
    }


def best_time(one: ChannelUse) -> str:
    """The part of the week in which clearly more answer than over all; "" where none stands out."""
    best = ""
    highest = one.answered / one.made if one.made else 0.0
    for (weekday, hour), (made, answered) in one.times.items():
        if made < FEWEST:
            continue
        low, _high = answered_share(answered, made, compared=PARTS)
        if low > highest:
            highest = low
            best = _("%(weekday)s, %(start)s:00 to %(end)s:00 (%(share)s)") % {
                "weekday": WEEKDAYS[weekday],
                "start": hour,
                "end": hour + HOURS,
                "share": formats.percent(answered / made),
            }
    return best


def _found(days: int) -> list[ChannelUse]:
    return channel_use(days=days, now=clock.now(), zone=ZoneInfo(policy.rules().time_zone))


def _row(one: ChannelUse) -> dict[str, Any]:
    low, high = _interval(one)
    return {
        "one": one,
        "name": _name(one),
        "share": formats.percent(one.answered / one.made) if one.made >= FEWEST else "",
        "low": formats.percent(low),
        "high": formats.percent(high),
        "best": best_time(one),
    }


def _interval(one: ChannelUse) -> tuple[float, float]:
    return answered_share(one.answered, one.made)


def _name(one: ChannelUse) -> str:
    return str(CHANNEL.get(one.channel, one.channel))


def _days(request: HttpRequest) -> int:
    """The span asked for; the facts are the whole shop's, so only who sees everybody's figures comes in."""
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied
    return spans.asked(request, SPANS, USUAL)
