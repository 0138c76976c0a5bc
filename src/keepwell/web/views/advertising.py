"""Online advertising: lists of customers for platforms, what campaigns brought, what they cost."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach.advertising import labels, queries, services
from keepwell.outreach.advertising.contracts import MEMBERS_MIN, AdvertisingError, AudienceView, Part
from keepwell.plays.care.contracts import CareError
from keepwell.web import exports
from keepwell.web.care import forms
from keepwell.web.shell import render

SEE, WRITE = Permission.VIEW_PLANS, Permission.SAVE_PLANS
# A file gives contact data, if only as digests, out of the house.
GIVE = (Permission.EXPORT_CUSTOMERS, Permission.UNMASK_CONTACTS)
TEXT_MAX = 2_000_000
HEADER = (
    "source", "medium", "campaign", "visits", "visitors", "orders", "new_customers", "revenue", "spend",
    "currency", "cost_per_visit", "cost_per_new_customer",
)  # fmt: skip


def listed(request: HttpRequest) -> HttpResponse:
    """Campaigns and lists; a new list is made here."""
    access.require(request.user, SEE)
    if request.method != "POST":
        return _page(request, {}, "")
    access.require(request.user, WRITE)
    said = request.POST
    try:
        services.add(
            name=said.get("name", ""),
            segment_id=_segment(request),
            platform=said.get("platform", ""),
            use=said.get("use", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except AdvertisingError as problem:
        return _page(request, {"audience": said}, labels.problem(problem.code))
    messages.success(request, _("Noted. Read it next: then you see who would be on it."))
    return HttpResponseRedirect(reverse("advertising"))


def _segment(request: HttpRequest) -> int:
    """The segment that was chosen, where the person sees it; raises AdvertisingError."""
    user: Any = request.user
    seen = {str(one.segment_id): one.segment_id for one in segments.segments(user)}
    if request.POST.get("segment", "") not in seen:
        raise AdvertisingError("segment")
    return seen[request.POST["segment"]]


def _page(request: HttpRequest, typed: Mapping[str, Any], error: str) -> HttpResponse:
    days = int(request.GET.get("days", "0")) if request.GET.get("days", "").isdecimal() else 0
    days = days if days in queries.SPANS else queries.SPANS[0]
    found = queries.results(days=days, now=clock.now())
    names = segments.names()
    lists = queries.audiences(now=clock.now())
    context = {
        "title": _("Advertising"),
        "rows": found,
        "spend": sum(one.spend for one in found),
        "visits": sum(one.visits for one in found),
        "fresh": sum(one.fresh for one in found),
        "currency": found[0].currency if found else "",
        "days": days,
        "spans": queries.SPANS,
        "audiences": [_audience(one, names) for one in lists],
        "removals": sum(one.removals for one in lists),
        "least": MEMBERS_MIN,
        "segments": [(one.segment_id, one.name) for one in segments.segments(request.user)],
        "platforms": [(code, str(name)) for code, name in labels.PLATFORM.items()],
        "uses": [(code, str(name)) for code, name in labels.USE.items()],
        "typed": typed,
        "today": timezone.localdate().isoformat(),
        "error": error,
        "may_write": access.may(request.user, WRITE),
        "may_give": all(access.may(request.user, one) for one in GIVE),
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
    }
    return render(request, "keepwell/advertising/list.html", context, status=400 if error else 200)


def _audience(one: AudienceView, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "one": one,
        "segment": names.get(one.segment_id, ""),
        "platform": str(labels.PLATFORM[one.platform]),
        "use": str(labels.USE[one.use]),
        "left_out": [
            (str(labels.LEFT_OUT.get(code, code)), count) for code, count in sorted(one.left_out.items())
        ],
    }


@require_POST
def read(request: HttpRequest, audience_id: int) -> HttpResponse:
    """Read the segment anew."""
    _give(request)
    try:
        done = services.refresh(audience_id=audience_id, actor=request.user.get_username(), now=clock.now())
    except AdvertisingError:
        raise Http404(labels.problem("no_list")) from None
    if done.people < MEMBERS_MIN:
        messages.warning(request, labels.problem("too_small"))
    else:
        said = {"people": done.people, "added": done.added, "removed": done.removed}
        messages.success(
            request, _("On the list: %(people)s. New: %(added)s. To be taken out: %(removed)s.") % said
        )
    return HttpResponseRedirect(reverse("advertising"))


@require_POST
def archive(request: HttpRequest, audience_id: int) -> HttpResponse:
    """Put a list away."""
    access.require(request.user, WRITE)
    try:
        gone = services.archive(audience_id=audience_id, actor=request.user.get_username(), now=clock.now())
    except AdvertisingError:
        raise Http404(labels.problem("no_list")) from None
    if gone:
        messages.success(request, _("The list has been put away."))
    else:
        said = _("Everybody is off the list. Take the file of removals to the platform, then put it away.")
        messages.success(request, said)
    return HttpResponseRedirect(reverse("advertising"))


@require_POST
def file(request: HttpRequest, audience_id: int, part: str) -> HttpResponse:
    """A file for the platform: digests only; on record."""
    _give(request)
    if part not in list(Part):
        raise Http404
    try:
        name, suffix, lines = services.file_of(
            audience_id=audience_id, part=part, actor=request.user.get_username(), now=clock.now()
        )
    except AdvertisingError as problem:
        if problem.code == "no_list":
            raise Http404(labels.problem("no_list")) from None
        return _page(request, {}, labels.problem(problem.code))
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\n").writerows(lines)
    kind = "text/csv" if suffix == "csv" else "text/plain"
    response = HttpResponse(kept.getvalue(), content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _give(request: HttpRequest) -> None:
    for permission in (WRITE, *GIVE):
        access.require(request.user, permission)


@require_POST
def spend(request: HttpRequest) -> HttpResponse:
    """What a campaign cost on a day, or many lines at once."""
    access.require(request.user, WRITE)
    said, actor, now = request.POST, request.user.get_username(), clock.now()
    try:
        if said.get("lines", "").strip():
            done = services.import_spend(text=said["lines"][:TEXT_MAX], actor=actor, now=now)
            messages.success(request, _("Lines kept: %(count)s.") % {"count": done.kept})
            for number, code in done.refused[:10]:
                words = {"number": number, "why": labels.problem(code)}
                messages.warning(request, _("Line %(number)s was left out: %(why)s") % words)
        else:
            services.note_spend(
                on=forms.day(said.get("on", "")),
                source=said.get("source", ""),
                medium=said.get("medium", ""),
                campaign=said.get("campaign", ""),
                amount=forms.amount(said.get("amount", "")),
                actor=actor,
                now=now,
            )
            messages.success(request, _("Noted."))
    except AdvertisingError as problem:
        return _page(request, {"spend": said}, labels.problem(problem.code))
    except CareError as wrong:
        return _page(request, {"spend": said}, str(wrong))
    return HttpResponseRedirect(reverse("advertising"))


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """What campaigns brought and cost in a year, as a file; nobody is named."""
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="advertising.results",
        object_type="audience",
        object_id="all",
    )
    rows = (
        (
            one.source, one.medium, one.name, one.visits, one.visitors, one.orders, one.fresh, one.revenue,
            one.spend, one.currency, one.cost_per_visit, one.cost_per_fresh,
        )
        for one in queries.results(days=queries.SPANS[-1], now=clock.now() + timedelta(seconds=1))
    )  # fmt: skip
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-advertising")
