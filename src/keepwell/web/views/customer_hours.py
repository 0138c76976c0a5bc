"""When in the week customers do what, and which channels groups of them use, beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.insight.labels import COMMUNICATION_GROUP, LIFE_STAGE
from keepwell.insight.segments import queries as segments
from keepwell.outreach.habits.clocks import BOUGHT, OWN, REACTED, WHAT, week
from keepwell.outreach.habits.contracts import SPANS, Hour
from keepwell.outreach.habits.core import FEWEST, share
from keepwell.outreach.habits.groups import COLUMNS, GROUP, STAGE, GroupUse, by_members, by_score
from keepwell.web import spans
from keepwell.web.charts.habits import week_chart
from keepwell.web.shell import render
from keepwell.web.views.text_reads import rate, require

USUAL = 90
SEGMENTS_MAX = 6  # beside each other on one page
WORDS = {
    OWN: gettext_lazy("Came or got in touch"),
    BOUGHT: gettext_lazy("Bought"),
    REACTED: gettext_lazy("Opened or answered what we sent"),
}
BY = {
    STAGE: gettext_lazy("Stage of life"),
    GROUP: gettext_lazy("Communication group"),
    "segment": gettext_lazy("Segments"),
}
GROUP_WORDS: Mapping[str, Mapping[str, Any]] = {STAGE: LIFE_STAGE, GROUP: COMMUNICATION_GROUP}


def hours(request: HttpRequest) -> HttpResponse:
    """The hours of the week as a picture."""
    require(request)
    days, asked = spans.asked(request, SPANS, USUAL), _asked(request)
    every = _week(days, asked["segment"])
    found = _filtered(every, asked)
    channels = {one.channel: CHANNEL.get(one.channel, one.channel) for one in every if one.channel}
    choices = (
        ("what", _("What customers did"), WORDS),
        ("channel", _("Channel"), channels),
        ("segment", _("Segment"), _segments(request)),
    )
    context = {
        "title": _("When customers do what"),
        "chart": week_chart(found),
        "any": bool(every),
        "days": days,
        "asked": asked,
        "choices": [
            {
                "name": name,
                "label": label,
                "options": [(code, word, code == asked[name]) for code, word in options.items()],
            }
            for name, label, options in choices
        ],
        **_spans("customer_hours", days, asked),
    }
    return render(request, "keepwell/habits/hours.html", context)


def export_hours(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The counts by hour, kind of act and channel as a file."""
    require(request)
    days, asked = spans.asked(request, SPANS, USUAL), _asked(request)
    rows = [
        (one.weekday + 1, str(WEEKDAYS[one.weekday]), one.hour, one.what, one.channel, one.count)
        for one in _filtered(_week(days, asked["segment"]), asked)
    ]
    return spans.export(
        request,
        kind,
        name="customer_hours",
        days=days,
        header=("weekday", "weekday_name", "hour", "what", "channel", "count"),
        rows=rows,
        file_name="keepwell-hours",
    )


def groups(request: HttpRequest) -> HttpResponse:
    """Channels of groups beside each other."""
    require(request)
    days, by = spans.asked(request, SPANS, USUAL), _by(request)
    found, names = _used(request, by, days)
    context = {
        "title": _("Channels by group"),
        "names": names,
        "lines": _lines(found, list(names)),
        "by": [(code, word, code == by) for code, word in BY.items()],
        "days": days,
        **_spans("channel_groups", days, {"by": by}),
    }
    return render(request, "keepwell/habits/groups.html", context)


def export_groups(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as a file."""
    require(request)
    days, by = spans.asked(request, SPANS, USUAL), _by(request)
    found, names = _used(request, by, days)
    rows = []
    for one in found:
        answered = share(one.answered, one.made)
        known = one.made > 0
        rows.append(
            (
                str(names.get(one.group, one.group)), one.channel, one.people, one.made, one.delivered,
                one.opened, one.answered, round(answered.low, 4) if known else None,
                round(answered.high, 4) if known else None, one.ended, one.own,
            )
        )  # fmt: skip
    return spans.export(
        request,
        kind,
        name="channel_groups",
        days=days,
        header=(
            "group",
            "channel",
            "customers",
            "made",
            "delivered",
            "opened",
            "answered",
            "answered_low",
            "answered_high",
            "ended",
            "own",
        ),
        rows=rows,
        file_name="keepwell-channel-groups",
    )


def _lines(found: Sequence[GroupUse], names: Sequence[str]) -> list[dict[str, Any]]:
    """A line for each channel, the most used first, with a cell for each group."""
    by_channel: dict[str, dict[str, GroupUse]] = {}
    for one in found:
        by_channel.setdefault(one.channel, {})[one.group] = one

    def used(code: str) -> int:
        return sum(one.made + one.own for one in by_channel[code].values())

    return [
        {
            "name": CHANNEL.get(code, code),
            "cells": [_cell(by_channel[code].get(name)) for name in names],
        }
        for code in sorted(by_channel, key=lambda code: (-used(code), code))
    ]


def _cell(one: GroupUse | None) -> dict[str, Any]:
    if one is None:
        return {}
    return {"one": one, "answered": rate(share(one.answered, one.made)), "fewest": FEWEST}


def _used(request: HttpRequest, by: str, days: int) -> tuple[list[GroupUse], dict[str, Any]]:
    """The groups' channels, and the names of those that have any, in their usual order."""
    now = clock.now()
    if by in COLUMNS:
        found = by_score(by, days=days, now=now)
        words: Mapping[str, Any] = GROUP_WORDS[by]
    else:
        biggest = sorted(segments.segments(request.user), key=lambda one: -(one.size or 0))
        chosen = biggest[:SEGMENTS_MAX]
        members = {str(one.segment_id): segments.member_ids(one.segment_id) for one in chosen}
        found, words = (
            by_members(members, days=days, now=now),
            {str(one.segment_id): one.name for one in chosen},
        )
    there = {one.group for one in found}
    return found, {code: word for code, word in words.items() if code in there}


def _by(request: HttpRequest) -> str:
    asked = request.GET.get("by", "")
    return asked if asked in BY else STAGE


def _week(days: int, segment: str) -> list[Hour]:
    members = segments.member_ids(int(segment)) if segment else None
    return week(days=days, now=clock.now(), members=members)


def _asked(request: HttpRequest) -> dict[str, str]:
    given = {name: request.GET.get(name, "")[:40] for name in ("what", "channel", "segment")}
    return {
        "what": given["what"] if given["what"] in WHAT else "",
        "channel": given["channel"],
        "segment": given["segment"] if given["segment"] in _segments(request) else "",
    }


def _filtered(every: Sequence[Hour], asked: Mapping[str, str]) -> list[Hour]:
    return [one for one in every if asked["what"] in ("", one.what) and asked["channel"] in ("", one.channel)]


def _segments(request: HttpRequest) -> dict[str, str]:
    """The segments that the user may see, by number."""
    return {str(one.segment_id): one.name for one in segments.segments(request.user)}


def _spans(name: str, days: int, asked: Mapping[str, str]) -> dict[str, Any]:
    context = spans.context(name, days, SPANS)
    query = "".join(f"&{urlencode({key: value})}" for key, value in asked.items() if value)
    return {
        **context,
        "query": query,
        "export_csv": context["export_csv"] + query,
        "export_xlsx": context["export_xlsx"] + query,
    }
