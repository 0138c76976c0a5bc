"""Coupons: what was given and redeemed, the counter, and giving or taking back a single one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.coupons import labels, queries, services
from keepwell.outreach.coupons.contracts import CouponError, CouponView, State, Via
from keepwell.web import exports, left_out
from keepwell.web.coupons import words
from keepwell.web.shell import render

SEE, ACT, EXPORT = Permission.VIEW_CUSTOMERS, Permission.CHANGE_CUSTOMERS, Permission.EXPORT_CUSTOMERS
PAGE_SIZE = 50
FILE_MAX = 8_000_000


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What was given, what came of it, by where it came from."""
    access.require(request.user, SEE)
    return _list(request)


def _list(request: HttpRequest, problem: str = "") -> HttpResponse:
    now, chosen = clock.now(), _chosen(request)
    owners = access.owners_within(request.user, SEE)
    total = queries.count(now, owner_ids=owners, **chosen)
    pages = max(1, -(-total // PAGE_SIZE))
    said = request.GET.get("page", "")
    page = min(max(int(said) if said.isdecimal() and len(said) < 8 else 1, 1), pages)
    found = queries.coupons(now, owner_ids=owners, page=page, page_size=PAGE_SIZE, **chosen)
    names = customers.names([one.customer_id for one in found])
    context = {
        "title": _("Coupons"),
        "rows": [{**words.coupon(one), "name": names.get(one.customer_id, "")} for one in found],
        "figures": [words.figures(one) for one in queries.figures(now, owner_ids=owners)],
        "states": list(labels.STATE.items()),
        "chosen": chosen,
        "total": total,
        "page": page,
        "pages": pages,
        "may_export": access.may(request.user, EXPORT),
        "may_act": access.may(request.user, ACT),
        "may_take": access.may(request.user, Permission.IMPORT_DATA),
        "may_offers": access.may(request.user, Permission.VIEW_PLANS),
        "problem": problem,
        "now": now,
    }
    return render(request, "keepwell/coupons/list.html", context, status=422 if problem else 200)


def _chosen(request: HttpRequest) -> dict[str, str]:
    state, origin = request.GET.get("state", ""), request.GET.get("origin", "")
    return {
        "state": state if state in set(State) else "",
        "origin": origin if origin in labels.ORIGIN else "",
    }


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as a file, without names; who took it is on record."""
    access.require(request.user, EXPORT)
    now, chosen = clock.now(), _chosen(request)
    owners = access.owners_within(request.user, EXPORT)
    header = (
        _("Coupon"), _("Customer number"), _("Code"), _("State"), _("What it gives"), _("Least order"),
        pgettext("coupons", "Given"), pgettext("coupon", "Until"), pgettext("coupon", "From"), _("Offer"),
        pgettext("coupons", "Redeemed"), _("Order number"), _("Order amount"), _("Given away"),
        _("Currency"),
    )  # fmt: skip
    audit.log(
        actor=request.user.get_username(),
        action="coupon.export",
        object_type="coupons",
        object_id="all",
        details=chosen,
        at=now,
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(header, _lines(queries.iterate(now, owner_ids=owners, **chosen)), "keepwell-coupons")


def _lines(found: Iterator[CouponView]) -> Iterator[tuple[Any, ...]]:
    for one in found:
        yield (
            one.coupon_id, one.customer_id, one.code, str(labels.STATE[one.state]), words.gives(one.terms),
            one.terms.minimum_order, one.issued_at, one.until, words.origin(one.origin), one.offer_name,
            one.redeemed_at, one.order_id, one.order_amount, one.given_away, one.terms.currency,
        )  # fmt: skip


def counter(request: HttpRequest) -> HttpResponse:
    """Look a code up at the counter, then redeem it."""
    access.require(request.user, ACT)
    typed = {name: request.POST.get(name, "").strip() for name in ("code", "order_id", "order_amount")}
    context: dict[str, Any] = {"title": _("At the counter"), "typed": typed}
    if request.method != "POST":
        return render(request, "keepwell/coupons/counter.html", context)
    now = clock.now()
    try:
        found = queries.look_up(code=typed["code"], now=now)
        customer_access.access_customer(cast(Any, request.user), ACT, found.customer_id)
        context["found"] = words.coupon(found)
        if request.POST.get("do") == "redeem":
            done = services.redeem(
                code=typed["code"],
                via=Via.COUNTER,
                actor=request.user.get_username(),
                now=now,
                order_id=typed["order_id"],
                order_amount=words.decimal(typed["order_amount"]),
            )
            messages.success(request, _("Redeemed: %(gives)s.") % {"gives": words.gives(done.terms)})
            return HttpResponseRedirect(reverse("coupon_counter"))
    except CouponError as error:
        context["problem"] = labels.PROBLEM[error.code]
        return render(request, "keepwell/coupons/counter.html", context, status=422)
    return render(request, "keepwell/coupons/counter.html", context)


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """What a till or web shop took, out of a file."""
    access.require(request.user, Permission.IMPORT_DATA)
    try:
        done = services.redeem_file(
            text=uploaded(request), actor=request.user.get_username(), now=clock.now()
        )
    except CouponError as error:
        return _list(request, str(labels.PROBLEM[error.code]))
    messages.success(
        request,
        ngettext("%(count)s coupon was redeemed.", "%(count)s coupons were redeemed.", done.new)
        % {"count": done.new},
    )
    tell_refused(request, done.refused)
    return HttpResponseRedirect(reverse("coupons"))


def uploaded(request: HttpRequest) -> str:
    """The text of the file that was sent; raises CouponError."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("lines", "")[:FILE_MAX]
    if (file.size or 0) > FILE_MAX:
        raise CouponError("too_many_lines", "file")
    data: bytes = file.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def tell_refused(request: HttpRequest, refused: tuple[tuple[int, str], ...]) -> None:
    """Say which lines were left out."""
    left_out.tell(request, [(number, labels.PROBLEM.get(code, code)) for number, code in refused])


@require_POST
def void(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Make a coupon void, with the reason."""
    access.require(request.user, ACT)
    found = queries.coupon(coupon_id, now=clock.now())
    if found is None:
        raise Http404(_("There is no such coupon."))
    customer_access.access_customer(cast(Any, request.user), ACT, found.customer_id)
    try:
        services.void(
            coupon_id=coupon_id,
            reason=request.POST.get("reason", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except CouponError as error:
        messages.error(request, str(labels.PROBLEM[error.code]))
    else:
        messages.success(request, _("The code is void; it is refused from now on."))
    return HttpResponseRedirect(reverse("customer", args=[found.customer_id]))


@require_POST
def give(request: HttpRequest, customer_id: str) -> HttpResponse:
    """An exclusive discount for one customer, within one's authority."""
    access.require(request.user, ACT)
    user = cast(Any, request.user)
    customer_access.access_customer(user, ACT, customer_id)
    said = request.POST
    occasion = "".join(one for one in said.get("occasion", "") if one.isalnum())[:40]
    try:
        row = services.give_by_hand(
            customer_id=customer_id,
            terms=words.typed_terms(said.dict()),
            occasion=occasion or clock.now().isoformat(),
            user=user,
            now=clock.now(),
            reason=said.get("reason", ""),
        )
    except CouponError as error:
        messages.error(request, str(labels.PROBLEM[error.code]))
    else:
        messages.success(request, _("Given: the code is %(code)s.") % {"code": row.code})
    return HttpResponseRedirect(reverse("customer", args=[customer_id]))
