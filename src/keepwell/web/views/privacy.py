"""One person's contacts in plain, consents, holds, and what the law gives them over their data."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.customers.privacy import queries, services
from keepwell.customers.privacy.contracts import HoldKind, PrivacyError
from keepwell.foundation import clock
from keepwell.web.privacy import words
from keepwell.web.shell import render

SOURCE = "page"


@require_POST
def unmask(request: HttpRequest, customer_id: str, contact_point_id: int) -> HttpResponse:
    """One contact value for a minute; asks for the reason first."""
    access_customer(request.user, Permission.UNMASK_CONTACTS, customer_id)
    context: dict[str, Any] = {"customer_id": customer_id, "point": _point(customer_id, contact_point_id)}
    try:
        shown = services.unmask(
            user=request.user,
            customer_id=customer_id,
            contact_point_id=contact_point_id,
            reason=request.POST.get("reason", ""),
        )
        context["shown"] = shown
    except PrivacyError as error:
        context |= {"asks": True, "error": str(error) if "reason" in request.POST else ""}
    except PermissionDenied as error:  # the day's limit: say so in its place
        context["refused"] = str(error)
    return render(
        request, "keepwell/_contact.html", {**context, "may_unmask": True}, fragment="keepwell/_contact.html"
    )


@require_GET
def mask(request: HttpRequest, customer_id: str, contact_point_id: int) -> HttpResponse:
    """The masked value again."""
    access_customer(request.user, Permission.UNMASK_CONTACTS, customer_id)
    context = {
        "customer_id": customer_id,
        "point": _point(customer_id, contact_point_id),
        "may_unmask": True,
    }
    return render(request, "keepwell/_contact.html", context, fragment="keepwell/_contact.html")


def _point(customer_id: str, contact_point_id: int) -> Any:
    for point in queries.contact_points(customer_id):
        if point.contact_point_id == contact_point_id:
            return point
    raise Http404(_("There is no such contact."))


@require_POST
def change_consent(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Record what the customer said about a channel and purpose, or withdraw everything."""
    access_customer(request.user, Permission.CHANGE_CONSENTS, customer_id)
    posted = request.POST
    actor = request.user.get_username()
    try:
        if posted.get("all"):
            count = services.withdraw_all(customer_id=customer_id, source=SOURCE, actor=actor)
            messages.success(request, _("Consents withdrawn: %(count)s") % {"count": count})
        else:
            services.set_consent(
                customer_id=customer_id,
                channel=posted.get("channel", ""),
                purpose=posted.get("purpose", ""),
                given=posted.get("given") == "yes",
                source=posted.get("source", "").strip() or SOURCE,
                wording=posted.get("wording", ""),
                actor=actor,
            )
            messages.success(request, _("Recorded."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return _back(customer_id)


@require_POST
def place_hold(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Leave the customer alone."""
    access_customer(request.user, Permission.CHANGE_CONSENTS, customer_id)
    posted = request.POST
    day = parse_date(posted.get("until", "")) if posted.get("until") else None
    until = datetime.combine(day, time.max, tzinfo=ZoneInfo(settings.TIME_ZONE)) if day else None
    try:
        services.place_hold(
            customer_id=customer_id,
            kind=posted.get("kind", HoldKind.STOP),
            reason=posted.get("reason", "").strip(),
            until=until,
            actor=request.user.get_username(),
        )
        messages.success(request, _("The customer is left alone from now on."))
    except PrivacyError as error:
        messages.error(request, str(error))
    return _back(customer_id)


@require_POST
def lift_hold(request: HttpRequest, customer_id: str, hold_id: int) -> HttpResponse:
    """End a hold of this customer."""
    access_customer(request.user, Permission.CHANGE_CONSENTS, customer_id)
    if all(hold.hold_id != hold_id for hold in queries.holds(customer_id)):
        raise Http404(_("There is no such hold."))
    services.lift_hold(hold_id=hold_id, actor=request.user.get_username())
    messages.success(request, _("The hold is lifted."))
    return _back(customer_id)


@require_POST
def export_person(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Everything about the person as a ZIP, straight to the browser."""
    access_customer(request.user, Permission.EXPORT_CUSTOMERS, customer_id)
    _exists(customer_id)
    body = services.export_person(user=request.user, customer_id=customer_id)
    response = HttpResponse(body, content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, f"person-{customer_id}.zip") or ""
    response["Cache-Control"] = "private, no-store"
    return response


def rights(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What erasing and anonymising do, and the form that begins one."""
    access_customer(request.user, Permission.ERASE_CUSTOMERS, customer_id)
    record = _exists(customer_id)
    error = ""
    if request.method == "POST":
        try:
            asked = services.request_right(
                user=request.user,
                customer_id=customer_id,
                right=_right(request.POST.get("right", "")),
                confirmation=request.POST.get("confirmation", ""),
            )
            return HttpResponseRedirect(reverse("privacy_request", args=[asked.request_id]))
        except PrivacyError as problem:
            error = str(problem)
    context = {
        "title": _("Erase or anonymise"),
        "customer_id": customer_id,
        "record": record,
        "error": error,
        "chosen": request.POST.get("right", "erase"),
        "typed": request.POST.get("confirmation", ""),
    }
    return render(request, "keepwell/rights.html", context, status=400 if error else 200)


def request_page(request: HttpRequest, request_id: int) -> HttpResponse:
    """How far a request is; its certificate once it is done."""
    access.require(request.user, Permission.ERASE_CUSTOMERS)
    found = queries.request(request_id)
    if found is None:
        raise Http404(_("There is no such request."))
    context = {
        "title": _("Request %(number)s") % {"number": request_id},
        "one": found,
        "right": words.word(words.RIGHT, found.right),
        "status": words.word(words.STATUS, found.status),
        "steps": [
            {
                **step,
                "label": words.word(words.STEP, step["name"]),
                "word": words.word(words.STATUS, step["status"]),
                "told": words.counted(step["counts"]),
            }
            for step in found.steps
        ],
        "may_list": access.may(request.user, Permission.VIEW_SETTINGS),
        "now": clock.now(),
    }
    return render(request, "keepwell/privacy_request.html", context, fragment="keepwell/_request.html")


@require_GET
def certificate(request: HttpRequest, request_id: int) -> HttpResponse:
    """The certificate as a file."""
    access.require(request.user, Permission.ERASE_CUSTOMERS)
    found = queries.request(request_id)
    if found is None or found.certificate is None:
        raise Http404(_("There is no certificate yet."))
    response = JsonResponse(found.certificate, json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="certificate-{request_id}.json"'
    return response


def _right(text: str) -> str:
    if text not in ("erase", "anonymise"):
        raise PrivacyError(_("Choose what is to be done."))
    return text


def _exists(customer_id: str) -> Any:
    record = customers.get(customer_id)
    if record is None:
        raise Http404(_("There is no customer with this number."))
    return record


def _back(customer_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("customer", args=[customer_id]) + "#privacy")
