"""Watching a journey: who stands at a step, somebody's way through it, and what versions do differently."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.foundation import clock
from keepwell.outreach.journeys import labels, queries, words
from keepwell.outreach.journeys.contracts import JourneyView, StepStatistics, TravellerView, VersionView
from keepwell.outreach.journeys.core.comparing import Changes, StepChange, compare, same_but_ways
from keepwell.outreach.journeys.core.graph import Definition, Step, in_order
from keepwell.outreach.journeys.core.reading import parse
from keepwell.web.journeys import drawing, watching
from keepwell.web.shell import render

ROWS = 200


def at_step(request: HttpRequest, journey_id: int, step: str) -> HttpResponse:
    """What happened at a step, and who stands there, as far as one may see them."""
    access.require(request.user, Permission.VIEW_PLANS)
    access.require(request.user, Permission.VIEW_CUSTOMERS)
    one = _found(journey_id)
    version = _version(one, request.GET.get("version", ""))
    plan = parse(version.definition)
    if step not in plan.steps:
        raise Http404
    owners = access.owners_within(request.user, Permission.VIEW_CUSTOMERS)
    among = None if owners is None else customers.owned_by(owners)
    people, total = queries.waiting_at(journey_id, step, version=version.number, among=among, limit=ROWS)
    names = customers.names([person.customer_id for person in people])
    counted = next(iter(queries.statistics(journey_id, version=version.number)), None)
    here = next((each for each in counted.steps if each.step == step), None) if counted else None
    context = {
        "title": drawing.name(step, plan),
        "one": one,
        "version": version,
        "words": words.step(plan.steps[step]),
        "counts": _counts(here) if here else [],
        "waiting": here.waiting if here else 0,
        "rows": [(person, names.get(person.customer_id, person.customer_id)) for person in people],
        "total": total,
        "hidden": max((here.waiting if here else 0) - total, 0),
        "now": clock.now(),
    }
    return render(request, "keepwell/journeys/at.html", context)


def _counts(here: StepStatistics) -> list[tuple[str, int]]:
    """What happened at a step; whoever left it by none of its ways was through with the journey there."""
    told = watching.said(here.counts)
    ended = here.counts.get("left", 0) - sum(here.ways.values())
    if here.ways and ended > 0:
        told.append((_("of them through with the journey here"), ended))
    return told


def person(request: HttpRequest, journey_id: int, customer_id: str) -> HttpResponse:
    """Somebody's way through a journey, drawn."""
    access.require(request.user, Permission.VIEW_PLANS)
    access_customer(request.user, Permission.VIEW_CUSTOMERS, customer_id)
    one = _found(journey_id)
    passages = queries.passages(journey_id, customer_id)
    asked = request.GET.get("passage", "")
    shown = next((each for each in passages if str(each.traveller_id) == asked), None)
    shown = shown or next(iter(passages), None)
    if shown is None:
        raise Http404
    versions = {each.number: each for each in queries.versions(journey_id)}
    definition = versions[shown.version].definition
    plan = parse(definition)
    context = {
        "title": customers.names([customer_id]).get(customer_id, customer_id),
        "one": one,
        "customer_id": customer_id,
        "passages": passages,
        "shown": shown,
        "drawing": watching.passage(shown, definition),
        "stops": _stops(shown, plan),
        "outcome": labels.OUTCOME.get(shown.outcome, shown.outcome) if shown.ended_at else "",
        "now": clock.now(),
    }
    return render(request, "keepwell/journeys/person.html", context)


def _stops(shown: TravellerView, plan: Definition) -> list[dict[str, Any]]:
    """The steps that somebody came to, one after the other, each with how long they stayed."""
    ends = [*(stop.at for stop in shown.trail[1:]), shown.ended_at]
    return [
        {
            "name": drawing.name(stop.step, plan),
            "words": words.step(plan.steps[stop.step]) if stop.step in plan.steps else "",
            "at": stop.at,
            "until": until,
        }
        for stop, until in zip(shown.trail, ends, strict=True)
    ]


def compared(request: HttpRequest, journey_id: int) -> HttpResponse:
    """What a version does differently than another."""
    access.require(request.user, Permission.VIEW_PLANS)
    one = _found(journey_id)
    versions = queries.versions(journey_id)
    newer = _version(one, request.GET.get("to", ""), versions)
    older = [each for each in versions if each.number < newer.number]
    before = _version(one, request.GET.get("from", ""), versions) if "from" in request.GET else None
    before = before or next(iter(older), newer)
    was, now = parse(before.definition), parse(newer.definition)
    changes = compare(was, now)
    context = {
        "title": _("What changed"),
        "one": one,
        "versions": versions,
        "before": before,
        "newer": newer,
        "changes": changes,
        "rows": _rows(changes, was, now),
        "steps": [_change(each, was, now) for each in changes.steps],
    }
    return render(request, "keepwell/journeys/compare.html", context)


def _rows(changes: Changes, was: Definition, now: Definition) -> list[tuple[str, str, str]]:
    """What differs besides the steps: (what, before, after)."""
    found = []
    if changes.start:
        found.append((_("Begins"), words.start(was.start), words.start(now.start)))
    if changes.entry:
        found.append((_("Who may come in"), words.entry(was), words.entry(now)))
    if changes.control:
        found.append((_("Control"), words.control(was), words.control(now)))
    if changes.goals:
        found.append((_("Goal"), _endings(was.goals), _endings(now.goals)))
    if changes.exits:
        found.append((_("Way out"), _endings(was.exits), _endings(now.exits)))
    if changes.first:
        found.append((_("First step"), drawing.name(was.first, was), drawing.name(now.first, now)))
    return found


def _endings(endings: Any) -> str:
    return "; ".join(words.ending(one) for one in endings) or "–"


def _change(one: StepChange, was: Definition, now: Definition) -> dict[str, Any]:
    before, after = one.before, one.after
    kind = "added" if before is None else "gone" if after is None else "changed"
    both = before is not None and after is not None
    only_ways = both and same_but_ways(before, after) if before and after else False
    return {
        "kind": kind,
        "name": drawing.name(one.code, now if after is not None else was),
        "before": "" if before is None else _told(before, was, ways=one.moved),
        "after": "" if after is None else _told(after, now, ways=one.moved),
        "only_ways": only_ways,
    }


def _told(step: Step, plan: Definition, *, ways: bool) -> list[str]:
    """A step in words, with where it leads where that differs, or decides something."""
    places = {code: n for n, code in enumerate(in_order(plan), 1)}
    leads = words.ways(step)
    said = [words.step(step)]
    if ways or len(leads) > 1:
        said += [f"{why} → {drawing.name(to, plan, places) or '–'}".strip() for why, to in leads]
    return said


def _version(one: JourneyView, asked: str, versions: list[VersionView] | None = None) -> VersionView:
    """The version that is asked for, else the one in use, else the newest."""
    listed = queries.versions(one.journey_id) if versions is None else versions
    found = next((each for each in listed if str(each.number) == asked), None)
    found = found or (one.on if versions is None else None) or next(iter(listed), None)
    if found is None:
        raise Http404
    return found


def _found(journey_id: int) -> JourneyView:
    one = queries.journey(journey_id)
    if one is None:
        raise Http404
    return one
