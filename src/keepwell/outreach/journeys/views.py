"""From rows to what callers see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from keepwell.outreach.journeys import labels
from keepwell.outreach.journeys.contracts import (
    DryRun,
    FestivalView,
    JourneyView,
    Status,
    Stop,
    TravellerView,
    TrialStatus,
    TrialView,
    VersionStatus,
    VersionView,
)
from keepwell.outreach.journeys.core.walking import TRAIL
from keepwell.outreach.journeys.models import FestivalDay, Journey, JourneyVersion, Traveller, Trial


def festival_view(row: FestivalDay) -> FestivalView:
    """One festival of a country in a year."""
    return FestivalView(row.country, row.year, row.code, row.on, row.source, row.name)


def version_view(row: JourneyVersion) -> VersionView:
    """One version."""
    return VersionView(
        version_id=row.pk,
        number=row.number,
        status=VersionStatus(row.status),
        revision=row.revision,
        definition=row.definition,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        on_at=row.on_at,
        on_by=row.on_by,
    )


def journey_view(
    row: Journey,
    versions: Iterable[JourneyVersion] | None = None,
    *,
    inside: int = 0,
    entered: int = 0,
    reached: int = 0,
) -> JourneyView:
    """One journey with the version in use and the one being written."""
    listed = list(row.versions.all() if versions is None else versions)
    on = next((one for one in listed if one.status == VersionStatus.ON), None)
    draft = next((one for one in listed if one.status in (VersionStatus.DRAFT, VersionStatus.APPROVED)), None)
    return JourneyView(
        journey_id=row.pk,
        code=row.code,
        name=labels.name_of(row.code, row.name),
        description=labels.description_of(row.code, row.description),
        status=Status(row.status),
        is_own=row.is_own,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        on=version_view(on) if on else None,
        draft=version_view(draft) if draft else None,
        inside=inside,
        entered=entered,
        reached=reached,
    )


def traveller_view(row: Traveller) -> TravellerView:
    """One passage."""
    return TravellerView(
        traveller_id=row.pk,
        journey_id=row.journey_id,
        journey=labels.name_of(row.journey.code, row.journey.name),
        version=row.version.number,
        customer_id=row.customer_id,
        step=row.step,
        visit=row.visit,
        entered_at=row.entered_at,
        since=row.since,
        wake_at=row.wake_at,
        waits_for=row.waits_for,
        arms={code: (arm, share) for code, (arm, share) in row.memo.get("arms", {}).items()},
        ended_at=row.ended_at,
        outcome=row.outcome,
        trail=_trail(row),
    )


def _trail(row: Traveller) -> tuple[Stop, ...]:
    """The steps that somebody came to; who came in before this was kept has none but the one they are at."""
    kept = [Stop(code, datetime.fromtimestamp(at, UTC)) for code, at in row.memo.get(TRAIL, ())]
    if len(kept) == row.visit - 1:
        first = str(row.version.definition["first"])
        return (Stop(first, row.entered_at), *kept)
    return tuple(kept) or (Stop(row.step, row.since),)


def trial_view(row: Trial) -> TrialView:
    """One dry run that was asked for."""
    return TrialView(
        trial_id=row.pk,
        journey_id=row.journey_id,
        days=row.days,
        status=TrialStatus(row.status),
        share=row.share,
        definition=row.definition,
        found=_found(row.result) if row.result else None,
        error=row.error,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
    )


def _found(told: Mapping[str, Any]) -> DryRun:
    at = {name: datetime.fromisoformat(told[name]) for name in ("since", "until")}
    return DryRun(**{**told, **at})
