"""Write a play: whom, what, beside which control. Nothing happens before it is approved and started."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.contracts import Kind as TextKind
from keepwell.outreach.contracts import Kind as TaskKind
from keepwell.outreach.mailings.services.drafting import CHANNELS, other_ways
from keepwell.plays import queries as treatments
from keepwell.plays.contracts import TreatmentView
from keepwell.plays.experiments import core
from keepwell.plays.experiments.contracts import (
    ARMS_MAX,
    CONTROL,
    CONTROL_SHARE_MIN,
    DAYS_MAX,
    NAME_MAX,
    ArmKind,
    ArmValues,
    ArmView,
    PlayError,
    PlayValues,
    PlayView,
    Primary,
    WayValues,
)
from keepwell.plays.experiments.models import Arm, Play
from keepwell.plays.experiments.rows import view, whole
from keepwell.plays.experiments.ways import ArmWay
from keepwell.plays.models import Plan

CODE_MAX = 60
SAME = (
    "segment_id", "plan_id", "plan_treatment", "starts_on", "ends_on", "budget", "outcome_days",
    "control_share", "primary", "smallest_effect",
)  # fmt: skip
# Kinds of task that a play can ask for: those that reach the customer.
TASKS = (TaskKind.CALL, TaskKind.VISIT, TaskKind.MESSAGE, TaskKind.FOLLOW_UP)


def draft(*, values: PlayValues, actor: str, now: datetime) -> PlayView:
    """A new draft; raises PlayError, which names each field."""
    with transaction.atomic():
        row = Play(created_at=now, created_by=actor, version=0)
        row.code = _code(values.code or slugify(values.name), row)
        row.salt = row.code
        _write(row, values, actor, now, "play.add")
    return viewed(row.pk)


def change(*, play_id: int, version: int, values: PlayValues, actor: str, now: datetime) -> PlayView:
    """Change what nobody has changed since `version`; an approval holds no longer. Raises PlayError."""
    with transaction.atomic():
        row = locked(play_id, "change", version)
        row.arms.all().delete()
        row.submitted_at, row.submitted_by, row.decided_at, row.approved_by = None, "", None, ""
        _write(row, values, actor, now, "play.change")
    return viewed(row.pk)


def copy(*, play_id: int, actor: str, now: datetime) -> PlayView:
    """A new draft that says the same, to be dealt out anew."""
    old = viewed(play_id)
    start = timezone.localdate(now)
    arms = tuple(
        ArmValues(
            name=one.name, kind=one.kind, weight=one.weight, treatment_code=one.treatment_code,
            text_code=one.text_code, channel=one.channel, task_kind=one.task_kind,
            script_code=one.script_code, offer=one.offer, hour=one.hour, unit_cost=one.unit_cost,
            others=way_values(one), best_hour=one.best_hour, from_manager=one.from_manager,
        )
        for one in old.treated
    )  # fmt: skip
    values = PlayValues(
        name=old.name, starts_on=start, ends_on=start + (old.ends_on - old.starts_on), arms=arms,
        segment_id=old.segment_id, plan_id=old.plan_id, plan_treatment=old.plan_treatment,
        hypothesis=old.hypothesis, owner_id=old.owner_id, budget=old.budget, outcome_days=old.outcome_days,
        control_share=old.control_share, no_control_reason=old.no_control_reason, primary=old.primary,
        smallest_effect=old.smallest_effect,
    )  # fmt: skip
    return draft(values=replace(values, code=""), actor=actor, now=now)


def way_values(arm: ArmView) -> tuple[WayValues, ...]:
    """The further channels of an arm, to be written anew."""
    return tuple(
        WayValues(one.channel, one.text_code, one.unit_cost, one.treatment_code) for one in arm.others
    )


def discard(*, play_id: int, version: int, actor: str, now: datetime) -> None:
    """Throw a draft away; raises PlayError where it is none any more."""
    with transaction.atomic():
        row = locked(play_id, "discard", version)
        log("play.discard", row, {"name": row.name}, actor, now)
        row.delete()


def locked(play_id: int, step: str, version: int | None = None) -> Play:
    """The play, locked, with the status that `step` leads to; raises PlayError where it cannot be taken."""
    row = Play.objects.select_for_update(of=("self",)).get(pk=play_id)
    target = core.next_status(row.status, step)
    if target is None:
        raise PlayError({"": "not_now"})
    if version is not None and row.version != version:
        raise PlayError({"": "changed"})
    row.status = target
    return row


def viewed(play_id: int) -> PlayView:
    """The view of a play that there is."""
    return view(whole().get(pk=play_id))


def log(action: str, row: Play, details: Mapping[str, Any], actor: str, now: datetime) -> None:
    """Put it into the audit log."""
    about = {"code": row.code, "status": row.status, **details}
    audit.log(actor=actor, action=action, object_type="play", object_id=str(row.pk), details=about, at=now)


def _code(wished: str, row: Play) -> str:
    """A code that no other play has."""
    wished = (slugify(wished) or "play")[: CODE_MAX - 4]
    taken = set(
        Play.objects.filter(code__startswith=wished).exclude(pk=row.pk).values_list("code", flat=True)
    )
    if wished not in taken:
        return wished
    return next(code for n in range(2, 10_000) if (code := f"{wished}-{n}") not in taken)


def _write(row: Play, values: PlayValues, actor: str, now: datetime, action: str) -> None:
    if found := problems(values):
        raise PlayError(found)
    for name in SAME:
        setattr(row, name, getattr(values, name))
    row.name, row.hypothesis = values.name.strip(), values.hypothesis.strip()
    row.no_control_reason = "" if values.control_share else values.no_control_reason.strip()
    author = users.by_username(actor)
    row.owner_id = values.owner_id if values.owner_id is not None else (author.pk if author else None)
    cycle = insight.current_cycle()
    row.currency = cycle.currency if cycle else ""
    row.version, row.changed_by, row.refusal = row.version + 1, actor, ""
    row.save()
    Arm.objects.bulk_create(_arms(row, values))
    log(action, row, {"arms": len(values.arms), "control_share": values.control_share}, actor, now)


def _arms(row: Play, values: PlayValues) -> list[Arm]:
    known = {one.code: one for one in treatments.treatments()}
    arms = []
    if values.control_share:
        arms.append(Arm(play=row, key=CONTROL, position=0, name="", is_control=True, weight=0.0))
    for place, one in enumerate(values.arms):
        treatment = known.get(one.treatment_code)
        usual = treatment.unit_cost if treatment else Decimal(0)
        arm = Arm(play=row, key=chr(ord("a") + place), position=place + 1, name=one.name.strip())
        arm.weight, arm.kind, arm.treatment_code = one.weight, one.kind, one.treatment_code
        arm.offer, arm.unit_cost = one.offer.strip(), usual if one.unit_cost is None else one.unit_cost
        if one.kind == ArmKind.MESSAGE:
            text = content.get(one.text_code)
            arm.text_code, arm.hour = one.text_code, None if one.best_hour else one.hour
            arm.best_hour, arm.from_manager = one.best_hour, one.from_manager
            arm.others = [_way(way, arm, known).kept() for way in one.others]
            arm.channel = one.channel or (CHANNELS[text.kind][0] if text else "")
        elif one.kind == ArmKind.TASK:
            arm.task_kind, arm.script_code, arm.channel = one.task_kind, one.script_code, one.channel
        arms.append(arm)
    return arms


def _way(way: WayValues, arm: Arm, known: Mapping[str, TreatmentView]) -> ArmWay:
    code = way.treatment_code or arm.treatment_code
    usual = known[way.treatment_code].unit_cost if way.treatment_code in known else arm.unit_cost
    cost = usual if way.unit_cost is None else way.unit_cost
    return ArmWay(way.channel, way.text_code, None, cost, code)


def problems(values: PlayValues) -> dict[str, str]:
    """Why values cannot be kept, by field (those of arms as "arms.0.name"); empty where they can."""
    found = {}
    if not values.name.strip() or len(values.name.strip()) > NAME_MAX:
        found["name"] = "no_name"
    found |= _whom(values)
    if values.ends_on < values.starts_on or (values.ends_on - values.starts_on).days > DAYS_MAX:
        found["ends_on"] = "not_period"
    if values.budget is not None and not 0 <= values.budget < Decimal(10) ** 13:
        found["budget"] = "not_budget"
    if not 1 <= values.outcome_days <= DAYS_MAX:
        found["outcome_days"] = "not_days"
    if values.primary not in tuple(Primary):
        found["primary"] = "not_primary"
    if values.control_share and not CONTROL_SHARE_MIN <= values.control_share <= 1 - CONTROL_SHARE_MIN:
        found["control_share"] = "not_share"
    if not values.control_share and not values.no_control_reason.strip():
        found["no_control_reason"] = "no_reason"
    if values.smallest_effect is not None and not (
        math.isfinite(values.smallest_effect) and values.smallest_effect > 0
    ):
        found["smallest_effect"] = "not_effect"
    if not 1 <= len(values.arms) <= ARMS_MAX:
        found["arms"] = "not_arms"
    for place, one in enumerate(values.arms):
        found |= {f"arms.{place}.{name}": code for name, code in _arm_problems(one).items()}
    return found


def _whom(values: PlayValues) -> dict[str, str]:
    if (values.segment_id is None) == (values.plan_id is None):
        return {"segment_id": "no_whom"}
    if values.plan_id is not None:
        plan = Plan.objects.filter(pk=values.plan_id).first()
        if plan is None or (values.plan_treatment and values.plan_treatment not in plan.actions):
            return {"plan_id": "no_plan"}
        return {}
    segment = segments.segment(values.segment_id or 0)
    return {"segment_id": "no_segment"} if segment is None or segment.archived_at is not None else {}


def _arm_problems(arm: ArmValues) -> dict[str, str]:
    found = {}
    if not arm.name.strip() or len(arm.name.strip()) > 80:
        found["name"] = "no_name"
    if not (math.isfinite(arm.weight) and 0 < arm.weight <= 1_000):
        found["weight"] = "not_weight"
    if arm.unit_cost is not None and not 0 <= arm.unit_cost < Decimal(10) ** 9:
        found["unit_cost"] = "not_cost"
    if arm.treatment_code and treatments.treatment(arm.treatment_code) is None:
        found["treatment_code"] = "no_treatment"
    if arm.kind not in tuple(ArmKind):
        found["kind"] = "not_kind"
    if arm.kind == ArmKind.MESSAGE:
        text = content.get(arm.text_code) if arm.text_code else None
        if text is None or text.archived_at is not None:
            found["text_code"] = "no_text"
        elif text.kind not in CHANNELS or (arm.channel and arm.channel not in CHANNELS[text.kind]):
            found["text_code"] = "wrong_text"
        else:
            first = arm.channel or CHANNELS[text.kind][0]
            ways = [(one.channel, one.text_code) for one in arm.others]
            found |= other_ways(ways, first=first, purpose=text.purpose)
        for place, one in enumerate(arm.others):
            if one.unit_cost is not None and not 0 <= one.unit_cost < Decimal(10) ** 9:
                found.setdefault(f"others.{place}", "not_cost")
            if one.treatment_code and treatments.treatment(one.treatment_code) is None:
                found.setdefault(f"others.{place}", "no_treatment")
        if arm.hour is not None and not 0 <= arm.hour <= 23:
            found["hour"] = "not_hour"
    if arm.kind == ArmKind.TASK:
        if arm.task_kind not in TASKS:
            found["task_kind"] = "not_task"
        script = content.get(arm.script_code) if arm.script_code else None
        if arm.script_code and (script is None or script.kind != TextKind.CALL_SCRIPT):
            found["script_code"] = "no_script"
    return found
