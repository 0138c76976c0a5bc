"""Rows of the map as the frozen values that others see."""

from __future__ import annotations

from collections.abc import Mapping

from keepwell.outreach.touchpoints.contracts import Evidence, FrictionView, TouchpointView
from keepwell.outreach.touchpoints.models import Friction, Stage, Touchpoint
from keepwell.outreach.touchpoints.seeds import FRICTIONS, STAGES, TOUCHPOINTS


def stage_name(row: Stage) -> str:
    """As somebody named it, else as Keepwell does in the present language."""
    return row.name or str(STAGES.get(row.code, row.code))


def touchpoint_name(row: Touchpoint) -> str:
    """As somebody named it, else as Keepwell does in the present language."""
    brought = TOUCHPOINTS.get(row.code)
    return row.name or (str(brought.name) if brought else row.code)


def friction_name(row: Friction) -> str:
    """As somebody named it, else as Keepwell does in the present language."""
    brought = FRICTIONS.get(row.code)
    return row.name or (str(brought.name) if brought else row.code)


def task_words(row: Friction) -> str:
    """What the task of a remedy says, in the present language where Keepwell brought it."""
    brought = FRICTIONS.get(row.code)
    return row.task_words or (str(brought.words) if brought and brought.words else friction_name(row))


def friction_view(
    row: Friction, evidence: Evidence | None = None, outcomes: Mapping[str, int] | None = None
) -> FrictionView:
    """The contract of a row."""
    return FrictionView(
        friction_id=row.pk,
        code=row.code,
        touchpoint_id=row.touchpoint_id,
        name=friction_name(row),
        severity=row.severity,
        owner_id=row.owner_id,
        fact=row.fact,
        unless=row.unless,
        within_hours=row.within_hours,
        segment=row.segment,
        remedy=row.remedy,
        remedy_code=row.remedy_code,
        remedy_purpose=row.remedy_purpose,
        task_channel=row.task_channel,
        task_words=task_words(row),
        due_hours=row.due_hours,
        again_days=row.again_days,
        is_on=row.is_on,
        on_at=row.on_at,
        on_by=row.on_by,
        looked_at=row.looked_at,
        error=row.error,
        evidence=evidence,
        outcomes=outcomes,
    )


def touchpoint_view(row: Touchpoint, **more: object) -> TouchpointView:
    """The contract of a row."""
    return TouchpointView(
        touchpoint_id=row.pk,
        code=row.code,
        stage_id=row.stage_id,
        name=touchpoint_name(row),
        channel=row.channel,
        group=row.group,
        owner_id=row.owner_id,
        fact=row.fact,
        feeling=row.feeling,
        position=row.position,
        note=row.note,
        **more,  # type: ignore[arg-type]
    )
