"""The journey map: where customers meet the shop, how it goes, where it hurts, and what is kept ready."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.outreach.touchpoints import labels, queries, services
from keepwell.outreach.touchpoints.contracts import SPANS, MapError
from keepwell.web import spans
from keepwell.web.charts.mood import mood_chart
from keepwell.web.shell import render
from keepwell.web.touchpoints import forms, shown, table

HISTORY = 30
REMOVED = "journey_map_removed"


def the_map(request: HttpRequest) -> HttpResponse:
    """The map."""
    access.require(request.user, Permission.VIEW_PLANS)
    days = spans.asked(request, SPANS, queries.SPAN_DAYS)
    found = queries.the_map(days)
    names = users.names(shown.owner_ids(found))
    context = {
        "title": _("Journey map"),
        "map": found,
        "lanes": shown.lanes(found, names, best=queries.best(found), planned=tailoring.planned()),
        "chart": mood_chart(found.stages),
        "sentence": shown.sentence(found),
        "history": shown.changes(queries.history(HISTORY), found),
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "removed": request.session.get(REMOVED),
        "now": clock.now(),
        **spans.context("journey_map", days, SPANS),
    }
    return render(request, "keepwell/touchpoints/map.html", context)


@require_POST
def measure(request: HttpRequest) -> HttpResponse:
    """Work the figures out again."""
    access.require(request.user, Permission.VIEW_PLANS)
    days = spans.asked(request, SPANS, queries.SPAN_DAYS)
    services.measure(days=days, now=clock.now())
    messages.success(request, _("The figures are of this moment."))
    return HttpResponseRedirect(reverse("journey_map") + f"?days={days}")


@require_POST
def stage(request: HttpRequest, stage_id: int | None = None) -> HttpResponse:
    """Name a stage, or add one at the end."""
    access.require(request.user, Permission.SAVE_PLANS)
    values, _wrong = forms.numbers(request.POST)
    values["name"] = request.POST.get("name", "")
    known = next((one for one in queries.stages() if one.stage_id == stage_id), None)
    if known is not None and known.name == values["name"].strip():
        values.pop("name")
    try:
        services.save_stage(values=values, stage_id=stage_id, **_who(request))
    except MapError as error:
        messages.error(request, " ".join(error.wrong.values()))
    else:
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("journey_map"))


def touchpoint(request: HttpRequest, touchpoint_id: int | None = None) -> HttpResponse:
    """The form of a touchpoint; a part of the map where htmx asks."""
    access.require(request.user, Permission.VIEW_PLANS if touchpoint_id else Permission.SAVE_PLANS)
    present = queries.touchpoint(touchpoint_id) if touchpoint_id else None
    if touchpoint_id and present is None:
        raise Http404(_("This is no longer on the map."))
    wrong: dict[str, str] = {}
    asked = request.POST if request.method == "POST" else None
    if asked is not None:
        access.require(request.user, Permission.SAVE_PLANS)
        values, wrong = forms.touchpoint_values(asked, present)
        if not wrong:
            try:
                services.save_touchpoint(values=values, touchpoint_id=touchpoint_id, **_who(request))
            except MapError as error:
                wrong = error.wrong
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("journey_map"))
    context = {
        "title": present.name if present else _("New touchpoint"),
        "one": present,
        "typed": asked or (present.__dict__ if present else {"stage_id": _number(request, "stage")}),
        "fact": forms.fact_fields("fact", present.fact if present else {}, asked),
        "errors": wrong,
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        **forms.choices(request),
    }
    return render(
        request,
        "keepwell/touchpoints/touchpoint.html",
        context,
        fragment="keepwell/touchpoints/_touchpoint_form.html",
        status=400 if wrong else 200,
    )


def friction(request: HttpRequest, friction_id: int | None = None) -> HttpResponse:
    """A friction: how often it is met, what is kept ready, what that would have done, and its form."""
    access.require(request.user, Permission.VIEW_PLANS if friction_id else Permission.SAVE_PLANS)
    present = queries.friction(friction_id) if friction_id else None
    if friction_id and present is None:
        raise Http404(_("This is no longer on the map."))
    wrong: dict[str, str] = {}
    asked = request.POST if request.method == "POST" else None
    if asked is not None:
        access.require(request.user, Permission.SAVE_PLANS)
        values, wrong = forms.friction_values(asked, present)
        point = asked.get("touchpoint_id", "")
        values["touchpoint_id"] = int(point) if point.isdecimal() and len(point) < 10 else 0
        if not wrong:
            try:
                saved = services.save_friction(values=values, friction_id=friction_id, **_who(request))
            except MapError as error:
                wrong = error.wrong
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("journey_map_friction", args=[saved.friction_id]))
    found = queries.the_map()
    points = [
        (one.touchpoint_id, f"{stage.name} · {one.name}")
        for stage in found.stages
        for one in stage.touchpoints
    ]
    dry = queries.dry_count(present.friction_id, now=clock.now()) if present and asked is None else None
    context = {
        "title": present.name if present else _("New friction"),
        "one": present,
        "typed": asked or (present.__dict__ if present else _blank(request)),
        "fact": forms.fact_fields("fact", present.fact if present else {}, asked),
        "unless": forms.fact_fields("unless", present.unless if present else {}, asked),
        "seen": forms.fact_words(present.fact) if present else "",
        "cured": forms.fact_words(present.unless) if present and present.unless else "",
        "remedy": shown.remedy(present, shown.remedy_names([present])) if present else "",
        "dry": dry,
        "would": shown.would(dry) if dry else "",
        "outcomes": [(labels.OUTCOME[code], n) for code, n in (present.outcomes or {}).items()]
        if present
        else [],
        "problem": labels.ERROR.get(present.error, present.error) if present else "",
        "points": points,
        "errors": wrong,
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        **forms.choices(request),
    }
    return render(request, "keepwell/touchpoints/friction.html", context, status=400 if wrong else 200)


@require_POST
def act(request: HttpRequest, kind: str, number: int, action: str) -> HttpResponse:
    """Switch a remedy on or off, take something from the map, bring it back."""
    access.require(request.user, Permission.SAVE_PLANS)
    who = _who(request)
    back = reverse("journey_map")
    try:
        if (kind, action) == ("friction", "on"):
            services.switch_on(friction_id=number, **who)
            messages.success(request, _("Switched on: whoever meets it from now on gets the remedy."))
            back = reverse("journey_map_friction", args=[number])
        elif (kind, action) == ("friction", "off"):
            services.switch_off(friction_id=number, **who)
            messages.success(request, _("Switched off. What was started goes on."))
            back = reverse("journey_map_friction", args=[number])
        elif kind in ("touchpoint", "friction") and action == "remove":
            if kind == "friction":
                services.remove_friction(friction_id=number, **who)
            else:
                services.remove_touchpoint(touchpoint_id=number, **who)
            request.session[REMOVED] = [kind, number]
            messages.success(
                request, _("Taken from the map. It can be brought back at the top of this page.")
            )
        elif kind in ("touchpoint", "friction") and action == "restore":
            services.restore(kind=kind, number=number, **who)
            request.session.pop(REMOVED, None)
            messages.success(request, _("It is on the map again."))
        else:
            raise Http404
    except MapError as error:
        messages.error(request, " ".join(error.wrong.values()))
        if kind == "friction" and queries.friction(number) is not None:
            back = reverse("journey_map_friction", args=[number])
    return HttpResponseRedirect(back)


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The map as one table: a line for each friction, or for each touchpoint without any."""
    access.require(request.user, Permission.VIEW_PLANS)
    found = queries.the_map(spans.asked(request, SPANS, queries.SPAN_DAYS))
    return spans.export(
        request,
        kind,
        name="journey_map",
        days=found.days,
        header=table.HEADER,
        rows=table.lines(found),
        file_name="keepwell-journey-map",
    )


def _blank(request: HttpRequest) -> dict[str, Any]:
    return {
        "touchpoint_id": _number(request, "touchpoint"),
        "severity": 2,
        "within_hours": 0,
        "due_hours": 24,
        "again_days": 30,
        "remedy_purpose": "service",
        "task_channel": "phone",
    }


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": clock.now()}
