"""Write plans of content: which groups, in which order, with which text at which stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.tailoring import places, plans
from keepwell.outreach.tailoring.contracts import ANY, GROUPS_MAX, STAGES, TailoringError
from keepwell.outreach.tailoring.models import PlanCell, PlanGroup
from keepwell.outreach.tailoring.services.counting import count

COLUMNS = (ANY, *(str(one) for one in STAGES))


def add_group(*, touchpoint: str, segment_id: int, actor: str, now: datetime) -> int:
    """Put a segment into a plan, after those that are there; one that was taken away comes back as it was.

    Returns the group's number. Raises TailoringError.
    """
    segment = segments.segment(segment_id)
    if touchpoint not in places.names():
        raise TailoringError({"touchpoint": _("This is no longer on the map.")})
    if segment is None or segment.archived_at is not None:
        raise TailoringError({"segment_id": _("Please choose one of the list.")})
    with transaction.atomic():
        rows = list(PlanGroup.objects.select_for_update().filter(touchpoint=touchpoint).order_by("pk"))
        present = [row for row in rows if row.removed_at is None and row.segment_id is not None]
        row = next((one for one in rows if one.segment_id == segment_id), None)
        if row is not None and row.removed_at is None:
            return row.pk
        if len(present) >= GROUPS_MAX:
            said = _("A plan has %(most)s groups at most.") % {"most": GROUPS_MAX}
            raise TailoringError({"segment_id": said})
        row = row or PlanGroup(touchpoint=touchpoint, segment_id=segment_id)
        row.position = max((one.position for one in present), default=0) + 1
        row.removed_at = None
        row.save()
        _rest(touchpoint)
        _log("group.add", touchpoint, {"segment": segment_id}, actor, now)
    count(touchpoint=touchpoint, now=now)
    return row.pk


def remove_group(*, touchpoint: str, group_id: int, actor: str, now: datetime) -> int:
    """Take a group from a plan; its texts are kept with it. Returns its segment; raises TailoringError."""
    with transaction.atomic():
        row = _locked(touchpoint, group_id)
        row.removed_at = now
        row.save(update_fields=["removed_at"])
        _log("group.remove", touchpoint, {"segment": row.segment_id}, actor, now)
    count(touchpoint=touchpoint, now=now)
    return int(row.segment_id or 0)


def move_group(*, touchpoint: str, group_id: int, actor: str, now: datetime) -> None:
    """Ask this group one place earlier."""
    with transaction.atomic():
        _locked(touchpoint, group_id)
        rows = [one for one in plans.groups(touchpoint) if one.segment_id is not None]
        place = next(number for number, one in enumerate(rows) if one.pk == group_id)
        if place:
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
            for number, one in enumerate(rows, 1):
                one.position = number
            PlanGroup.objects.bulk_update(rows, ["position"])
            _log("group.move", touchpoint, {"order": [one.segment_id for one in rows]}, actor, now)
    count(touchpoint=touchpoint, now=now)


def set_texts(
    *,
    touchpoint: str,
    kind: str,
    values: Mapping[tuple[int, str], str],
    actor: str,
    now: datetime,
) -> int:
    """Say which text each cell has: (group, stage or ANY) -> template, "" for none; how many changed.

    The group 0 stands for everybody else. Raises TailoringError naming the
    cell that will not do; nothing is written then.
    """
    if touchpoint not in places.names():
        raise TailoringError({"touchpoint": _("This is no longer on the map.")})
    with transaction.atomic():
        rest = _rest(touchpoint)
        rows = {row.pk: row for row in plans.groups(touchpoint)}
        there = {
            (cell.group_id, cell.stage): cell
            for cell in PlanCell.objects.select_for_update().filter(group__in=rows, kind=kind).order_by("pk")
        }
        known = {one.code for one in content.templates(kind=kind)}
        changed: dict[str, Any] = {}
        for (group_id, stage), code in values.items():
            number = group_id or rest.pk
            if number not in rows:
                raise TailoringError({f"cell.{group_id}.{stage}": _("This group is no longer in the plan.")})
            before = there.get((number, stage))
            if (before.template_code if before else "") == code:
                continue
            if stage not in COLUMNS or (code and code not in known):
                raise TailoringError({f"cell.{group_id}.{stage}": _("Please choose one of the list.")})
            segment = rows[number].segment_id or "rest"
            changed[f"{segment}/{stage or 'any'}"] = [before.template_code if before else "", code]
            if not code:
                PlanCell.objects.filter(group=number, stage=stage, kind=kind).delete()
            else:
                PlanCell.objects.update_or_create(
                    group=rows[number], stage=stage, kind=kind, defaults={"template_code": code}
                )
        if changed:
            _log("texts", touchpoint, {"kind": kind, **changed}, actor, now)
    if rest.counted_at is None:
        count(touchpoint=touchpoint, now=now)
    return len(changed)


def _rest(touchpoint: str) -> PlanGroup:
    row, _made = PlanGroup.objects.get_or_create(touchpoint=touchpoint, segment_id=None)
    return row


def _locked(touchpoint: str, group_id: int) -> PlanGroup:
    found = PlanGroup.objects.select_for_update().filter(pk=group_id, touchpoint=touchpoint, removed_at=None)
    row = found.exclude(segment_id=None).first()
    if row is None:
        raise TailoringError({"group": _("This group is no longer in the plan.")})
    return row


def _log(action: str, touchpoint: str, details: Mapping[str, Any], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"content_plan.{action}",
        object_type="content_plan",
        object_id=touchpoint,
        details=dict(details),
        at=now,
    )
