"""How the customers of each stage of life are spoken to, what they get, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.insight.labels import LIFE_STAGE
from keepwell.outreach import users
from keepwell.outreach.content.labels import TONE
from keepwell.outreach.contracts import Channel
from keepwell.outreach.journeys import foreseeing
from keepwell.outreach.journeys import labels as journey_labels
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys.contracts import JourneyView
from keepwell.outreach.pacing import core, labels, queries, services
from keepwell.outreach.pacing.contracts import STAGES, Received, Strategy, StrategyError
from keepwell.web import formats
from keepwell.web.shell import render


def strategies(request: HttpRequest) -> HttpResponse:
    """The four stages beside each other."""
    access.require(request.user, Permission.VIEW_PLANS)
    found, summary, now = queries.strategies(), insight.summary(), clock.now()
    got, known = queries.received(now=now), journeys.journeys()
    names = users.names(one.owner_id for one in found)
    counted = {code: one.customers for code, one in summary.by_life_stage.items()} if summary else {}
    cards = [
        _card(one, counted.get(one.stage, 0), got.get(one.stage), known, names.get(one.owner_id or 0, ""))
        for one in found
    ]
    missing = sum(len(one["gaps"]) for one in cards)
    context = {
        "title": _("Strategies by stage of life"),
        "cards": cards,
        "missing": missing,
        "may_write": access.may(request.user, Permission.SAVE_PLANS),
        "now": now,
    }
    return render(request, "keepwell/touchpoints/strategies.html", context)


def strategy(request: HttpRequest, stage: str) -> HttpResponse:
    """The form of one stage."""
    access.require(request.user, Permission.SAVE_PLANS)
    if stage not in STAGES:
        raise Http404
    present = queries.strategy(stage)
    wrong: dict[str, str] = {}
    asked = request.POST if request.method == "POST" else None
    if asked is not None:
        values, wrong = _read(asked, present)
        if not wrong:
            try:
                services.set_strategy(
                    stage=stage, values=values, actor=request.user.get_username(), now=clock.now()
                )
            except StrategyError as error:
                wrong = error.wrong
            else:
                messages.success(request, _("Saved."))
                return HttpResponseRedirect(reverse("strategies") + f"#stage-{stage}")
    context = {
        "title": _("Strategy: %(stage)s") % {"stage": LIFE_STAGE[stage]},
        "stage": stage,
        "one": present,
        "typed": asked or present.__dict__,
        "channels": [
            (code, CHANNEL[code], code in (asked.getlist("channels") if asked else present.channels))
            for code in Channel
        ],
        "journeys": [
            (one.code, one.name, one.code in (asked.getlist("journeys") if asked else present.journeys))
            for one in journeys.journeys()
        ],
        "people": [(user.pk, users.name_of(user)) for user in users.active()],
        "is_binding": "is_binding" in asked if asked else present.is_binding,
        "tones": list(TONE.items()),
        "errors": wrong,
    }
    return render(request, "keepwell/touchpoints/strategy.html", context, status=400 if wrong else 200)


def force(request: HttpRequest, stage: str) -> HttpResponse:
    """What a strategy would change; POST puts it in force, or takes it out of force."""
    access.require(request.user, Permission.SAVE_PLANS)
    if stage not in STAGES:
        raise Http404
    one, now = queries.strategy(stage), clock.now()
    if request.method == "POST":
        is_on = request.POST.get("do") == "on"
        services.set_strategy(
            stage=stage, values={"in_force": is_on}, actor=request.user.get_username(), now=now
        )
        said = _("The strategy is in force.") if is_on else _("The strategy is no longer in force.")
        messages.success(request, said)
        return HttpResponseRedirect(reverse("strategies") + f"#stage-{stage}")
    found = foreseeing.foresee(stage=stage, plan=one.channels, now=now)
    got = queries.received(now=now).get(stage)
    order = dict.fromkeys([*one.channels, *found.now, *found.then])
    context = {
        "title": _("Strategy: %(stage)s") % {"stage": LIFE_STAGE[stage]},
        "stage": stage,
        "one": one,
        "found": found,
        "over": got.over if got else 0,
        "channels": [str(CHANNEL.get(code, code)) for code in one.channels],
        "tone": TONE.get(one.tone, ""),
        "rows": [
            (CHANNEL.get(code, code), found.now.get(code, 0), found.then.get(code, 0))
            for code in order
            if found.now.get(code) or found.then.get(code)
        ],
    }
    return render(request, "keepwell/touchpoints/strategy_force.html", context)


def _read(asked: QueryDict, present: Strategy) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {
        name: asked.get(name, "").strip()
        for name in ("goal", "content", "offers")
        # What Keepwell proposes stays so, in every language.
        if asked.get(name, "").strip() != getattr(present, name)
    }
    wrong: dict[str, str] = {}
    for name in ("most", "days"):
        text = asked.get(name, "").strip()
        if text.isascii() and text.isdecimal() and len(text) < 5:
            values[name] = int(text)
        else:
            wrong[name] = _("Please type a whole number.")
    owner = asked.get("owner_id", "")
    known = {one.code for one in journeys.journeys()}
    values |= {
        "channels": asked.getlist("channels"),
        "journeys": [code for code in asked.getlist("journeys") if code in known],
        "owner_id": int(owner) if owner.isdecimal() and len(owner) < 10 else None,
        "is_binding": "is_binding" in asked,
        "tone": asked.get("tone", present.tone),
    }
    return values, wrong


def _card(
    one: Strategy, customers: int, got: Received | None, known: list[JourneyView], owner: str
) -> dict[str, Any]:
    serving = [each for each in known if each.code in one.journeys or asks_for(each, one.stage)]
    statuses = {each.code: str(each.status) for each in serving}
    names = {each.code: each.name for each in known}
    gaps = core.gaps(one, customers=customers, got=got, journeys=statuses)
    return {
        "one": one,
        "name": LIFE_STAGE[one.stage],
        "customers": customers,
        "owner": owner,
        "tone": TONE.get(one.tone, ""),
        "channels": [CHANNEL.get(code, code) for code in one.channels],
        "journeys": [
            {"one": each, "status": journey_labels.STATUS[each.status], "own": each.code in one.journeys}
            for each in serving
        ],
        "got": got,
        "by_channel": sorted(
            ((CHANNEL.get(code, code), n) for code, n in (got.channels if got else {}).items()),
            key=lambda way: -way[1],
        ),
        "each": f"{got.contacts / customers:.1f}" if got and customers else "",
        "gaps": [labels.gap(code, _worded(figures, names)) for code, figures in gaps],
    }


def asks_for(journey: JourneyView, stage: str) -> bool:
    """Whether the version in use lets in customers because of this stage of life."""
    version = journey.on or journey.draft
    who = version.definition.get("entry", {}).get("who") if version else None
    return bool(who) and '"life_stage"' in json.dumps(who) and f'"{stage}"' in json.dumps(who)


def _worded(figures: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for name, value in figures.items():
        if name == "share":
            said[name] = formats.percent(value)
        elif name == "journeys":
            said[name] = get_text_list([names.get(code, code) for code in value], _("and"))
        elif name == "channels":
            said[name] = get_text_list([str(CHANNEL.get(code, code)) for code in value], _("or"))
        else:
            said[name] = formats.number(value)
    return said
