"""What can be asked of the journey map; nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from keepwell.foundation.audit import queries as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach.touchpoints import core, measuring, rows
from keepwell.outreach.touchpoints.contracts import (
    DryCount,
    Evidence,
    Figures,
    FrictionView,
    MapView,
    Outcome,
    StageFigures,
    StageView,
    TouchpointView,
)
from keepwell.outreach.touchpoints.models import Friction, Measurement, Sighting, Stage, Touchpoint

SPAN_DAYS = 90
DRY_DAYS = 30


def the_map(days: int = SPAN_DAYS) -> MapView:
    """Stages, touchpoints and frictions with the figures of the last `days` that were worked out."""
    made = Measurement.objects.filter(days=days).first()
    values: Mapping[str, Any] = made.values if made else {}
    frictions = _frictions(values.get("frictions", {}))
    points: dict[int, list[TouchpointView]] = defaultdict(list)
    for row in Touchpoint.objects.filter(removed_at=None):
        said = values.get("touchpoints", {}).get(str(row.pk))
        figures = Figures(**said) if said else (Figures() if made and row.fact else None)
        mood, is_measured = core.mood(figures, row.feeling)
        more = {"figures": figures, "mood": mood, "is_measured": is_measured}
        points[row.stage_id].append(
            rows.touchpoint_view(row, frictions=tuple(frictions.get(row.pk, ())), **more)
        )
    return MapView(
        stages=tuple(_stage(row, points[row.pk], values) for row in Stage.objects.all()),
        days=days,
        until=made.until if made else None,
        made_at=made.made_at if made else None,
    )


def _stage(row: Stage, points: list[TouchpointView], values: Mapping[str, Any]) -> StageView:
    said = values.get("stages", {}).get(str(row.pk))
    mood, is_measured = core.mood_of(
        (one.mood, one.is_measured, one.figures.contacts if one.figures else 0) for one in points
    )
    return StageView(
        stage_id=row.pk,
        code=row.code,
        name=rows.stage_name(row),
        position=row.position,
        touchpoints=tuple(points),
        figures=StageFigures(**said) if said else None,
        mood=mood,
        is_measured=is_measured,
    )


def _frictions(values: Mapping[str, Any]) -> dict[int, list[FrictionView]]:
    outcomes: dict[int, Counter[str]] = defaultdict(Counter)
    for one in Sighting.objects.order_by().values("friction_id", "outcome").annotate(n=Count("id")):
        outcomes[one["friction_id"]][one["outcome"]] = one["n"]
    found: dict[int, list[FrictionView]] = defaultdict(list)
    for row in Friction.objects.filter(removed_at=None):
        said = values.get(str(row.pk))
        found[row.touchpoint_id].append(
            rows.friction_view(row, Evidence(**said) if said else None, dict(outcomes[row.pk]))
        )
    return found


def best(found: MapView) -> frozenset[int]:
    """The touchpoints of a map that are marked as of high value; those that are orders tell nothing."""
    points = [one for stage in found.stages for one in stage.touchpoints]
    lifts = {
        one.touchpoint_id: one.figures.lift
        for one in points
        if one.figures is not None and one.figures.lift is not None and one.fact.get("fact") != "orders"
    }
    return core.best(lifts)


def stages() -> list[StageView]:
    """The stages, from left to right, without what belongs to them."""
    return [StageView(row.pk, row.code, rows.stage_name(row), row.position) for row in Stage.objects.all()]


def touchpoint(touchpoint_id: int) -> TouchpointView | None:
    """One touchpoint; those that were taken away are not found."""
    row = Touchpoint.objects.filter(pk=touchpoint_id, removed_at=None).first()
    return rows.touchpoint_view(row) if row else None


def touchpoint_names() -> dict[str, str]:
    """The name of each touchpoint on the map, by code."""
    return {row.code: rows.touchpoint_name(row) for row in Touchpoint.objects.filter(removed_at=None)}


def friction(friction_id: int) -> FrictionView | None:
    """One friction with what its remedy did so far; those that were taken away are not found."""
    row = Friction.objects.filter(pk=friction_id, removed_at=None).first()
    if row is None:
        return None
    counted = Sighting.objects.filter(friction=row).order_by().values("outcome").annotate(n=Count("id"))
    return rows.friction_view(row, outcomes={one["outcome"]: one["n"] for one in counted})


def history(limit: int = 50) -> list[audit.EntryView]:
    """What was changed on the map, the newest first."""
    return audit.entries(audit.AuditFilter(object_type="journey_map"), limit=limit)


def dry_count(friction_id: int, *, now: datetime, days: int = DRY_DAYS) -> DryCount | None:
    """What the remedy of a friction would have done in the `days` before `now`; None: no such friction.

    Segments are those of today. Nothing is written.
    """
    row = Friction.objects.filter(pk=friction_id).first()
    fact = measuring.read(row.fact) if row else None
    if row is None or fact is None:
        return None
    since, within = now - timedelta(days=days), timedelta(hours=row.within_hours)
    met = measuring.meetings(fact, measuring.read(row.unless), within, since=since, until=now)
    people = {one for one, _at in met}
    first = min((at for _one, at in met), default=now)
    complaints = measuring.times(measuring.COMPLAINT, people, since=first, until=now)
    meant = whom(row.segment, people)
    counted: Counter[str] = Counter()
    helped: dict[str, list[datetime]] = defaultdict(list)
    for customer_id, at in met:
        known_at = at + within
        said = core.decide(
            (customer_id, at),
            now=known_at,
            complaints=complaints.get(customer_id, ()),
            helped=helped[customer_id],
            again=timedelta(days=row.again_days),
            is_one_of=customer_id in meant,
        )
        counted[said] += 1
        if said is Outcome.STARTED:
            helped[customer_id].append(known_at)
    seen = core.evidence(met, complaints, measuring.COMPLAINS)
    started = {one: when for one, when in helped.items() if when}
    beforehand = sum(
        1
        for one, when in started.items()
        if any(core.first_after(complaints.get(one, ()), begun, measuring.COMPLAINS) for begun in when)
    )
    return DryCount(
        until=now,
        days=days,
        met=len(met),
        customers=len(people),
        would_start=len(started),
        complained_first=counted[Outcome.COMPLAINED],
        lately=counted[Outcome.LATELY],
        others=counted[Outcome.OTHERS],
        complained=seen.complained,
        beforehand=beforehand,
        hours_to_complaint=seen.hours_to_complaint,
    )


def whom(segment_id: int | None, people: set[str]) -> set[str]:
    """Those of `people` whom a remedy is meant for."""
    if segment_id is None or not people:
        return people
    found = segments.of_customers(people)
    return {one for one in people if segment_id in found.get(one, ())}
