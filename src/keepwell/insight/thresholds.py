"""Write a new version of the thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from keepwell.foundation import clock
from keepwell.foundation.audit.services import log
from keepwell.insight import queries, settings
from keepwell.insight.contracts import Thresholds
from keepwell.insight.models import ThresholdVersion


def set_thresholds(*, values: Mapping[str, Any], actor: str) -> Thresholds:
    """Make a new version from the present one and `values` (some or all fields); audited.

    Nothing is written where nothing changes. Raises `settings.ThresholdError`, which names each field.
    """
    with transaction.atomic():
        now = queries.thresholds()
        merged = settings.merge(now, values)
        if merged == now:
            return now
        version = now.version + 1
        stored = settings.to_json(replace(merged, version=version))
        before = settings.to_json(now)
        changed = {name: [before[name], stored[name]] for name in stored if stored[name] != before[name]}
        ThresholdVersion.objects.create(version=version, values=stored, created_at=clock.now(), actor=actor)
        log(
            actor=actor,
            action="insight.thresholds.set",
            object_type="thresholds",
            object_id=str(version),
            details=changed,
        )
    return replace(merged, version=version)
