"""Activities: the list, one with its guests and checklist, answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.labels import CHANNEL, TRAIT
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.plays.care import access, defaults, labels
from keepwell.plays.care.contracts import ActivityView, CareError, NoPlanError
from keepwell.plays.care.queries import activities
from keepwell.plays.care.services import activities as services
from keepwell.web import exports, formats
from keepwell.web.care import forms
from keepwell.web.shell import render

FIELDS = (
    "name", "kind", "at", "place", "capacity", "budget", "owner", "segment", "interest", "channel", "subject",
    "text",
)  # fmt: skip
HEADER = ("customer_id", "state", "proposed_by", "score", "invited_at", "answered_at")


def listed(request: HttpRequest) -> HttpResponse:
    """Every activity; a new one is planned here."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    error = ""
    if request.method == "POST":
        accounts.require(request.user, Permission.SAVE_PLANS)
        try:
            number = services.save(
                values=_values(request), actor=request.user.get_username(), now=clock.now()
            )
        except CareError as problem:
            error = str(problem)
        else:
            return HttpResponseRedirect(reverse("care_activity", args=[number]))
    context = {
        "title": _("Activities"),
        "rows": [row(one) for one in activities.activities()],
        "may_change": accounts.may(request.user, Permission.SAVE_PLANS),
        "error": error,
        "fields": fields(request, None, typed=bool(error)),
        **_choices(request),
    }
    return render(request, "keepwell/care/activities.html", context, status=400 if error else 200)


def row(one: ActivityView) -> dict[str, Any]:
    """An activity in a list."""
    return {
        "one": one,
        "kind": str(labels.ACTIVITY[one.kind]),
        "status": str(labels.ACTIVITY_STATUS[one.status]),
        "guests": [(str(labels.GUEST[code]), count) for code, count in sorted(one.guests.items())],
    }


def _choices(request: HttpRequest) -> dict[str, Any]:
    user = cast(Any, request.user)
    return {
        "kinds": [(code, str(labels.ACTIVITY[code])) for code in defaults.ACTIVITY_KINDS],
        "interests": [(code, str(name)) for code, name in TRAIT["interest"].items()],
        "channels": [(code, str(CHANNEL[code])) for code in services.CHANNELS],
        "segments": [(one.segment_id, one.name) for one in segments.segments(user)],
        "colleagues": [(pk, users.name_of(one)) for pk, one in users.workers().items()],
        "zone": users.zone_of(user),
    }


def fields(request: HttpRequest, found: ActivityView | None, *, typed: bool) -> dict[str, str]:
    """What stands in the form: what was typed, else the activity."""
    if typed:
        return {name: request.POST.get(name, "") for name in FIELDS}
    if found is None:
        return {**dict.fromkeys(FIELDS, ""), "owner": str(request.user.pk)}
    at = found.at.astimezone(users.zone_of(cast(Any, request.user)))
    return {
        "name": found.name,
        "kind": found.kind,
        "at": at.strftime("%Y-%m-%dT%H:%M"),
        "place": found.place,
        "capacity": str(found.capacity),
        "budget": forms.plain(found.budget) if found.budget else "",
        "owner": str(found.owner_id or ""),
        "segment": str(found.segment_id or ""),
        "interest": found.interest,
        "channel": found.channel,
        "subject": found.subject,
        "text": found.text,
    }


def _values(request: HttpRequest) -> dict[str, Any]:
    post, user = request.POST, cast(Any, request.user)
    segment_id = forms.number(post.get("segment", ""))
    seen = {one.segment_id for one in segments.segments(user)}
    return {
        "name": post.get("name", "").strip(),
        "kind": post.get("kind", ""),
        "at": forms.moment(post.get("at", ""), users.zone_of(user)),
        "place": post.get("place", "").strip()[:200],
        "capacity": forms.number(post.get("capacity", "")) or 0,
        "owner_id": forms.number(post.get("owner", "")) or user.pk,
        "budget": forms.amount(post.get("budget", "")),
        "segment_id": segment_id if segment_id in seen else None,
        "interest": post.get("interest", ""),
        "channel": post.get("channel", "email"),
        "subject": post.get("subject", "").strip()[:200],
        "text": post.get("text", "").strip(),
    }


def one(request: HttpRequest, activity_id: int, error: str = "") -> HttpResponse:
    """One activity with its guests."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    found = _found(activity_id)
    user = cast(Any, request.user)
    owners = accounts.owners_within(user, Permission.VIEW_CUSTOMERS)
    guests = activities.guests(activity_id, owner_ids=owners)
    names = customers.names([guest.customer_id for guest in guests])
    now = clock.now()
    context = {
        "title": found.name,
        "activity": found,
        "row": row(found),
        "guests": [
            {
                "one": guest,
                "name": names.get(guest.customer_id) or guest.customer_id,
                "state": str(labels.GUEST[guest.state]),
                "why": guest.why,
            }
            for guest in guests
        ],
        "proposed": [guest.guest_id for guest in guests if guest.state == "proposed"],
        "checks": [(code, str(labels.CHECK.get(code, code)), done) for code, done in found.checklist],
        "answers": [(code, str(labels.GUEST[code])) for code in (*services.ANSWERS, *services.CAME)],
        "segment": segments.names().get(found.segment_id, "") if found.segment_id else "",
        "interest": str(TRAIT["interest"].get(found.interest, "")),
        "may_change": accounts.may(user, Permission.SAVE_PLANS),
        "may_answer": accounts.may(user, Permission.CHANGE_TASKS),
        "may_export": accounts.may(user, Permission.EXPORT_CUSTOMERS),
        "is_open": found.status in services.OPEN and found.at > now,
        "is_past": found.at <= now,
        "error": error,
        "fields": fields(request, found, typed=bool(error) and "name" in request.POST),
        **_choices(request),
    }
    return render(request, "keepwell/care/activity.html", context, status=400 if error else 200)


def _found(activity_id: int) -> ActivityView:
    try:
        return activities.activity(activity_id)
    except NoPlanError:
        raise Http404(_("There is no such activity.")) from None


@require_POST
def act(request: HttpRequest, activity_id: int, action: str) -> HttpResponse:
    """One step of an activity."""
    accounts.require(request.user, Permission.SAVE_PLANS)
    if action not in ACTIONS:
        raise Http404
    _found(activity_id)
    try:
        said = ACTIONS[action](request, activity_id, clock.now())
    except CareError as problem:
        return one(request, activity_id, str(problem))
    messages.success(request, said)
    return HttpResponseRedirect(reverse("care_activity", args=[activity_id]))


def _save(request: HttpRequest, activity_id: int, now: datetime) -> str:
    services.save(values=_values(request), **_by(request, activity_id, now))
    return _("Noted.")


def _propose(request: HttpRequest, activity_id: int, now: datetime) -> str:
    owners = accounts.owners_within(cast(Any, request.user), Permission.SAVE_PLANS)
    count = services.propose(owner_ids=owners, **_by(request, activity_id, now))
    return ngettext("%(count)s guest is proposed.", "%(count)s guests are proposed.", count) % {
        "count": formats.number(count)
    }


def _invite(request: HttpRequest, activity_id: int, now: datetime) -> str:
    chosen = [int(one) for one in request.POST.getlist("guest") if one.isdecimal()]
    count = services.invite(guest_ids=chosen, **_by(request, activity_id, now))
    return ngettext(
        "%(count)s invitation is on its way.", "%(count)s invitations are on their way.", count
    ) % {"count": formats.number(count)}


def _check(request: HttpRequest, activity_id: int, now: datetime) -> str:
    post = request.POST
    services.check(checked=post.getlist("check"), own=post.get("own", ""), **_by(request, activity_id, now))
    return _("Noted.")


def _close(request: HttpRequest, activity_id: int, now: datetime) -> str:
    post = request.POST
    services.close(
        cost=forms.optional(post.get("cost", "")),
        improvements=post.get("improvements", ""),
        held=post.get("held") != "no",
        **_by(request, activity_id, now),
    )
    return _("Noted.")


def _by(request: HttpRequest, activity_id: int, now: datetime) -> dict[str, Any]:
    return {"activity_id": activity_id, "actor": request.user.get_username(), "now": now}


ACTIONS: dict[str, Callable[[HttpRequest, int, datetime], str]] = {
    "save": _save,
    "propose": _propose,
    "invite": _invite,
    "check": _check,
    "close": _close,
}


@require_POST
def answer(request: HttpRequest, guest_id: int) -> HttpResponse:
    """What a guest answered, whether they came, and how it was."""
    try:
        number = access.access_guest(request.user, Permission.CHANGE_TASKS, guest_id)
    except NoPlanError:
        raise Http404(_("There is no such guest.")) from None
    post = request.POST
    try:
        services.answer(
            guest_id=guest_id,
            state=post.get("state", ""),
            score=forms.number(post.get("score", "")),
            feedback=post.get("feedback", ""),
            actor=request.user.get_username(),
            now=clock.now(),
        )
    except CareError as problem:
        messages.error(request, str(problem))
    return HttpResponseRedirect(reverse("care_activity", args=[number]))


def export(request: HttpRequest, activity_id: str, kind: str) -> HttpResponseBase:
    """The guests as a file, without names and without what they said."""
    accounts.require(request.user, Permission.EXPORT_CUSTOMERS)
    _found(int(activity_id))
    owners = accounts.owners_within(cast(Any, request.user), Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(),
        action="care.guests.export",
        object_type="care_activity",
        object_id=activity_id,
    )
    rows = (
        (one.customer_id, one.state, one.why, one.score, one.invited_at, one.answered_at)
        for one in activities.guests(int(activity_id), owner_ids=owners)
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-guests")
