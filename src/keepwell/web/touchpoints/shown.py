"""What the page of the journey map says: its lanes, its sentences, what was changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.customers.labels import CHANNEL
from keepwell.foundation.audit.queries import EntryView
from keepwell.insight.labels import COMMUNICATION_GROUP
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.touchpoints import labels
from keepwell.outreach.touchpoints.contracts import (
    DryCount,
    Figures,
    FrictionView,
    MapView,
    Remedy,
    StageView,
    TouchpointView,
)
from keepwell.web import formats
from keepwell.web.touchpoints import forms

# Below so many people a share is not shown: it would say more about chance than about customers.
FEWEST = 20
Names = Mapping[tuple[str, str], str]


def sentence(found: MapView) -> str:
    """Where it hurts most, and what is kept ready, in one sentence."""
    frictions = frictions_of(found)
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


def would(dry: DryCount) -> str:
    """What the remedy would have done, in a sentence."""
    if not dry.met:
        return _("Nobody met this in the last %(days)s days.") % {"days": dry.days}
    return ngettext(
        "It would have begun for %(customers)s customer in the last %(days)s days.",
        "It would have begun for %(customers)s customers in the last %(days)s days.",
        dry.would_start,
    ) % {"customers": formats.number(dry.would_start), "days": dry.days}


def lanes(
    found: MapView, names: Mapping[int, str], *, best: Collection[int], planned: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Each stage with its touchpoints.

    `names` are those of their owners, `best` the touchpoints after which most is bought, `planned` how many
    texts are planned at each, by its code.
    """
    remedies = remedy_names(frictions_of(found))
    return [
        _lane(
            one,
            [
                {
                    **_point(each, names, remedies),
                    "is_best": each.touchpoint_id in best,
                    "texts": planned.get(each.code, 0),
                }
                for each in one.touchpoints
            ],
        )
        for one in found.stages
    ]


def _lane(stage: StageView, points: list[dict[str, Any]]) -> dict[str, Any]:
    way = stage.figures
    return {
        "stage": stage,
        "points": points,
        "drop_off": formats.percent(way.drop_off) if way and way.early >= FEWEST else "",
        "few": bool(way and 0 < way.early < FEWEST),
    }


def _point(one: TouchpointView, names: Mapping[int, str], remedies: Names) -> dict[str, Any]:
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
        "bought": bought_words(said) if said and one.fact.get("fact") != "orders" else "",
        "frictions": [
            {
                "one": each,
                "severity": labels.SEVERITY[each.severity],
                "owner": names.get(each.owner_id or 0, ""),
                "remedy": remedy(each, remedies),
            }
            for each in one.frictions
        ],
    }


def bought_words(said: Figures) -> str:
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


def remedy_names(frictions: Iterable[FrictionView]) -> Names:
    """What the journeys and messages that are kept ready are called, read once for all of them."""
    kinds = {one.remedy for one in frictions}
    found: dict[tuple[str, str], str] = {}
    if Remedy.JOURNEY in kinds:
        found |= {(Remedy.JOURNEY, one.code): one.name for one in journeys.journeys()}
    if Remedy.MESSAGE in kinds:
        found |= {(Remedy.MESSAGE, one.code): one.name for one in content.templates()}
    return found


def remedy(one: FrictionView, names: Names) -> str:
    """What is kept ready for a friction, in words; "" for nothing."""
    name = names.get((one.remedy, one.remedy_code), one.remedy_code)
    if one.remedy == Remedy.JOURNEY:
        return _("Journey: %(name)s") % {"name": name}
    if one.remedy == Remedy.MESSAGE:
        return _("Message: %(name)s") % {"name": name}
    if one.remedy == Remedy.TASK:
        return _("Task: %(words)s") % {"words": one.task_words}
    return ""


def owner_ids(found: MapView) -> set[int | None]:
    """Who answers for something on the map."""
    points = {one.owner_id for stage in found.stages for one in stage.touchpoints}
    return points | {one.owner_id for one in frictions_of(found)}


def frictions_of(found: MapView) -> list[FrictionView]:
    """Every friction of the map."""
    return [each for stage in found.stages for one in stage.touchpoints for each in one.frictions]


def changes(listed: Iterable[EntryView], found: MapView) -> list[dict[str, Any]]:
    """What was changed on the map, by whom, in words."""
    return [
        {
            "at": one.at,
            "actor": one.actor,
            "what": _changed(one.action),
            "about": _about(one.object_id, found),
        }
        for one in listed
    ]


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
