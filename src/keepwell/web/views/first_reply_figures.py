"""How soon whoever writes gets a first reply, what a machine closes, which answers help."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.outreach.firstreply import labels, services
from keepwell.outreach.firstreply.contracts import Cause, ChannelFigures, Figures, Times
from keepwell.outreach.firstreply.queries import figures as queries
from keepwell.web import formats, spans
from keepwell.web.charts.first_reply import answers_chart, share_chart
from keepwell.web.questions import forms
from keepwell.web.shell import render
from keepwell.web.views.reply_times import duration

SPANS, USUAL = (30, 90, 365), 30
# Below so many a share says nothing.
FEWEST = 20


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The page."""
    _all_figures(request)
    days = spans.asked(request, SPANS, USUAL)
    now = clock.now()
    since = now - timedelta(days=days)
    found = queries.figures(since=since, until=now, now=now, zone=users.zone_of(cast(Any, request.user)))
    may_judge = _may_judge(request)
    context = {
        "title": _("First replies"),
        "sentence": sentence(found),
        "found": found,
        "few": 0 < found.share.routine < FEWEST,
        "came": sum(one.came for one in found.channels),
        "chart": share_chart(found.weeks, found.share, found.target),
        "answers": answers_chart(found.answers),
        "rows": [_row(one) for one in found.channels],
        "causes": [
            (labels.CAUSE[Cause(code)], count)
            for code, count in sorted(found.causes.items(), key=lambda pair: -pair[1])
        ],
        "judged": [
            {
                **one,
                "name": CHANNEL.get(one["channel"], one["channel"]),
                "why": labels.CAUSE.get(one["cause"], ""),
            }
            for one in queries.by_people(since=since, until=now)
        ]
        if may_judge
        else [],
        "days": days,
        "zone": users.zone_of(cast(Any, request.user)),
        **spans.context("first_reply_figures", days, SPANS),
    }
    return render(request, "keepwell/firstreply/figures.html", context)


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Every enquiry as a file, without names and words."""
    _all_figures(request)
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    days = spans.asked(request, SPANS, USUAL)
    now: datetime = clock.now()
    return spans.export(
        request,
        kind,
        name="first_reply_figures",
        days=days,
        header=queries.LINES_HEADER,
        rows=cast(Any, queries.lines(since=now - timedelta(days=days), until=now)),
        file_name="keepwell-first-replies",
    )


@require_POST
def judge(request: HttpRequest) -> HttpResponse:
    """Say of one enquiry whether it was routine."""
    _all_figures(request)
    if not _may_judge(request):
        raise PermissionDenied
    done = services.set_routine(
        enquiry_id=forms.number(request.POST.get("enquiry", "")) or 0,
        routine=request.POST.get("routine") == "1",
        actor=request.user.get_username(),
        now=clock.now(),
    )
    if not done:
        raise Http404
    messages.success(request, _("Saved."))
    days = spans.asked(request, SPANS, USUAL)
    return HttpResponseRedirect(f"{reverse('first_reply_figures')}?days={days}")


def _may_judge(request: HttpRequest) -> bool:
    """Whoever may change every customer's record, for the list names them."""
    return access.reach(request.user, Permission.CHANGE_CUSTOMERS) >= Reach.ALL


def _all_figures(request: HttpRequest) -> None:
    """The messages are the whole shop's: who sees the figures of some customers only is not shown them."""
    if access.require(request.user, Permission.VIEW_FIGURES) < Reach.ALL:
        raise PermissionDenied


def sentence(found: Figures) -> str:
    """The answer in one sentence."""
    if found.share.value is None:
        return _("No enquiry is over yet in these days.")
    return ngettext(
        "%(machine)s of %(count)s routine enquiry was closed automatically: %(share)s; the target is "
        "%(target)s.",
        "%(machine)s of %(count)s routine enquiries were closed automatically: %(share)s; the target is "
        "%(target)s.",
        found.share.routine,
    ) % {
        "machine": formats.number(found.share.machine),
        "count": formats.number(found.share.routine),
        "share": formats.percent(found.share.value, 1),
        "target": formats.percent(found.target),
    }


def seconds(value: float | None) -> str:
    """A short wait in words: seconds below two minutes."""
    if value is None:
        return formats.DASH
    if value < 120:
        count = max(1, round(value))
        return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}
    return duration(value / 60)


def _row(one: ChannelFigures) -> dict[str, Any]:
    return {
        "one": one,
        "name": CHANNEL.get(one.channel, one.channel),
        "machine": _times(one.by_machine),
        "person": _times(one.by_person),
    }


def _times(one: Times) -> dict[str, Any]:
    return {
        "count": one.count,
        "median": seconds(one.median),
        "p90": seconds(one.p90),
        "in_time": formats.percent(one.in_time / one.judged) if one.judged >= FEWEST else "",
        "few": 0 < one.judged < FEWEST,
        "judged": one.judged,
        "kept": one.in_time,
    }
