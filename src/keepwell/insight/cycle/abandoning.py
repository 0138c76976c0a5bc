"""Give up what was under way when the state was copied: its files stayed behind."""

from __future__ import annotations

from django.db import transaction

from keepwell.foundation import clock
from keepwell.insight.models import Cycle, CycleLease


def abandon_unfinished() -> int:
    """Free the lease and let no unfinished cycle be carried on; returns how many were given up.

    Only where nothing can be running: on a state that was just restored.
    """
    with transaction.atomic():
        CycleLease.objects.update(holder="", expires_at=clock.now())
        unfinished = Cycle.objects.filter(resumable=True).exclude(status="done")
        return unfinished.update(resumable=False, status="failed")
