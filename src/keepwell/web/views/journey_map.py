"""The journey map: where customers meet the shop, how it goes, where it hurts, and what is kept ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight.labels import COMMUNICATION_GROUP
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.touchpoints import labels, queries, services
from keepwell.outreach.touchpoints.contracts import (
    SPANS,
    Figures,
    FrictionView,
    MapError,
    MapView,
    StageView,
    TouchpointView,
)
from keepwell.web import exports, formats
from keepwell.web.charts.mood import mood_chart
from keepwell.web.shell import render
from keepwell.web.touchpoints import forms

HISTORY = 30
# Below so many people a share is not shown: it would say more about chance than about customers.
FEWEST = 20
REMOVED = "journey_map_removed"


def the_map(request: HttpRequest) -> HttpResponse:
    """The map."""
    access.require(request.user, Permission.VIEW_PLANS)
    days = _days(request)
    found = queries.the_map(days)
    names = users.names(_owner_ids(found))
    context = {
        "title": _("Journey map"),
        "map": found,
        "lanes": [_lane(one, names) for one in found.stages],
        "chart": mood_chart(found.stages),
        "sentence": sentence(found),
        "spans": [(span, span == days) for span in SPANS],
        "history": [
            {
                "at": one.at,
                "actor": one.actor,
                "what": _changed(one.action),
                "about": _about(one.object_id, found),
            }
            for one in queries.history(HISTORY)
        ],
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "removed": request.session.get(REMOVED),
        "export_csv": reverse("journey_map_export", args=["csv"]) + f"?days={days}",
        "export_xlsx": reverse("journey_map_export", args=["xlsx"]) + f"?days={days}",
        "now": clock.now(),
    }
    return render(request, "keepwell/touchpoints/map.html", context)


@require_POST
def measure(request: HttpRequest) -> HttpResponse:
    """Work the figures out again."""
    access.require(request.user, Permission.VIEW_PLANS)
    days = _days(request)
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
        "remedy": _remedy(present) if present else "",
        "dry": dry,
        "would": would(dry) if dry else "",
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


HEADER = (
    "stage", "touchpoint", "channel", "group", "owner", "contacts", "customers", "tickets_14d",
    "complaints_14d", "score", "answers", "early", "bought_30d", "lift", "mood", "mood_measured",
    "stage_customers", "stage_early", "stage_went_on_30d", "stage_drop_off", "friction", "severity",
    "friction_owner", "met", "met_customers", "complained_30d", "hours_to_complaint", "remedy",
    "remedy_code", "remedy_on",
)  # fmt: skip


def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The map as one table: a line for each friction, or for each touchpoint without any."""
    access.require(request.user, Permission.VIEW_PLANS)
    found = queries.the_map(_days(request))
    audit.log(
        actor=request.user.get_username(),
        action="journey_map.export",
        object_type="report",
        object_id="journey_map",
        details={"days": found.days},
    )
    respond = exports.xlsx_response if kind == "xlsx" else exports.csv_response
    return respond(HEADER, _lines(found), "keepwell-journey-map")


def _lines(found: MapView) -> Iterator[tuple[Any, ...]]:
    names = users.names(_owner_ids(found))
    for stage in found.stages:
        way = stage.figures
        people = (way.customers, way.early, way.went_on, _rounded(way.drop_off)) if way else (None,) * 4
        for one in stage.touchpoints:
            said = one.figures
            counted = (
                (
                    said.contacts,
                    said.customers,
                    said.tickets,
                    said.complaints,
                    _rounded(said.score),
                    said.answers,
                    said.early,
                    said.bought,
                    _rounded(said.lift),
                )
                if said
                else (None,) * 9
            )
            first = (stage.name, one.name, one.channel, one.group, names.get(one.owner_id or 0, ""), *counted)
            middle = (_rounded(one.mood), one.is_measured, *people)
            for each in one.frictions or (None,):
                yield (*first, *middle, *_friction_cells(each, names))


def _friction_cells(one: FrictionView | None, names: dict[int, str]) -> tuple[Any, ...]:
    if one is None:
        return (None,) * 10
    seen = one.evidence
    counts = (
        (seen.met, seen.customers, seen.complained, seen.hours_to_complaint)
        if seen
        else (None, None, None, None)
    )
    return (
        one.name, one.severity, names.get(one.owner_id or 0, ""), *counts, one.remedy, one.remedy_code,
        one.is_on,
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def sentence(found: MapView) -> str:
    """Where it hurts most, and what is kept ready, in one sentence."""
    frictions = [one for stage in found.stages for point in stage.touchpoints for one in point.frictions]
    known = [one for one in frictions if one.evidence and one.evidence.met]
    if found.until is None:
        return _("Where do customers meet us, how does it go, and what do we keep ready where it hurts?")
    if not known:
        return _("Nothing went wrong in these days, as far as the facts tell.")
    worst = max(known, key=lambda one: one.severity * (one.evidence.customers if one.evidence else 0))
    assert worst.evidence is not None
    on = sum(one.is_on for one in frictions)
    first = ngettext(
        "“%(what)s” met %(customers)s customer in %(days)s days.",
        "“%(what)s” met %(customers)s customers in %(days)s days.",
        worst.evidence.customers,
    ) % {"what": worst.name, "customers": formats.number(worst.evidence.customers), "days": found.days}
    ready = _("%(on)s of %(all)s remedies start by themselves.") % {"on": on, "all": len(frictions)}
    return f"{first} {ready}"


def would(dry: Any) -> str:
    """What the remedy would have done, in a sentence."""
    if not dry.met:
        return _("Nobody met this in the last %(days)s days.") % {"days": dry.days}
    return ngettext(
        "It would have begun for %(customers)s customer in the last %(days)s days.",
        "It would have begun for %(customers)s customers in the last %(days)s days.",
        dry.would_start,
    ) % {"customers": formats.number(dry.would_start), "days": dry.days}


def _lane(stage: StageView, names: dict[int, str]) -> dict[str, Any]:
    way = stage.figures
    return {
        "stage": stage,
        "points": [_point(one, names) for one in stage.touchpoints],
        "drop_off": formats.percent(way.drop_off) if way and way.early >= FEWEST else "",
        "few": bool(way and 0 < way.early < FEWEST),
    }


def _point(one: TouchpointView, names: dict[int, str]) -> dict[str, Any]:
    said = one.figures
    face = "" if one.mood is None else ("good" if one.mood > 0.25 else "bad" if one.mood < -0.25 else "even")
    return {
        "one": one,
        "channel": CHANNEL.get(one.channel, ""),
        "group": COMMUNICATION_GROUP.get(one.group, ""),
        "owner": names.get(one.owner_id or 0, ""),
        "counts": forms.fact_words(one.fact),
        "score": formats.percent(said.score) if said and said.score is not None and one.is_measured else "",
        "face": face,
        "bought": _bought(said) if said and one.fact.get("fact") != "orders" else "",
        "frictions": [
            {
                "one": each,
                "severity": labels.SEVERITY[each.severity],
                "owner": names.get(each.owner_id or 0, ""),
                "remedy": _remedy(each),
            }
            for each in one.frictions
        ],
    }


def _bought(said: Figures) -> str:
    """How many bought afterwards, beside everybody seen on the map; nothing where there are too few."""
    if said.lift is None:
        return ""
    return _(
        "%(share)s ordered within 30 days, %(times)s times as many as all (%(bought)s of %(people)s)"
    ) % {
        "share": formats.percent(said.bought / said.early),
        "times": formats.number(said.lift, 1),
        "bought": formats.number(said.bought),
        "people": formats.number(said.early),
    }


def _remedy(one: FrictionView) -> str:
    if one.remedy == "journey":
        found = journeys.by_code(one.remedy_code)
        return _("Journey: %(name)s") % {"name": found.name if found else one.remedy_code}
    if one.remedy == "message":
        text = content.get(one.remedy_code)
        return _("Message: %(name)s") % {"name": text.name if text else one.remedy_code}
    if one.remedy == "task":
        return _("Task: %(words)s") % {"words": one.task_words}
    return ""


def _owner_ids(found: MapView) -> set[int | None]:
    points = [one for stage in found.stages for one in stage.touchpoints]
    return {one.owner_id for one in points} | {each.owner_id for one in points for each in one.frictions}


def _changed(action: str) -> str:
    return str(
        {
            "stage.add": _("Stage added"),
            "stage.change": _("Stage changed"),
            "touchpoint.add": _("Touchpoint added"),
            "touchpoint.change": _("Touchpoint changed"),
            "friction.add": _("Friction added"),
            "friction.change": _("Friction changed"),
            "remedy.on": _("Remedy switched on"),
            "remedy.off": _("Remedy switched off"),
        }.get(action.removeprefix("journey_map."), action)
    )


def _about(object_id: str, found: MapView) -> str:
    kind, _separator, number = object_id.partition(":")
    points = [one for stage in found.stages for one in stage.touchpoints]
    names = {
        "stage": {one.stage_id: one.name for one in found.stages},
        "touchpoint": {one.touchpoint_id: one.name for one in points},
        "friction": {each.friction_id: each.name for one in points for each in one.frictions},
    }
    return names.get(kind, {}).get(int(number) if number.isdecimal() else 0, "")


def _days(request: HttpRequest) -> int:
    asked = request.POST.get("days", "") if request.method == "POST" else request.GET.get("days", "")
    return int(asked) if asked in {str(one) for one in SPANS} else queries.SPAN_DAYS


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
