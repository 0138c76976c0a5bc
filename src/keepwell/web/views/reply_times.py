"""How soon customers get an answer on each channel, beside how soon they are meant to."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.outreach.replying import queries, services
from keepwell.outreach.replying.contracts import CHANNELS, SPANS, ReplyTimes, StandardError
from keepwell.web import formats, spans
from keepwell.web.shell import render

USUAL = 90
FEWEST = 20


def reply_times(request: HttpRequest) -> HttpResponse:
    """The table; POST sets the standard of one channel."""
    _all_figures(request)
    if request.method == "POST":
        return _save(request)
    days = spans.asked(request, SPANS, USUAL)
    found = {one.channel: one for one in queries.reply_times(days=days, now=clock.now())}
    standards = queries.standards()
    listed = [*found, *(code for code in CHANNELS if code not in found)]
    context = {
        "title": _("Reply times"),
        "sentence": sentence(list(found.values())),
        "rows": [_row(code, found.get(code, ReplyTimes(code)), standards.get(code)) for code in listed],
        "may_set": access.may(request.user, Permission.CHANGE_SETTINGS),
        **spans.context("reply_times", days, SPANS),
    }
    return render(request, "keepwell/touchpoints/reply_times.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The table as a file."""
    _all_figures(request)
    days = spans.asked(request, SPANS, USUAL)
    standards = queries.standards()
    rows = [
        (
            one.channel, standards[one.channel].minutes if one.channel in standards else None, one.asked,
            one.answered, one.median_minutes, one.p90_minutes, one.judged, one.within, one.late_now,
        )
        for one in queries.reply_times(days=days, now=clock.now())
    ]  # fmt: skip
    header = (
        "channel", "standard_minutes", "asked", "answered", "median_minutes", "p90_minutes", "judged",
        "within", "late_now",
    )  # fmt: skip
    return spans.export(
        request,
        kind,
        name="reply_times",
        days=days,
        header=header,
        rows=rows,
        file_name="keepwell-reply-times",
    )


def _all_figures(request: HttpRequest) -> None:
    """The tickets are the whole shop's: whoever sees the figures of some customers only is not shown them."""
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied


def _save(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Permission.CHANGE_SETTINGS)
    text = request.POST.get("hours", "").strip().replace(",", ".")
    try:
        minutes = round(Decimal(text) * 60) if text else None
        services.set_standard(
            channel=request.POST.get("channel", ""),
            minutes=minutes,
            is_public="is_public" in request.POST,
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except (InvalidOperation, OverflowError, ValueError) as error:
        said = str(error) if isinstance(error, StandardError) else _("Please type a number of hours.")
        messages.error(request, said)
    else:
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("reply_times"))


def sentence(found: list[ReplyTimes]) -> str:
    """Who waits too long, in one sentence."""
    known = [one for one in found if one.late_now is not None]
    if not known:
        return _("How soon do customers get an answer? No channel has a standard yet.")
    late = sum(one.late_now or 0 for one in known)
    judged, within = sum(one.judged or 0 for one in known), sum(one.within or 0 for one in known)
    if not judged:
        return _("Nobody has asked on a channel with a standard in these days.")
    waiting = ngettext(
        "%(late)s customer waits for longer than the standard.",
        "%(late)s customers wait for longer than the standard.",
        late,
    ) % {"late": formats.number(late)}
    if judged < FEWEST:
        return waiting
    kept = _("%(share)s of first answers were in time.") % {"share": formats.percent(within / judged)}
    return f"{kept} {waiting}"


def duration(minutes: float | None) -> str:
    """A span of time in words, as coarse as it is long."""
    if minutes is None:
        return formats.DASH
    if minutes < 60:
        count = max(1, round(minutes))
        return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}
    if minutes < 48 * 60:
        count = round(minutes / 60)
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    count = round(minutes / 1440)
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}


def _row(code: str, one: ReplyTimes, standard: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": CHANNEL.get(code, code) if code else _("not said"),
        "one": one,
        "standard": standard,
        "meant": duration(standard.minutes) if standard else "",
        "hours": f"{standard.minutes / 60:g}" if standard else "",
        "median": duration(one.median_minutes),
        "p90": duration(one.p90_minutes),
        "share": formats.percent(one.share) if one.share is not None and (one.judged or 0) >= FEWEST else "",
        "few": one.share is not None and (one.judged or 0) < FEWEST,
        "is_known": code in CHANNELS,
    }
