"""Journeys: what sets customers going, the steps that follow, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach.journeys import labels, queries, services, words
from keepwell.outreach.journeys.contracts import (
    RUNNING,
    SPANS,
    JourneyError,
    JourneyView,
    Severity,
    Statistics,
    StepStatistics,
    VersionView,
)
from keepwell.outreach.journeys.core.graph import Definition, End, in_order
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.sending.labels import MESSAGE_STATUS
from keepwell.web import spans
from keepwell.web.journeys import drawing as drawings
from keepwell.web.journeys import trials, watching
from keepwell.web.lifts import panel as effect_panel
from keepwell.web.shell import render, wants_fragment

TABS = (
    ("", gettext_lazy("All")),
    ("on", gettext_lazy("Switched on")),
    ("paused", gettext_lazy("Paused")),
    ("draft", gettext_lazy("Not used yet")),
)
# What each button does, and what is said when it is done.
ACTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "approve": (services.approve, gettext_lazy("Approved. It may be switched on.")),
    "reopen": (services.reopen, gettext_lazy("The approval is taken back.")),
    "on": (services.switch_on, gettext_lazy("Switched on: whoever it is for comes in from now on.")),
    "pause": (services.pause, gettext_lazy("Paused: nobody comes in and nobody goes on.")),
    "resume": (services.resume, gettext_lazy("It goes on.")),
    "close": (services.close, gettext_lazy("Nobody comes in any more; who is inside finishes.")),
    "stop": (services.stop, gettext_lazy("Ended for everybody; what had not gone is taken back.")),
}
WITH_REASON = frozenset({"on", "pause", "close", "stop"})
BY_REVISION = frozenset({"approve", "on"})


def listed(request: HttpRequest) -> HttpResponse:
    """Every journey, those in use first."""
    access.require(request.user, Permission.VIEW_PLANS)
    status = request.GET.get("status", "")
    found = queries.journeys(status=status if status in dict(TABS) else "")
    rows: list[dict[str, Any]] = [
        {"one": one, "status": labels.STATUS[one.status], "start": _start(one)} for one in found
    ]
    context = {
        "title": _("Journeys"),
        "rows": sorted(rows, key=lambda row: row["one"].status == "draft"),
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "tabs": [(code, word, code == status) for code, word in TABS],
    }
    return render(request, "keepwell/journeys/list.html", context)


def journey(request: HttpRequest, journey_id: int) -> HttpResponse:
    """One journey: its path drawn and in words, with what happened at each step."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(journey_id)
    listed = queries.versions(journey_id)
    shown = one.on or one.draft or next(iter(listed), None)
    asked = request.GET.get("version", "")
    shown = next((each for each in listed if str(each.number) == asked), shown)
    if shown is None:
        raise Http404
    plan = parse(shown.definition)
    counted = next(iter(queries.statistics(journey_id, version=shown.number)), None)
    tried = trials.context(journey_id, (one.draft or shown).definition)
    context = {
        "title": one.name,
        "one": one,
        "shown": shown,
        "shown_version": shown.number,
        "versions": [(each, labels.VERSION_STATUS[each.status]) for each in listed],
        "status": labels.STATUS[one.status],
        "needs": labels.needs_of(one.code),
        "start": words.start(plan.start),
        "entry": words.entry(plan),
        "control": words.control(plan),
        "draft_control": _draft_control(one, shown),
        "goals": [words.ending(each) for each in plan.goals],
        "exits": [words.ending(each) for each in plan.exits],
        "steps": _steps(plan, counted),
        "drawing": watching.drawn(plan, counted, tried["trial"]),
        "is_live": one.status in RUNNING,
        "outcomes": _outcomes(counted),
        "written": _messages(counted),
        "counted": counted,
        "findings": _findings(one.draft),
        "actions": _actions(one),
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "canvas_url": request.path,
        "now": clock.now(),
        **effect_panel.place(request, "journey", journey_id),
        **tried,
    }
    fragment = "keepwell/journeys/_canvas.html" if request.GET.get("part") == "canvas" else None
    return render(request, "keepwell/journeys/one.html", context, fragment=fragment)


def dry_run(request: HttpRequest, journey_id: int) -> HttpResponse:
    """How far the last dry run is, or what it found; POST asks for another. A part of the pages."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(journey_id)
    version = one.draft or one.on
    if version is None:
        raise Http404
    if request.method == "POST":
        services.ask_trial(
            journey_id=journey_id,
            days=spans.asked(request, SPANS, SPANS[0]),
            actor=request.user.get_username(),
            now=clock.now(),
        )
        if not wants_fragment(request):
            return HttpResponseRedirect(reverse("journey", args=[journey_id]))
    context = {"one": one, **trials.context(journey_id, version.definition)}
    response = render(
        request, "keepwell/journeys/_dry_run.html", context, fragment="keepwell/journeys/_dry_run.html"
    )
    trial = context["trial"]
    if request.method == "GET" and trial is not None and trial.found is not None:
        response["HX-Trigger-After-Settle"] = "kw-tried"  # the drawing shows what was found
    return response


@require_POST
def act(request: HttpRequest, journey_id: int, action: str) -> HttpResponse:
    """Approve, switch on, pause, resume, close or stop it."""
    access.require(request.user, Permission.SAVE_PLANS)
    one = _found(journey_id)
    if action not in ACTIONS:
        raise Http404
    do, done = ACTIONS[action]
    given: dict[str, Any] = {
        "journey_id": journey_id,
        "actor": request.user.get_username(),
        "now": clock.now(),
    }
    if action in WITH_REASON:
        given["reason"] = request.POST.get("reason", "")
    if action in BY_REVISION:
        revision = request.POST.get("revision", "")
        given["revision"] = int(revision) if revision.isdecimal() and len(revision) < 10 else -1
    try:
        do(**given)
    except JourneyError as error:
        messages.error(request, labels.problem(error))
    else:
        messages.success(request, str(done))
    return HttpResponseRedirect(reverse("journey", args=[one.journey_id]))


def _found(journey_id: int) -> JourneyView:
    one = queries.journey(journey_id)
    if one is None:
        raise Http404
    return one


def _draft_control(one: JourneyView, shown: VersionView) -> str:
    """How many the version being written would keep as control, where that is another share than shown."""
    if one.draft is None or one.draft.number == shown.number:
        return ""
    said = words.control(parse(one.draft.definition))
    return "" if said == words.control(parse(shown.definition)) else said


def _start(one: JourneyView) -> str:
    version = one.on or one.draft
    return words.start(parse(version.definition).start) if version else ""


def _steps(plan: Definition, counted: Statistics | None) -> list[dict[str, Any]]:
    """The path: each step with its number, its words, where it leads, and what happened at it."""
    order = in_order(plan)
    places = {code: place for place, code in enumerate(order, 1)}
    by_step = {one.step: one for one in counted.steps} if counted else {}
    rows = []
    for code in order:
        step = plan.steps[code]
        ways = [
            {"why": why, "place": places.get(to), "is_end": isinstance(plan.steps.get(to), End)}
            for why, to in words.ways(step)
        ]
        plain = len(ways) == 1 and not ways[0]["why"] and ways[0]["place"] == places[code] + 1
        rows.append(
            {
                "code": code,
                "place": places[code],
                "kind": _kind(step),
                "words": words.step(step),
                # Where it simply goes on to the next, nothing need be said.
                "ways": [] if plain else ways,
                "counts": _counts(by_step.get(code)),
                "waiting": by_step[code].waiting if code in by_step else 0,
            }
        )
    return rows


def _kind(step: Any) -> str:
    names = {"WaitUntil": "wait", "WaitFor": "wait"}
    name = type(step).__name__
    return names.get(name, name.lower())


def _counts(one: StepStatistics | None) -> list[tuple[str, int]]:
    return trials.said(one.counts) if one else []


def _outcomes(counted: Statistics | None) -> list[tuple[str, int]]:
    if counted is None:
        return []
    ended = [(str(labels.OUTCOME.get(code, code)), number) for code, number in counted.outcomes.items()]
    return [(str(labels.OUTCOME["inside"]), counted.inside), *ended] if counted.entered else []


def _messages(counted: Statistics | None) -> list[tuple[str, int]]:
    found = counted.messages if counted else {}
    return [(str(MESSAGE_STATUS.get(code, code)), number) for code, number in found.items()]


def _findings(draft: VersionView | None) -> list[dict[str, Any]]:
    if draft is None:
        return []
    plan = parse(draft.definition)
    places = {code: n for n, code in enumerate(in_order(plan), 1)}
    return [
        {"words": drawings.finding(one, plan, places), "is_error": one.severity is Severity.ERROR}
        for one in services.check(plan)
    ]


def _actions(one: JourneyView) -> dict[str, bool]:
    """What can be done with it now."""
    draft = one.draft.status if one.draft else ""
    return {
        "approve": draft == "draft",
        "reopen": draft == "approved",
        "on": draft == "approved",
        "write": not draft,
        "pause": one.status in ("on", "closing"),
        "resume": one.status == "paused",
        "close": one.status == "on",
        "stop": one.status in ("on", "paused", "closing"),
    }
