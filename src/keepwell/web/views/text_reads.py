"""How each text is read: all of them as a table, and one over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.content import labels
from keepwell.outreach.content import queries as content
from keepwell.outreach.habits.contracts import SPANS, Share, TextRead
from keepwell.outreach.habits.core import FEWEST
from keepwell.outreach.habits.texts import by_month, delays, texts_read, together
from keepwell.outreach.policy import queries as policy
from keepwell.web import exports, formats, spans
from keepwell.web.charts.habits import delay_chart, months_chart
from keepwell.web.shell import render

USUAL, YEAR = 90, 365
SHOWN = 200
RATES = ("opened", "clicked", "answered", "unsubscribed", "complained")
HEADER = (
    "content", "name", "channel", "version", "language", "reader", "subject", "sent", "arrived", "confirmed",
    "not_followed", "not_noted",
    *(f"{rate}{part}" for rate in RATES for part in ("", "_of", "_low", "_high")),
)  # fmt: skip


def listed(request: HttpRequest) -> HttpResponse:
    """Every text of which something went."""
    require(request)
    days, asked = spans.asked(request, SPANS, USUAL), _asked(request)
    every = texts_read(days=days, now=clock.now())
    found = _sorted(_filtered(every, asked), asked["sort"])
    context = {
        "title": _("How texts are read"),
        "sentence": sentence(every),
        "rows": [row(one) for one in found[:SHOWN]],
        "more": max(len(found) - SHOWN, 0),
        "any": bool(every),
        "asked": asked,
        "days": days,
        "choices": _choices(every, asked),
        "columns": _columns(asked, days),
        "together": dict(zip(("arrived", "untold", "unnoted"), together(found), strict=True)),
        **spans.context("text_reads", days, SPANS),
    }
    query = "&" + urlencode({name: value for name, value in asked.items() if value})
    context["query"] = query
    context["export_csv"] += query
    context["export_xlsx"] += query
    return render(request, "keepwell/habits/texts.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table as a file, with every interval."""
    require(request)
    days, asked = spans.asked(request, SPANS, USUAL), _asked(request)
    found = _sorted(_filtered(texts_read(days=days, now=clock.now()), asked), asked["sort"])
    return spans.export(
        request,
        kind,
        name="text_reads",
        days=days,
        header=HEADER,
        rows=map(_line, found),
        file_name="keepwell-texts",
    )


def one(request: HttpRequest, code: str) -> HttpResponse:
    """One content: its versions, languages and readers beside each other, over months, and how soon."""
    require(request)
    found = content.get(code)
    if found is None:
        raise Http404(_("There is no such template."))
    now, days = clock.now(), spans.asked(request, SPANS, YEAR)
    zone = ZoneInfo(policy.rules().time_zone)
    read = texts_read(days=days, now=now, content_code=code)
    soon = delays(content_code=code, days=days, now=now)
    context = {
        "title": _("How “%(name)s” is read") % {"name": found.name},
        "one": found,
        "sentence": said_of(read),
        "rows": [row(each) for each in read],
        "together": dict(zip(("arrived", "untold", "unnoted"), together(read), strict=True)),
        "charts": [
            months_chart(by_month(content_code=code, days=days, now=now, zone=zone)),
            delay_chart(soon),
        ],
        "spans": [(span, span == days) for span in SPANS],
    }
    return render(request, "keepwell/habits/text.html", context)


def export_one(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """The texts of one content as a file."""
    require(request)
    if content.get(code) is None:
        raise Http404(_("There is no such template."))
    days = spans.asked(request, SPANS, YEAR)
    audit.log(
        actor=request.user.get_username(),
        action="text_reads.export",
        object_type="template",
        object_id=code,
        details={"days": days},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    rows = map(_line, texts_read(days=days, now=clock.now(), content_code=code))
    return respond(HEADER, rows, f"keepwell-text-{code}")


def sentence(every: Sequence[TextRead]) -> str:
    """Over all texts: how many are opened by people."""
    opened = sum(one.opened.events for one in every)
    told = sum(one.opened.units for one in every)
    if told < FEWEST:
        return _("Too few messages whose opening can be told to say how texts are read.")
    return _("Of %(count)s messages whose opening can be told, people opened %(share)s.") % {
        "count": formats.number(told),
        "share": formats.percent(opened / told),
    }


def said_of(read: Sequence[TextRead]) -> str:
    """The same of one content."""
    if not read:
        return _("No message of this text went in this span.")
    return sentence(read)


def row(one: TextRead) -> dict[str, Any]:
    """A line of the table."""
    return {
        "one": one,
        "channel": CHANNEL.get(one.channel, one.channel),
        "kind": labels.KIND.get(one.kind, ""),
        "language": labels.LANGUAGE.get(one.language, one.language),
        "rates": [rate(getattr(one, name)) | {"name": name} for name in RATES],
    }


def rate(one: Share) -> dict[str, Any]:
    """A share in words: with its interval, or that there are too few to tell."""
    if one.units < FEWEST:
        return {"one": one, "share": "", "none": not one.units}
    return {
        "one": one,
        "share": formats.percent(one.value),
        "low": formats.percent(one.low),
        "high": formats.percent(one.high),
    }


def require(request: HttpRequest) -> None:
    """The figures are the whole shop's, so only who sees everybody's comes in."""
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied


def _asked(request: HttpRequest) -> dict[str, str]:
    given = {name: request.GET.get(name, "")[:120] for name in ("q", "channel", "language", "sort")}
    return given | {"sort": given["sort"] if given["sort"].lstrip("-") in SORTS else ""}


def _value(name: str) -> Callable[[TextRead], float]:
    def value(one: TextRead) -> float:
        share: Share = getattr(one, name)
        return share.value

    return value


SORTS: dict[str, Callable[[TextRead], Any]] = {
    "name": lambda one: (one.name.casefold(), one.version or 0),
    "sent": lambda one: one.sent,
    # What is too few to tell has no place among what is known: it comes last in every order.
    **{name: _value(name) for name in RATES},
}


def _sorted(found: list[TextRead], sort: str) -> list[TextRead]:
    name = sort.lstrip("-")
    if name not in SORTS:
        return found
    known = found
    last: list[TextRead] = []
    if name in RATES:
        known = [one for one in found if getattr(one, name).units >= FEWEST]
        last = [one for one in found if getattr(one, name).units < FEWEST]
    return sorted(known, key=SORTS[name], reverse=sort.startswith("-")) + last


def _filtered(every: Iterable[TextRead], asked: dict[str, str]) -> list[TextRead]:
    wanted = asked["q"].strip().casefold()
    return [
        one
        for one in every
        if wanted in f"{one.name} {one.content} {one.subject}".casefold()
        and asked["channel"] in ("", one.channel)
        and asked["language"] in ("", one.language)
    ]


def _choices(every: Sequence[TextRead], asked: dict[str, str]) -> list[dict[str, Any]]:
    channels = {one.channel: CHANNEL.get(one.channel, one.channel) for one in every}
    languages = {one.language: labels.LANGUAGE.get(one.language, one.language) for one in every}
    named = (("channel", _("Channel"), channels), ("language", _("Language"), languages))
    return [
        {
            "name": name,
            "label": label,
            "options": [(code, word, code == asked[name]) for code, word in options.items() if code],
        }
        for name, label, options in named
    ]


def _columns(asked: dict[str, str], days: int) -> list[dict[str, Any]]:
    words = {
        "name": _("Text"),
        "sent": pgettext("number of messages", "Sent"),
        "opened": _("Opened by people"),
        "clicked": _("Clicked"),
        "answered": _("Answered"),
        "unsubscribed": _("Unsubscribed"),
        "complained": _("Complained"),
    }
    columns = []
    for name, label in words.items():
        down = asked["sort"] == f"-{name}"
        query = {**asked, "days": days, "sort": name if down else f"-{name}"}
        columns.append(
            {
                "name": name,
                "label": label,
                "url": f"{reverse('text_reads')}?{urlencode(query)}",
                "direction": "descending" if down else "ascending" if asked["sort"] == name else "",
            }
        )
    return columns


def _line(one: TextRead) -> Sequence[Any]:
    told: list[Any] = [
        one.content, one.name, one.channel, one.version, one.language, one.reader, one.subject, one.sent,
        one.arrived, one.confirmed, one.untold, one.unnoted,
    ]  # fmt: skip
    for name in RATES:
        share: Share = getattr(one, name)
        told += [share.events, share.units]
        told += [round(share.low, 4), round(share.high, 4)] if share.units else [None, None]
    return told
