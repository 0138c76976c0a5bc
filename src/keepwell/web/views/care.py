"""Acts of care: the list, single acts, and what care did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach import core as outreach
from keepwell.outreach.contracts import TaskError
from keepwell.plays.care import access, labels, services
from keepwell.plays.care.contracts import CareError, Change, NoPlanError
from keepwell.plays.care.queries import catalogue, effects, plans
from keepwell.web import exports
from keepwell.web.care import forms, words
from keepwell.web.shell import render

WHOSE = ("mine", "all", "over")
KEY = "care_undo"
HEADER = (
    "customer_id", "act", "occasion", "due_on", "status", "owner", "channel", "budget", "cost", "currency",
    "gift", "outcome", "score", "finished_at",
)  # fmt: skip


def desk(request: HttpRequest) -> HttpResponse:
    """What is due, by day."""
    accounts.require(request.user, Permission.VIEW_CUSTOMERS)
    user = cast(Any, request.user)
    within = customer_access.scope(user, Permission.VIEW_CUSTOMERS)
    now = clock.now()
    today = timezone.localdate(now)
    usual = "mine" if accounts.reach(user, Permission.CHANGE_TASKS) is Reach.OWN else "all"
    whose = request.GET.get("whose", usual)
    whose = whose if whose in WHOSE else usual
    kind = request.GET.get("act", "")
    kind = kind if kind in labels.ACT else ""
    found = plans.listed(
        within=within,
        owner_ids=[user.pk] if whose == "mine" else None,
        act=kind,
        finished=whose == "over",
    )
    names, gifts = customers.names([one.customer_id for one in found.rows]), catalogue.gift_names()
    context = {
        "title": _("Care"),
        "rows": [words.act_row(one, today, gifts, names) for one in found.rows],
        "sentence": words.sentence(found.total, plans.overdue(within, today)),
        "whose": whose,
        "kind": kind,
        "kinds": [
            (code, str(name), found.counts[code]) for code, name in labels.ACT.items() if code in found.counts
        ],
        "more": found.total - len(found.rows),
        "plans": plans.counts(within).get("active", 0),
        "may_assign": accounts.may(user, Permission.CHANGE_TASKS)
        and accounts.may(user, Permission.VIEW_SEGMENTS),
        "may_export": accounts.may(user, Permission.EXPORT_CUSTOMERS),
        "undo": offered(request, now),
    }
    return render(request, "keepwell/care/desk.html", context)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Every act within reach as a file: numbers and codes, no names."""
    accounts.require(request.user, Permission.EXPORT_CUSTOMERS)
    within = customer_access.scope(request.user, Permission.EXPORT_CUSTOMERS)
    audit.log(
        actor=request.user.get_username(), action="care.export", object_type="care_act", object_id="list"
    )
    rows = (
        (
            one.customer_id, one.act, one.occasion, one.due_on, str(one.status), one.owner_name, one.channel,
            one.budget, one.cost, one.currency, one.gift, one.outcome, one.score, one.finished_at,
        )
        for one in plans.each(within=within)
    )  # fmt: skip
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, rows, "keepwell-care")


@require_POST
def act(request: HttpRequest, act_id: int, action: str) -> HttpResponse:
    """One step of an act; it can be undone for a moment."""
    if action not in ACTIONS:
        raise Http404
    try:
        access.access_act(request.user, Permission.CHANGE_TASKS, act_id)
    except NoPlanError:
        raise Http404(_("There is no such act.")) from None
    now = clock.now()
    try:
        change = ACTIONS[action](request, act_id, now)
    except (CareError, TaskError) as error:
        messages.error(request, str(error))
    else:
        request.session[KEY] = {"token": change.token, "action": change.action, "at": now.isoformat()}
    return back(request)


def _reschedule(request: HttpRequest, act_id: int, now: datetime) -> Change:
    return services.reschedule(due_on=forms.day(request.POST.get("due_on", "")), **_by(request, act_id, now))


def _skip(request: HttpRequest, act_id: int, now: datetime) -> Change:
    return services.skip(reason=request.POST.get("reason", ""), **_by(request, act_id, now))


def _done(request: HttpRequest, act_id: int, now: datetime) -> Change:
    return services.done(**_result(request), **_by(request, act_id, now))


def _record(request: HttpRequest, act_id: int, now: datetime) -> Change:
    return services.record(**_result(request), **_by(request, act_id, now))


def _gift(request: HttpRequest, act_id: int, now: datetime) -> Change:
    return services.choose_gift(
        gift=request.POST.get("gift", ""),
        budget=forms.amount(request.POST.get("budget", "")),
        **_by(request, act_id, now),
    )


def _result(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    return {
        "cost": forms.optional(post.get("cost", "")),
        "note": post.get("note", ""),
        "score": forms.number(post.get("score", "")),
    }


def _by(request: HttpRequest, act_id: int, now: datetime) -> dict[str, Any]:
    return {"act_id": act_id, "actor": request.user.get_username(), "now": now}


ACTIONS: dict[str, Callable[[HttpRequest, int, datetime], Change]] = {
    "reschedule": _reschedule,
    "skip": _skip,
    "done": _done,
    "record": _record,
    "gift": _gift,
}


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back one's own last step; whose it is the service asks."""
    accounts.require(request.user, Permission.CHANGE_TASKS)
    try:
        services.undo(token=request.POST.get("token", ""), actor=request.user.get_username(), now=clock.now())
    except (CareError, TaskError) as error:
        messages.error(request, str(error))
    request.session.pop(KEY, None)
    return back(request)


def offered(request: HttpRequest, now: datetime) -> dict[str, Any] | None:
    """The step that can be undone and in which words; None where nothing can."""
    kept = request.session.get(KEY)
    at = parse_datetime(kept["at"]) if kept else None
    if not kept or at is None or not outreach.may_undo(done_at=at, now=now):
        return None
    text = {
        "reschedule": _("The act is on another day now."),
        "skip": _("The act is left out."),
        "done": _("The act is done."),
        "gift": _("The gift is chosen."),
    }.get(kept["action"], _("Saved."))
    left = outreach.UNDO_SECONDS - int((now - at).total_seconds())
    return {"token": kept["token"], "text": text, "seconds": max(left, 1)}


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that the form stood on."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(reverse("care"))


def effect(request: HttpRequest) -> HttpResponse:
    """What became of those who were cared for, beside others."""
    accounts.require(request.user, Permission.VIEW_FIGURES)
    owners = accounts.owners_within(request.user, Permission.VIEW_FIGURES)
    found = effects.report(owner_ids=owners, now=clock.now())
    context = {
        "title": _("Effect of care"),
        "report": found,
        "felt": [(labels.FELT[one.metric], one) for one in found.felt if one.said_cared or one.said_others],
        "acts": [(str(labels.ACT.get(code, code)), count) for code, count in found.acts],
    }
    return render(request, "keepwell/care/effect.html", context)
