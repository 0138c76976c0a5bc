"""Letters, cards and gifts: what is to be posted, where it is, and the sheet of addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.channels.person import labels, queries, services
from keepwell.outreach.channels.person.contracts import ErrandView
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import TaskError
from keepwell.web import exports
from keepwell.web.shell import render
from keepwell.web.views.tasks import gate


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """What is to be posted, and what is on its way."""
    access.require(request.user, Permission.VIEW_TASKS)
    owners = access.owners_within(request.user, Permission.VIEW_TASKS)
    found = queries.to_ship(owner_ids=owners)
    names = customers.names([one.customer_id for one in found])
    texts = {one.code: one.name for one in content.templates()} if found else {}
    context = {
        "title": _("Letters and gifts"),
        "rows": [
            {
                "one": one,
                "name": names.get(one.customer_id, ""),
                "channel": CHANNEL[one.channel],
                "text": texts.get(one.content, one.content),
            }
            for one in found
        ],
        "states": list(labels.SHIPPING.items()),
        "may_act": access.may(request.user, Permission.CHANGE_TASKS),
        "may_print": access.may(request.user, Permission.UNMASK_CONTACTS),
        "may_export": access.may(request.user, Permission.EXPORT_CUSTOMERS),
        "now": clock.now(),
    }
    return render(request, "keepwell/letters.html", context)


@require_POST
def ship(request: HttpRequest, task_id: int) -> HttpResponse:
    """Say where a letter or parcel is."""
    gate(request, Permission.CHANGE_TASKS, [task_id])
    try:
        services.ship(
            task_id=task_id,
            state=request.POST.get("state", ""),
            tracking=request.POST.get("tracking", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except (ValueError, TaskError) as error:
        raise Http404 from error
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("letters"))


@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """Addresses and words, to be printed; that they were shown is on record."""
    rows = _addressed(request, "print")
    return render(request, "keepwell/letters_sheet.html", {"title": _("Addresses"), "rows": rows})


@require_safe
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same as a file."""
    access.require(request.user, Permission.EXPORT_CUSTOMERS)
    rows = _addressed(request, kind)
    header = (_("Task"), _("Customer"), _("Name"), _("Address"), _("Channel"), _("Text"))
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(header, _lines(rows), "keepwell-letters")


def _addressed(request: HttpRequest, how: str) -> list[dict[str, Any]]:
    # In plain: whoever may see contact data, of their own customers or all.
    access.require(request.user, Permission.UNMASK_CONTACTS)
    owners = access.owners_within(request.user, Permission.UNMASK_CONTACTS)
    found = [
        one for one in queries.to_ship(owner_ids=owners, with_words=True) if one.shipping in ("", "packed")
    ]
    actor, now = request.user.get_username(), clock.now()
    places = services.addresses(errands=found, actor=actor, now=now)
    names = customers.names([one.customer_id for one in found])
    audit.log(
        actor=actor,
        action="letters.addresses",
        object_type="letters",
        object_id=how,
        details={"customers": sorted(places)},
        at=now,
    )
    return [_row(one, names, places) for one in found]


def _row(one: ErrandView, names: dict[str, str], places: dict[str, str]) -> dict[str, Any]:
    return {
        "one": one,
        "name": names.get(one.customer_id, ""),
        "address": places.get(one.customer_id, ""),
        "channel": str(CHANNEL[one.channel]),
    }


def _lines(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        one = row["one"]
        yield (one.task_id, one.customer_id, row["name"], row["address"], row["channel"], one.words)
