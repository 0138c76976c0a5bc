"""Activities: the list, and one with its guests and checklist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.labels import CHANNEL, TRAIT
from keepwell.foundation import clock
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.sending.marks import addresses
from keepwell.plays.care import access as care_access
from keepwell.plays.care import defaults, invitations, labels
from keepwell.plays.care.contracts import ActivityView, CareError, GuestView, NoPlanError
from keepwell.plays.care.queries import activities
from keepwell.plays.care.queries import meetings as series
from keepwell.plays.care.services import activities as services
from keepwell.plays.care.services import meetings
from keepwell.plays.care.services.checks import MESSAGED
from keepwell.web import formats
from keepwell.web.care import activity_forms, forms, words
from keepwell.web.shell import render
from keepwell.web.views.care_guests import found_or_404

OTHER_FIELDS = 10  # of a form that names guests; the next press invites the next ones
ANSWERS = (*services.ANSWERS, "waiting", *services.CAME)


def listed(request: HttpRequest) -> HttpResponse:
    """Every activity; a new one is planned here."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    error = ""
    if request.method == "POST":
        accounts.require(request.user, Permission.SAVE_PLANS)
        try:
            number = services.save(
                values=activity_forms.values(request), actor=request.user.get_username(), now=clock.now()
            )
        except CareError as problem:
            error = str(problem)
        else:
            return HttpResponseRedirect(reverse("care_activity", args=[number]))
    names = segments.names()
    context = {
        "title": _("Activities"),
        "rows": [row(one) for one in activities.activities()],
        "series": [(one, names.get(one.segment_id or 0, "")) for one in series.series()],
        "may_change": accounts.may(request.user, Permission.SAVE_PLANS),
        "error": error,
        "fields": activity_forms.fields(request, None, typed=bool(error)),
        "lessons": activities.lessons(""),
        **_choices(request),
    }
    return render(request, "keepwell/care/activities.html", context, status=400 if error else 200)


@require_POST
def save_series(request: HttpRequest) -> HttpResponse:
    """Begin a private meeting every quarter, or stop one and let it go on."""
    accounts.require(request.user, Permission.SAVE_PLANS)
    post, actor, now = request.POST, request.user.get_username(), clock.now()
    number = forms.number(post.get("series", ""))
    try:
        if number is None:
            meetings.save_series(values=activity_forms.series_values(request), actor=actor, now=now)
            messages.success(
                request, _("Begun: the meeting of the coming quarter is proposed by the worker.")
            )
        else:
            meetings.switch(series_id=number, active=post.get("active") == "yes", actor=actor, now=now)
            messages.success(request, _("Noted."))
    except CareError as problem:
        messages.error(request, str(problem))
    except NoPlanError:
        raise Http404(_("There is no such series.")) from None
    return HttpResponseRedirect(reverse("care_activities"))


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
        "channels": [(code, str(CHANNEL[code])) for code in MESSAGED],
        "segments": [(one.segment_id, one.name) for one in segments.segments(user)],
        "colleagues": [(pk, users.name_of(one)) for pk, one in users.workers().items()],
        "languages": [
            (code, str(name)) for code, name in settings.LANGUAGES if code in invitations.LANGUAGES
        ],
        "zone": users.zone_of(user),
    }


def one(request: HttpRequest, activity_id: int, error: str = "") -> HttpResponse:
    """One activity with its guests."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    found = found_or_404(activity_id)
    user = cast(Any, request.user)
    owners = accounts.owners_within(user, Permission.VIEW_CUSTOMERS)
    guests = activities.guests(activity_id, owner_ids=owners)
    names = customers.names([guest.customer_id for guest in guests])
    now, has_page = clock.now(), not addresses.unreachable()
    at_once = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - OTHER_FIELDS
    context = {
        "title": found.name,
        "activity": found,
        "row": row(found),
        "guests": [
            {
                "one": guest,
                "name": names.get(guest.customer_id) or guest.customer_id,
                "state": str(labels.GUEST[guest.state]),
                "why": str(labels.WHY.get(guest.why, "")),
                "link": addresses.guest_url(guest.message_id) if guest.message_id and has_page else "",
            }
            for guest in guests
        ],
        "proposed": _proposed(user, guests)[:at_once],
        "checks": [(code, str(labels.CHECK.get(code, code)), done) for code, done in found.checklist],
        "answers": [(code, str(labels.GUEST[code])) for code in ANSWERS],
        "segment": segments.names().get(found.segment_id, "") if found.segment_id else "",
        "interest": str(TRAIT["interest"].get(found.interest, "")),
        "may_change": accounts.may(user, Permission.SAVE_PLANS),
        "may_answer": accounts.may(user, Permission.CHANGE_TASKS),
        "may_export": accounts.may(user, Permission.EXPORT_CUSTOMERS),
        "is_open": found.status in services.OPEN and found.at > now,
        "is_proposal": found.status == "proposed",
        "is_past": found.at <= now,
        "error": error,
        "fields": activity_forms.fields(request, found, typed=bool(error) and "name" in request.POST),
        "lessons": activities.lessons(found.kind, before=found.activity_id),
        "seeds": list(zip(invitations.LANGUAGES, invitations.SEEDS[found.kind], strict=True)),
        "themes": words.themes(found.themes),
        "waiting": found.guests.get("waiting", 0),
        "asked": [guest for guest in guests if guest.question],
        "has_page": has_page,
        **_choices(request),
    }
    return render(request, "keepwell/care/activity.html", context, status=400 if error else 200)


def _proposed(user: Any, guests: Sequence[GuestView]) -> list[int]:
    """Whom `user` may invite: who is seen may be out of reach."""
    waiting = {one.customer_id: one.guest_id for one in guests if one.state == "proposed"}
    within = customers.ids_among(waiting, accounts.owners_within(user, Permission.SAVE_PLANS))
    return [waiting[number] for number in within]


@require_POST
def act(request: HttpRequest, activity_id: int, action: str) -> HttpResponse:
    """One step of an activity."""
    accounts.require(request.user, Permission.SAVE_PLANS)
    if action not in ACTIONS:
        raise Http404
    found_or_404(activity_id)
    try:
        said = ACTIONS[action](request, activity_id, clock.now())
    except CareError as problem:
        return one(request, activity_id, str(problem))
    messages.success(request, said)
    return HttpResponseRedirect(reverse("care_activity", args=[activity_id]))


def _save(request: HttpRequest, activity_id: int, now: datetime) -> str:
    services.save(values=activity_forms.values(request), **_by(request, activity_id, now))
    return _("Noted.")


def _propose(request: HttpRequest, activity_id: int, now: datetime) -> str:
    owners = accounts.owners_within(cast(Any, request.user), Permission.SAVE_PLANS)
    count = services.propose(owner_ids=owners, **_by(request, activity_id, now))
    return ngettext("%(count)s guest is proposed.", "%(count)s guests are proposed.", count) % {
        "count": formats.number(count)
    }


def _invite(request: HttpRequest, activity_id: int, now: datetime) -> str:
    asked = (forms.number(one) for one in request.POST.getlist("guest"))
    chosen = [one for one in asked if one is not None]
    user = cast(Any, request.user)
    care_access.access_guests(user, Permission.SAVE_PLANS, chosen)
    owners = accounts.owners_within(user, Permission.SAVE_PLANS)
    count = services.invite(guest_ids=chosen, owner_ids=owners, **_by(request, activity_id, now))
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


def _approve(request: HttpRequest, activity_id: int, now: datetime) -> str:
    meetings.decide(approved=True, **_by(request, activity_id, now))
    return _("Approved: guests can be invited now.")


def _refuse(request: HttpRequest, activity_id: int, now: datetime) -> str:
    meetings.decide(approved=False, **_by(request, activity_id, now))
    return _("Dropped for this quarter.")


def _by(request: HttpRequest, activity_id: int, now: datetime) -> dict[str, Any]:
    return {"activity_id": activity_id, "actor": request.user.get_username(), "now": now}


ACTIONS: dict[str, Callable[[HttpRequest, int, datetime], str]] = {
    "save": _save,
    "propose": _propose,
    "invite": _invite,
    "check": _check,
    "close": _close,
    "approve": _approve,
    "refuse": _refuse,
}
