"""The map as one table: a line for each friction, or for each touchpoint without any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keepwell.outreach import users
from keepwell.outreach.touchpoints.contracts import FrictionView, MapView
from keepwell.web.touchpoints.shown import owner_ids

HEADER = (
    "stage", "touchpoint", "channel", "group", "owner", "contacts", "customers", "tickets_14d",
    "complaints_14d", "score", "answers", "early", "bought_30d", "lift", "mood", "mood_measured",
    "stage_customers", "stage_early", "stage_went_on_30d", "stage_drop_off", "friction", "severity",
    "friction_owner", "met", "met_customers", "complained_30d", "hours_to_complaint", "remedy",
    "remedy_code", "remedy_on",
)  # fmt: skip


def lines(found: MapView) -> Iterator[tuple[Any, ...]]:
    """The cells of each line, as `HEADER` says."""
    names = users.names(owner_ids(found))
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
