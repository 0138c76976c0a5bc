"""The worker's round."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from keepwell.outreach.journeys.contracts import Status, VersionStatus, Worked
from keepwell.outreach.journeys.models import Journey, JourneyVersion, Run, Traveller
from keepwell.outreach.journeys.services.starting import start_due
from keepwell.outreach.journeys.services.ticking import tick

KEPT = timedelta(days=400)
# One chunk: the worker also stores what happens, and nobody's live event may wait behind a large tick.
ROUND = 5_000


def work(now: datetime, *, limit: int = ROUND, starts: bool = True) -> Worked:
    """Let in whose day has come and move who is due; idempotent, several workers may do it at once."""
    entered = start_due(now=now) if starts else 0
    done = tick(now=now, limit=limit)
    return Worked(entered=entered, moved=done.moved, failed=done.failed)


def tidy(*, now: datetime) -> int:
    """Retire versions that nobody is inside any more, switch off journeys that have closed; how many retired.

    Days long gone are forgotten.
    """
    inside = Traveller.objects.filter(version=OuterRef("pk"), journey=OuterRef("journey"), ended_at=None)
    done = JourneyVersion.objects.filter(status=VersionStatus.FINISHING).exclude(Exists(inside))
    Run.objects.filter(finished_at__lt=now - KEPT).delete()
    retired = done.update(status=VersionStatus.RETIRED)
    alive = JourneyVersion.objects.filter(
        journey=OuterRef("pk"), status__in=(VersionStatus.ON, VersionStatus.FINISHING)
    )
    Journey.objects.filter(status=Status.CLOSING).exclude(Exists(alive)).update(status=Status.OFF)
    return retired
