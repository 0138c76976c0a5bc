"""Work the map's figures out and keep them, so that the page is there at once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.outreach.touchpoints import measuring
from keepwell.outreach.touchpoints.models import Friction, Measurement, Stage, Touchpoint


def measure(*, days: int, now: datetime) -> None:
    """The figures of the `days` before `now`, in place of those before."""
    since = now - timedelta(days=days)
    places = {row.pk: place for place, row in enumerate(Stage.objects.all())}
    points = []
    for row in Touchpoint.objects.filter(removed_at=None):
        fact = measuring.read(row.fact)
        if fact is not None:
            points.append((row.pk, places[row.stage_id], fact))
    figures, by_place = measuring.touchpoints(points, since=since, until=now)
    evidence = {}
    for friction in Friction.objects.filter(removed_at=None):
        fact = measuring.read(friction.fact)
        if fact is None:
            continue
        within = timedelta(hours=friction.within_hours)
        met = measuring.meetings(fact, measuring.read(friction.unless), within, since=since, until=now)
        evidence[str(friction.pk)] = asdict(measuring.evidence(met, until=now))
    values = {
        "touchpoints": {str(number): asdict(one) for number, one in figures.items()},
        "stages": {str(pk): asdict(by_place[place]) for pk, place in places.items() if place in by_place},
        "frictions": evidence,
    }
    with transaction.atomic():
        Measurement.objects.update_or_create(
            days=days, defaults={"until": now, "made_at": now, "values": values}
        )
