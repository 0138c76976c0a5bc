"""Dry runs that people ask for: a worker walks them, so that nobody's page waits for years of history.

A trial writes nothing but what it found, so it may be walked twice: a worker that died leaves it behind, and
the next one begins it anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.foundation import clock
from keepwell.outreach.journeys import queries, views
from keepwell.outreach.journeys.contracts import SPANS, JourneyError, TrialStatus, TrialView
from keepwell.outreach.journeys.models import Journey, Trial
from keepwell.outreach.journeys.services.drawing import newest
from keepwell.outreach.journeys.services.dryrun import dry_run

log = logging.getLogger("keepwell.journeys")

LEASE = timedelta(minutes=10)
ATTEMPTS_MAX = 3
KEPT = 20


def ask_trial(*, journey_id: int, days: int, actor: str, now: datetime) -> TrialView:
    """Ask for a dry run of the last days, of the version being written, else of the one in use.

    One that waits for the same steps and days is given instead. Raises JourneyError "no_such_journey".
    """
    with transaction.atomic():
        row = Journey.objects.select_for_update(no_key=True).filter(pk=journey_id).first()
        version = newest(row) if row else None
        if row is None or version is None:
            raise JourneyError("no_such_journey")
        days = days if days in SPANS else SPANS[0]
        for waiting in row.trials.filter(status=TrialStatus.WAITING, days=days):
            if waiting.definition == version.definition:
                return views.trial_view(waiting)
        made = Trial.objects.create(
            journey=row, definition=version.definition, days=days, asked_at=now, asked_by=actor
        )
        old = row.trials.order_by("-pk").values_list("pk", flat=True)[KEPT:]
        row.trials.filter(pk__in=list(old)).delete()
    return views.trial_view(made)


def run_next_trial(*, now: datetime) -> bool:
    """Walk the oldest dry run that waits or was left behind; whether there was one."""
    row = _claim(now)
    if row is None:
        return False
    try:
        found = dry_run(
            row.definition,
            now - timedelta(days=row.days),
            now,
            journey_id=row.journey_id,
            progress=_teller(row.pk, row.attempts),
        )
    except Exception as error:
        log.exception("the dry run %s failed", row.pk)
        _finish(row, status=TrialStatus.FAILED, error=f"{type(error).__name__}: {error}"[:300])
        return True
    told = {**asdict(found), "since": found.since.isoformat(), "until": found.until.isoformat()}
    _finish(row, status=TrialStatus.DONE, result=told, share=1.0)
    return True


def _claim(now: datetime) -> Trial | None:
    with transaction.atomic():
        free = queries.free_trials(now).select_for_update(skip_locked=True)
        row = free.order_by("pk").first()
        if row is None:
            return None
        if row.attempts >= ATTEMPTS_MAX:
            row.status, row.finished_at, row.error = TrialStatus.FAILED, now, "interrupted too often"
            row.save()
            return None
        row.status, row.attempts, row.lease_until = TrialStatus.RUNNING, row.attempts + 1, now + LEASE
        row.save()
    return row


def _teller(trial_id: int, attempts: int) -> Callable[[float], None]:
    def tell(share: float) -> None:
        mine = Trial.objects.filter(pk=trial_id, attempts=attempts, status=TrialStatus.RUNNING)
        mine.update(share=share, lease_until=clock.now() + LEASE)

    return tell


def _finish(row: Trial, **values: object) -> None:
    # Whoever lost the lease does not write over what its successor finds.
    Trial.objects.filter(pk=row.pk, attempts=row.attempts).update(finished_at=clock.now(), **values)
