"""Journeys: what sets customers going, the steps that follow, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
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
from keepwell.web.shell import render

SPANS = (30, 90, 365)
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
        "tabs": [(code, word, code == status) for code, word in TABS],
    }
    return render(request, "keepwell/journeys/list.html", context)


def journey(request: HttpRequest, journey_id: int) -> HttpResponse:
    """One journey: its path in words with what happened at each step."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(journey_id)
    shown = one.on or one.draft or next(iter(queries.versions(journey_id)), None)
    if shown is None:
        raise Http404
    plan = parse(shown.definition)
    counted = next(iter(queries.statistics(journey_id, version=shown.number)), None)
    context = {
        "title": one.name,
        "one": one,
        "shown": shown,
        "status": labels.STATUS[one.status],
        "start": words.start(plan.start),
        "entry": words.entry(plan),
        "goals": [words.ending(each) for each in plan.goals],
        "exits": [words.ending(each) for each in plan.exits],
        "steps": _steps(plan, counted),
        "outcomes": _outcomes(counted),
        "written": _messages(counted),
        "counted": counted,
        "findings": _findings(one.draft),
        "actions": _actions(one),
        "spans": SPANS,
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "now": clock.now(),
    }
    return render(request, "keepwell/journeys/one.html", context)


def dry_run(request: HttpRequest, journey_id: int) -> HttpResponse:
    """What it would have done with the history; a part of its page, nothing is written."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(journey_id)
    version = one.draft or one.on
    if version is None:
        raise Http404
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(span) for span in SPANS} else SPANS[0]
    until = clock.now()
    found = services.dry_run(version.definition, until - timedelta(days=days), until, journey_id=journey_id)
    plan = parse(version.definition)
    context = {
        "found": found,
        "days": days,
        "outcomes": [(str(labels.OUTCOME.get(code, code)), n) for code, n in found.outcomes.items()],
        "steps": [
            (place, words.step(plan.steps[code]), _said(found.steps.get(code, {})))
            for place, code in enumerate(in_order(plan), 1)
            if not isinstance(plan.steps[code], End)
        ],
    }
    return render(
        request, "keepwell/journeys/_dry_run.html", context, fragment="keepwell/journeys/_dry_run.html"
    )


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
            {"why": why, "place": places[to], "is_end": isinstance(plan.steps[to], End)}
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
    return _said(one.counts) if one else []


def _said(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What happened at a step, in words; arms of a split by their names."""
    return [
        (code.removeprefix("arm:") if code.startswith("arm:") else str(labels.COUNT.get(code, code)), number)
        for code, number in counts.items()
    ]


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
    return [
        {"words": labels.finding(one), "is_error": one.severity is Severity.ERROR}
        for one in services.check(draft.definition)
    ]


def _actions(one: JourneyView) -> dict[str, bool]:
    """What can be done with it now."""
    draft = one.draft.status if one.draft else ""
    return {
        "approve": draft == "draft",
        "reopen": draft == "approved",
        "on": draft == "approved",
        "pause": one.status in ("on", "closing"),
        "resume": one.status == "paused",
        "close": one.status == "on",
        "stop": one.status in ("on", "paused", "closing"),
    }
