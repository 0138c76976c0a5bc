"""The guest list of an activity: seats, the door on the day, answers noted by colleagues, the file."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.plays.care import access, labels
from keepwell.plays.care.contracts import ActivityView, CareError, GuestView, NoPlanError
from keepwell.plays.care.queries import activities
from keepwell.plays.care.services import activities as services
from keepwell.plays.care.services import seating
from keepwell.web import exports
from keepwell.web.care import forms
from keepwell.web.shell import render

EXPECTED = ("yes", "attended", "missed")
HEADER = (
    "customer_id", "state", "proposed_by", "people", "seat", "waits_since", "came_at", "score", "invited_at",
    "answered_at",
)  # fmt: skip


def found_or_404(activity_id: int) -> ActivityView:
    """The activity, or the page that says that there is none."""
    try:
        return activities.activity(activity_id)
    except NoPlanError:
        raise Http404(_("There is no such activity.")) from None


def door(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Who is expected, where they sit, and who is here; found by name on a phone."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    found = found_or_404(activity_id)
    user = cast(Any, request.user)
    owners = accounts.owners_within(user, Permission.VIEW_CUSTOMERS)
    everybody = activities.guests(activity_id, owner_ids=owners)
    names = customers.names([one.customer_id for one in everybody])
    wanted = request.GET.get("q", "").strip()[:80]
    rows = [_row(one, names) for one in everybody if one.state in EXPECTED]
    rows = sorted(rows, key=lambda row: (row["one"].state == "attended", row["name"].casefold()))
    audit.log(
        actor=user.get_username(),
        action="care.guests.view",
        object_type="care_activity",
        object_id=str(activity_id),
        details={"guests": len(rows)},
    )
    context = {
        "title": _("Guest list"),
        "activity": found,
        "rows": [row for row in rows if wanted.casefold() in f"{row['name']} {row['one'].seat}".casefold()],
        "waiting": sorted(
            (_row(one, names) for one in everybody if one.state == "waiting"),
            key=lambda row: (row["one"].waits_since is None, row["one"].waits_since, row["one"].guest_id),
        ),
        "total": len(rows),
        "q": wanted,
        "may_answer": accounts.may(user, Permission.CHANGE_TASKS),
        "may_export": accounts.may(user, Permission.EXPORT_CUSTOMERS),
        "zone": users.zone_of(user),
    }
    return render(request, "keepwell/care/door.html", context)


def _row(one: GuestView, names: dict[str, str]) -> dict[str, Any]:
    name = names.get(one.customer_id) or one.customer_id
    return {"one": one, "name": name, "state": str(labels.GUEST[one.state]), "people": 1 + one.party}


@require_POST
def answer(request: HttpRequest, guest_id: int) -> HttpResponse:
    """What a guest answered, with whom, where they sit, whether they came, and how it was."""
    number = _guest(request, guest_id)
    post = request.POST
    try:
        services.answer(
            guest_id=guest_id,
            state=post.get("state", ""),
            score=forms.number(post.get("score", "")),
            feedback=post.get("feedback", ""),
            party=forms.number(post.get("party", "")),
            seat=post.get("seat"),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except CareError as problem:
        messages.error(request, str(problem))
    back = "care_door" if post.get("back") == "door" else "care_activity"
    return HttpResponseRedirect(reverse(back, args=[number]))


@require_POST
def check_in(request: HttpRequest, guest_id: int) -> HttpResponse:
    """At the door: here, or noted by mistake; back to where the list was."""
    number = _guest(request, guest_id)
    here = request.POST.get("here") != "no"
    try:
        seating.check_in(guest_id=guest_id, here=here, actor=request.user.get_username(), now=clock.now())
    except CareError as problem:
        messages.error(request, str(problem))
    return HttpResponseRedirect(f"{reverse('care_door', args=[number])}#g{guest_id}")


def _guest(request: HttpRequest, guest_id: int) -> int:
    try:
        return access.access_guest(request.user, Permission.CHANGE_TASKS, guest_id)
    except NoPlanError:
        raise Http404(_("There is no such guest.")) from None


def export(request: HttpRequest, activity_id: str, kind: str) -> HttpResponseBase:
    """The guests as a file, without names and without what they said."""
    accounts.require(request.user, Permission.EXPORT_CUSTOMERS)
    found_or_404(int(activity_id))
    owners = accounts.owners_within(cast(Any, request.user), Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="care.guests.export",
        object_type="care_activity",
        object_id=activity_id,
    )
    rows = (
        (
            one.customer_id, one.state, one.why, 1 + one.party, one.seat, one.waits_since, one.came_at,
            one.score, one.invited_at, one.answered_at,
        )
        for one in activities.guests(int(activity_id), owner_ids=owners)
    )  # fmt: skip
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-guests")
