"""Packages made to fit one customer, and the report on what they use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer, may_access
from keepwell.customers.labels import TRAIT
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.outreach.content import queries as content
from keepwell.plays.care import access, labels
from keepwell.plays.care.contracts import CareError, NoPlanError, PackageView
from keepwell.plays.care.queries import money, packages, plans
from keepwell.plays.care.services import packages as services
from keepwell.web.care import forms, words
from keepwell.web.shell import render

NEEDS = ("special_need", "product_preference", "service_preference", "fit")
ROWS = 4
FIELDS = ("name", "need", "extra_cost", "ready_days", "usual_days", "delivery", "packaging")
QUARTER_DAYS = 91


def new(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Put a package together from what is known of a customer's needs."""
    access_customer(request.user, Permission.CHANGE_TASKS, customer_id)
    if customers.get(customer_id) is None:
        raise Http404(_("There is no customer with this number."))
    return _page(request, customer_id, None)


def one(request: HttpRequest, package_id: int) -> HttpResponse:
    """One package: its things, cost and delay, what the customer said."""
    wanted = Permission.CHANGE_TASKS if request.method == "POST" else Permission.VIEW_CUSTOMERS
    try:
        customer_id = access.access_package(request.user, wanted, package_id)
    except NoPlanError:
        raise Http404(_("There is no such package.")) from None
    return _page(request, customer_id, package_id)


def _page(request: HttpRequest, customer_id: str, package_id: int | None) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            number = _do(request, customer_id, package_id)
        except CareError as problem:
            error = str(problem)
        else:
            messages.success(request, _("Noted."))
            return HttpResponseRedirect(reverse("care_package", args=[number]))
    found = packages.package(package_id) if package_id is not None else None
    context = {
        "title": _("Package made to fit"),
        "customer_id": customer_id,
        "name": customers.names([customer_id]).get(customer_id) or customer_id,
        "package": found,
        "problems": [str(labels.PACKAGE_PROBLEM[code]) for code in found.check.problems] if found else [],
        "items": _items(request, found, typed=bool(error)),
        "fields": _fields(request, found, typed=bool(error)),
        "needs": _needs(customer_id),
        "address": customers.delivery_address_masked(customer_id),
        "deliveries": [(code, str(name)) for code, name in labels.DELIVERY.items()],
        "packagings": [(code, str(name)) for code, name in labels.PACKAGING.items()],
        "statuses": [(code, str(name)) for code, name in labels.PACKAGE_STATUS.items()],
        "status": str(labels.PACKAGE_STATUS[found.status]) if found else "",
        "may_act": may_access(request.user, Permission.CHANGE_TASKS, customer_id),
        "currency": found.currency if found else money.currency(),
        "error": error,
    }
    return render(request, "keepwell/care/package.html", context, status=400 if error else 200)


def _do(request: HttpRequest, customer_id: str, package_id: int | None) -> int:
    post, now, actor = request.POST, clock.now(), request.user.get_username()
    if package_id is not None and post.get("do") == "move":
        services.move(package_id=package_id, status=post.get("status", ""), actor=actor, now=now)
        return package_id
    if package_id is not None and post.get("do") == "feel":
        services.feel(
            package_id=package_id,
            score=forms.number(post.get("score", "")),
            feedback=post.get("feedback", ""),
            adjustment=post.get("adjustment", ""),
            actor=actor,
            now=now,
        )
        return package_id
    return services.save(
        customer_id=customer_id,
        package_id=package_id,
        name=post.get("name", ""),
        need=post.get("need", ""),
        items=forms.items(post),
        extra_cost=forms.amount(post.get("extra_cost", "")),
        delivery=post.get("delivery", "standard"),
        packaging=post.get("packaging", "standard"),
        ready_days=forms.number(post.get("ready_days", "")) or 0,
        usual_days=forms.number(post.get("usual_days", "")) or 0,
        actor=actor,
        now=now,
    )


def _items(request: HttpRequest, found: PackageView | None, *, typed: bool) -> list[dict[str, str]]:
    names = ("item_name", "item_quantity", "item_price", "item_cost")
    if typed:
        lists = [request.POST.getlist(name) for name in names]
        rows = [
            dict(zip(("name", "quantity", "price", "cost"), row, strict=True))
            for row in zip(*lists, strict=False)
        ]
    else:
        rows = [
            {
                "name": one.name,
                "quantity": forms.plain(one.quantity),
                "price": forms.plain(one.price),
                "cost": forms.plain(one.cost),
            }
            for one in (found.items if found else ())
        ]
    return rows + [{"name": "", "quantity": "", "price": "", "cost": ""}] * max(1, ROWS - len(rows))


def _fields(request: HttpRequest, found: PackageView | None, *, typed: bool) -> dict[str, str]:
    """What stands in the form: what was typed, else the package."""
    if typed:
        return {name: request.POST.get(name, "") for name in FIELDS}
    if found is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "name": found.name,
        "need": found.need,
        "extra_cost": forms.plain(found.extra_cost) if found.extra_cost else "",
        "ready_days": str(found.ready_days or ""),
        "usual_days": str(found.usual_days or ""),
        "delivery": found.delivery,
        "packaging": found.packaging,
    }


def _needs(customer_id: str) -> list[str]:
    portrait = customers.portrait(customer_id)
    return [
        " · ".join(part for part in (str(TRAIT[kind].get(one.code, one.code)), one.text) if part)
        for kind in NEEDS
        for one in portrait.of_kind(kind)
    ]


def use_report(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What a customer uses and what it brought in the last quarter, to print or hand over (PER-13)."""
    access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    record = customers.get(customer_id)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    now = clock.now()
    today = timezone.localdate(now)
    use, owned = customers.purchases(customer_id, now=now)
    acts = [
        words.act_row(one, today, {}, {})
        for one in plans.acts_of(customer_id)
        if one.status == "done" and one.due_on > today - timedelta(days=QUARTER_DAYS)
    ]
    audit.log(
        actor=request.user.get_username(),
        action="care.use_report",
        object_type="customer",
        object_id=customer_id,
        details={"products": len(owned)},
    )
    context: dict[str, Any] = {
        "title": _("Report on use and effect"),
        "customer_id": customer_id,
        "name": record.name or customer_id,
        "company": content.brand().values.get("company_name", ""),
        "since": today - timedelta(days=QUARTER_DAYS),
        "until": today,
        "use": use,
        "owned": owned,
        "due": [one for one in owned if one.due_on is not None and one.due_on > today],
        "acts": acts,
        "score": insight.score(customer_id),
        "currency": money.currency(),
    }
    return render(request, "keepwell/care/use_report.html", context)
