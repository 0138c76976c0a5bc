"""Offline channels: what carries a code, what it cost, what came of it; and where the code leads."""

from __future__ import annotations

import io
import re
from typing import Any

import qrcode
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from qrcode.image.svg import SvgPathImage

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import access_customer
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.content import queries as content
from keepwell.outreach.offline import labels, queries, services
from keepwell.outreach.offline.contracts import NoSpotError, OfflineError, SpotResult, SpotView
from keepwell.outreach.sending.marks import addresses, scanners
from keepwell.plays.care.contracts import CareError
from keepwell.web import exports
from keepwell.web.care import forms
from keepwell.web.public.pages import page, public
from keepwell.web.shell import render
from keepwell.web.views.public_marks import is_prefetch

SEE, WRITE = Permission.VIEW_PLANS, Permission.SAVE_PLANS
FIELDS = ("code", "kind", "name", "place", "store", "target", "starts_on", "ends_on", "cost")
HEADER = (
    "code", "kind", "name", "place", "starts_on", "ends_on", "cost", "currency", "scans", "visits", "orders",
    "customers", "new_customers", "revenue", "cost_per_order", "cost_per_new_customer",
)  # fmt: skip


def listed(request: HttpRequest) -> HttpResponse:
    """Every offline channel with what came of it; a new one is made here."""
    access.require(request.user, SEE)
    error = ""
    if request.method == "POST":
        access.require(request.user, WRITE)
        try:
            number = services.save(values=values(request), actor=request.user.get_username(), now=clock.now())
        except (OfflineError, CareError) as problem:
            error = said(problem)
        else:
            return HttpResponseRedirect(reverse("offline_spot", args=[number]))
    found = queries.results(now=clock.now())
    most = max((float(one.revenue) for one in found), default=0.0)
    website = content.brand().values.get("website", "")
    usual = {
        **dict.fromkeys(FIELDS, ""),
        "starts_on": timezone.localdate().isoformat(),
        "target": website if website.startswith("https://") else "",
    }
    context = {
        "title": _("Offline channels"),
        "rows": [row(one, most) for one in found],
        "kinds": [(code, str(name)) for code, name in labels.KIND.items()],
        "fields": {name: request.POST.get(name, "") for name in FIELDS} if error else usual,
        "error": error,
        "may_change": access.may(request.user, WRITE),
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
    }
    return render(request, "keepwell/offline/list.html", context, status=400 if error else 200)


def row(one: SpotResult, most: float) -> dict[str, Any]:
    """An offline channel in the table; the bar compares revenue."""
    share = round(100 * float(one.revenue) / most) if most else 0
    return {"one": one, "spot": one.spot, "kind": str(labels.KIND[one.spot.kind]), "share": share}


def said(problem: Exception) -> str:
    """What is wrong, in words."""
    return str(labels.PROBLEM[problem.code]) if isinstance(problem, OfflineError) else str(problem)


def values(request: HttpRequest) -> dict[str, Any]:
    """What the form says, for `services.save`."""
    post = request.POST
    ends_on = post.get("ends_on", "")
    return {
        "code": post.get("code", "").strip().lower(),
        "kind": post.get("kind", ""),
        "name": post.get("name", "").strip(),
        "place": post.get("place", "").strip()[:200],
        "store": post.get("store", "").strip()[:120],
        "target": post.get("target", "").strip(),
        "starts_on": forms.day(post.get("starts_on", "")),
        "ends_on": forms.day(ends_on) if ends_on else None,
        "cost": forms.amount(post.get("cost", "")),
        "active": "inactive" not in post,
    }


def spot(request: HttpRequest, spot_id: int) -> HttpResponse:
    """One offline channel: its code to print, and what is kept of it."""
    access.require(request.user, SEE)
    found, error = found_or_404(spot_id), ""
    if request.method == "POST":
        access.require(request.user, WRITE)
        try:
            services.save(
                values=values(request),
                spot_id=spot_id,
                actor=request.user.get_username(),
                now=clock.now(),
            )
        except (OfflineError, CareError) as problem:
            error = said(problem)
        else:
            messages.success(request, _("Noted."))
            return HttpResponseRedirect(request.path)
    context = {
        "title": found.name,
        "spot": found,
        "kind": str(labels.KIND[found.kind]),
        "kinds": [(code, str(name)) for code, name in labels.KIND.items()],
        "link": link(found),
        "is_reachable": not addresses.unreachable(),
        "fields": {name: request.POST.get(name, "") for name in FIELDS} if error else _fields(found),
        "result": queries.result(spot_id, now=clock.now()),
        "error": error,
        "may_change": access.may(request.user, WRITE),
        "may_note": access.may(request.user, Permission.CHANGE_TASKS),
    }
    return render(request, "keepwell/offline/spot.html", context, status=400 if error else 200)


def _fields(found: SpotView) -> dict[str, str]:
    return {
        "code": found.code,
        "kind": found.kind,
        "name": found.name,
        "place": found.place,
        "store": found.store,
        "target": found.target,
        "starts_on": found.starts_on.isoformat(),
        "ends_on": found.ends_on.isoformat() if found.ends_on else "",
        "cost": forms.plain(found.cost) if found.cost else "",
    }


def found_or_404(spot_id: int) -> SpotView:
    """The offline channel, or the page that says that there is none."""
    try:
        return queries.spot(spot_id)
    except NoSpotError:
        raise Http404(_("There is no such offline channel.")) from None


def link(found: SpotView) -> str:
    """The address that the printed code holds."""
    return f"{settings.KEEPWELL_URL.rstrip('/')}{reverse('offline_scan', args=[found.code])}"


@require_safe
def picture(request: HttpRequest, spot_id: int) -> HttpResponse:
    """The code as a picture to print, in any size."""
    access.require(request.user, SEE)
    found = found_or_404(spot_id)
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(link(found))
    kept = io.BytesIO()
    code.make_image(image_factory=SvgPathImage).save(kept)
    response = HttpResponse(kept.getvalue(), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="{found.code}.svg"'
    return response


@require_POST
def visit(request: HttpRequest, spot_id: int) -> HttpResponse:
    """Note that a customer was there."""
    found_or_404(spot_id)
    number = request.POST.get("customer", "").strip()
    if not re.fullmatch(r"\S{1,64}", number):
        access.require(request.user, Permission.CHANGE_TASKS)
        messages.error(request, str(labels.PROBLEM["customer"]))
        return HttpResponseRedirect(reverse("offline_spot", args=[spot_id]))
    access_customer(request.user, Permission.CHANGE_TASKS, number)
    try:
        services.note_visit(
            spot_id=spot_id, customer_id=number, actor=request.user.get_username(), now=clock.now()
        )
    except OfflineError as problem:
        messages.error(request, said(problem))
    else:
        messages.success(request, _("Noted: this customer was there."))
    return HttpResponseRedirect(reverse("offline_spot", args=[spot_id]))


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """What came of every offline channel, as a file."""
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="offline.export",
        object_type="offline_spot",
        object_id="all",
    )
    rows = (
        (
            one.spot.code, one.spot.kind, one.spot.name, one.spot.place, one.spot.starts_on,
            one.spot.ends_on, one.spot.cost, one.spot.currency, one.scans, one.visits, one.orders,
            one.customers, one.fresh, one.revenue, one.cost_per_order, one.cost_per_fresh,
        )
        for one in queries.results(now=clock.now())
    )  # fmt: skip
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-offline")


@public
@require_safe
def scan(request: HttpRequest, code: str) -> HttpResponse:
    """On to the page that the printed code leads to; programs that look in advance are not counted."""
    is_person = (
        request.method == "GET"
        and not is_prefetch(request)
        and not scanners.is_program(request.headers.get("User-Agent", ""))
    )
    target = services.scan(code=code, now=clock.now(), counts=is_person)
    if target is None:
        return page(request, "cut", {"title": _("This link is not complete")}, status=404)
    return HttpResponseRedirect(target)
