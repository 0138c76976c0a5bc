"""Offers that go with texts: what whoever gets one of them is given, and where the codes come from."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach.content import queries as content
from keepwell.outreach.coupons import labels, queries, services
from keepwell.outreach.coupons.contracts import CouponError, OfferView, Source
from keepwell.web.coupons import words
from keepwell.web.shell import render
from keepwell.web.views.coupons import tell_refused, uploaded

SEE, WRITE = Permission.VIEW_PLANS, Permission.SAVE_PLANS
FIELDS = ("name", "kind", "value", "currency", "gift", "minimum_order", "days", "source", "ends_on", "low_at")


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every offer, the texts that it goes with, and what came of it."""
    access.require(request.user, SEE)
    context = {
        "title": _("Offers with a code"),
        "rows": [words.offer(one) for one in queries.offers()],
        "may_write": access.may(request.user, WRITE),
    }
    return render(request, "keepwell/coupons/offers.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Make an offer."""
    access.require(request.user, WRITE)
    return _save(request, None) if request.method == "POST" else _form(request, None)


def offer(request: HttpRequest, offer_id: int) -> HttpResponse:
    """One offer."""
    access.require(request.user, WRITE if request.method == "POST" else SEE)
    found = _found(offer_id)
    return _save(request, found) if request.method == "POST" else _form(request, found)


@require_POST
def codes(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Take in codes of the till or web shop."""
    access.require(request.user, WRITE)
    found = _found(offer_id)
    try:
        done = services.add_codes(
            offer_id=offer_id, text=uploaded(request), actor=request.user.get_username(), now=clock.now()
        )
    except CouponError as error:
        return _form(request, found, problems={"file": labels.PROBLEM[error.code]})
    messages.success(
        request,
        ngettext("%(count)s new code.", "%(count)s new codes.", done.new) % {"count": done.new},
    )
    tell_refused(request, done.refused)
    return HttpResponseRedirect(reverse("coupon_offer", args=[offer_id]))


def _found(offer_id: int) -> OfferView:
    found = queries.offer(offer_id)
    if found is None:
        raise Http404(_("There is no such offer."))
    return found


def _save(request: HttpRequest, found: OfferView | None) -> HttpResponse:
    said = request.POST
    typed = {name: said.get(name, "").strip() for name in FIELDS}
    low_at = typed["low_at"] or "0"
    try:
        if typed["source"] not in set(Source):
            raise CouponError("other_source", "source")
        if not low_at.isdecimal() or len(low_at) > 9:
            raise CouponError("bad_number", "low_at")
        offer_id = services.save_offer(
            name=typed["name"],
            terms=words.typed_terms(typed),
            source=Source(typed["source"]),
            texts=said.getlist("texts"),
            low_at=int(low_at),
            active=bool(said.get("active")),
            user=cast(Any, request.user),
            now=clock.now(),
            offer_id=found.offer_id if found else None,
        )
    except CouponError as error:
        kept = {**typed, "active": said.get("active", ""), "texts": said.getlist("texts")}
        return _form(request, found, typed=kept, problems={error.field: labels.PROBLEM[error.code]})
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("coupon_offer", args=[offer_id]))


def _form(
    request: HttpRequest,
    found: OfferView | None,
    *,
    typed: dict[str, Any] | None = None,
    problems: dict[str, Any] | None = None,
) -> HttpResponse:
    if typed is None and found is not None:
        typed = {
            **words.terms_typed(found.terms),
            "name": found.name,
            "source": found.source.value,
            "low_at": str(found.low_at),
            "active": "1" if found.active else "",
            "texts": list(found.texts),
        }
    usual = {"kind": "percent", "days": "14", "source": "own", "active": "1", "currency": words.currency()}
    typed = typed or {**usual, "texts": []}
    chosen = set(typed["texts"])
    naming = content.naming("coupon.code")
    context = {
        "title": found.name if found else _("A new offer"),
        "offer": words.offer(found) if found else None,
        "typed": typed,
        "problems": problems or {},
        "kinds": list(labels.KIND.items()),
        "sources": list(labels.SOURCE.items()),
        "currencies": words.CURRENCIES,
        "texts": [(one.code, one.name, one.code in chosen) for one in naming],
        "may_write": access.may(request.user, WRITE),
    }
    return render(request, "keepwell/coupons/offer.html", context, status=422 if problems else 200)
