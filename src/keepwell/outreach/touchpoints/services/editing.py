"""Change the map: each change is checked and audited, and what is taken away can be brought back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.foundation.audit import services as audit
from keepwell.insight.labels import COMMUNICATION_GROUP
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import Channel
from keepwell.outreach.journeys import queries as journeys
from keepwell.outreach.journeys.contracts import DefinitionError
from keepwell.outreach.tailoring import queries as tailoring
from keepwell.outreach.touchpoints import measuring, rows
from keepwell.outreach.touchpoints.contracts import (
    FEELINGS,
    SEVERITIES,
    FrictionView,
    MapError,
    Remedy,
    StageView,
    TouchpointView,
)
from keepwell.outreach.touchpoints.models import Friction, Stage, Touchpoint

STAGE = ("name", "position")
TOUCHPOINT = ("name", "stage_id", "channel", "group", "owner_id", "fact", "feeling", "position", "note")
FRICTION = (
    "name", "touchpoint_id", "severity", "owner_id", "fact", "unless", "within_hours", "segment", "remedy",
    "remedy_code", "remedy_purpose", "task_channel", "task_words", "due_hours", "again_days",
)  # fmt: skip
# A remedy that is on does what somebody saw and switched on: what it does, and for whom, is not changed then.
FROZEN = (
    "fact", "unless", "within_hours", "segment", "remedy", "remedy_code", "remedy_purpose", "task_channel",
    "task_words",
)  # fmt: skip
HOURS_MAX = 24 * 60
AGAIN_MAX = 366


def save_stage(
    *, values: Mapping[str, Any], actor: str, now: datetime, stage_id: int | None = None
) -> StageView:
    """Make a stage, or change one; raises MapError."""
    with transaction.atomic():
        row = Stage.objects.select_for_update().filter(pk=stage_id).first() if stage_id else None
        if stage_id and row is None:
            raise MapError({"stage": _("This is no longer on the map.")})
        last = Stage.objects.order_by("-position").first()
        row = row or Stage(code=_code(), position=last.position + 1 if last else 0)
        before = _values(row, STAGE)
        _set(row, values, STAGE)
        if not rows.stage_name(row).strip() or (not row.name and not stage_id):
            raise MapError({"name": _("Please type a name.")})
        row.save()
        _record("stage", row.pk, before if stage_id else {}, _values(row, STAGE), actor, now)
    return StageView(row.pk, row.code, rows.stage_name(row), row.position)


def save_touchpoint(
    *, values: Mapping[str, Any], actor: str, now: datetime, touchpoint_id: int | None = None
) -> TouchpointView:
    """Make a touchpoint, or change one; raises MapError naming each field that will not do."""
    with transaction.atomic():
        row = _locked(Touchpoint, touchpoint_id)
        before = _values(row, TOUCHPOINT)
        _set(row, values, TOUCHPOINT)
        wrong = _wrong_name(row, rows.touchpoint_name(row)) | _wrong_fact(row.fact, "fact")
        if not Stage.objects.filter(pk=row.stage_id).exists():
            wrong["stage_id"] = _("Please choose one of the list.")
        if row.channel and row.channel not in CHANNEL:
            wrong["channel"] = _("Please choose one of the list.")
        if row.group and row.group not in COMMUNICATION_GROUP:
            wrong["group"] = _("Please choose one of the list.")
        if row.feeling is not None and row.feeling not in FEELINGS:
            wrong["feeling"] = _("Please choose one of the list.")
        _end(row, wrong | _wrong_owner(row.owner_id), actor, now)
        _record("touchpoint", row.pk, before if touchpoint_id else {}, _values(row, TOUCHPOINT), actor, now)
    return rows.touchpoint_view(row)


def save_friction(
    *, values: Mapping[str, Any], actor: str, now: datetime, friction_id: int | None = None
) -> FrictionView:
    """Make a friction with its remedy, or change one; raises MapError naming each field that will not do.

    While the remedy is on, what it does and for whom stays as it was when it was switched on.
    """
    with transaction.atomic():
        row = _locked(Friction, friction_id)
        before = _values(row, FRICTION)
        _set(row, values, FRICTION)
        after = _values(row, FRICTION)
        wrong = _wrong_name(row, rows.friction_name(row)) | _wrong_friction(row)
        if row.is_on and any(before[name] != after[name] for name in FROZEN):
            wrong["remedy"] = _("Switch the remedy off before you change what it does.")
        _end(row, wrong | _wrong_owner(row.owner_id), actor, now)
        _record("friction", row.pk, before if friction_id else {}, after, actor, now)
    return rows.friction_view(row)


def remove_touchpoint(*, touchpoint_id: int, actor: str, now: datetime) -> None:
    """Take a touchpoint from the map; raises MapError while a remedy is on or texts are planned."""
    row = Touchpoint.objects.filter(pk=touchpoint_id).first()
    if row is not None and tailoring.used(row.code):
        raise MapError({"touchpoint": _("Texts are planned here: take them out of its plan first.")})
    _remove(Touchpoint, "touchpoint", touchpoint_id, actor, now)


def remove_friction(*, friction_id: int, actor: str, now: datetime) -> None:
    """Take a friction from the map; raises MapError while its remedy is on."""
    _remove(Friction, "friction", friction_id, actor, now)


def restore(*, kind: str, number: int, actor: str, now: datetime) -> None:
    """Bring back what was taken from the map; raises MapError where there is nothing to bring back."""
    model: Any = {"touchpoint": Touchpoint, "friction": Friction}[kind]
    with transaction.atomic():
        row = model.objects.select_for_update().filter(pk=number).exclude(removed_at=None).first()
        if row is None:
            raise MapError({kind: _("There is nothing to bring back.")})
        row.removed_at, row.updated_at, row.updated_by = None, now, actor
        row.save()
        _record(kind, number, {"on_map": False}, {"on_map": True}, actor, now)


def _remove(model: Any, kind: str, number: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = _locked(model, number)
        here = Friction.objects.filter(removed_at=None, is_on=True)
        if here.filter(**{"pk" if kind == "friction" else "touchpoint_id": number}).exists():
            raise MapError({kind: _("Switch the remedy off first.")})
        row.removed_at, row.updated_at, row.updated_by = now, now, actor
        row.save()
        _record(kind, number, {"on_map": True}, {"on_map": False}, actor, now)


def _locked(model: Any, number: int | None) -> Any:
    if number is None:
        return model(code=_code())
    row = model.objects.select_for_update().filter(pk=number, removed_at=None).first()
    if row is None:
        raise MapError({"name": _("This is no longer on the map.")})
    return row


def _code() -> str:
    return "own_" + get_random_string(12, "abcdefghijklmnopqrstuvwxyz0123456789")


def _set(row: Any, values: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in known:
        if name in values:
            value = values[name]
            setattr(row, name, value.strip() if isinstance(value, str) else value)


def _end(row: Any, wrong: dict[str, str], actor: str, now: datetime) -> None:
    if wrong:
        raise MapError(wrong)
    row.updated_at, row.updated_by = now, actor
    row.save()


def _values(row: Any, known: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in known}


def _wrong_name(row: Any, shown: str) -> dict[str, str]:
    if not shown.strip() or (shown == row.code and not row.name):
        return {"name": _("Please type a name.")}
    return {"name": _("Please say it in %(most)s characters.") % {"most": 120}} if len(row.name) > 120 else {}


def _wrong_fact(fact: Mapping[str, Any], name: str) -> dict[str, str]:
    try:
        measuring.read(fact)
    except DefinitionError as error:
        return {name: _("This names no fact that Keepwell knows: %(why)s") % {"why": error}}
    return {}


def _wrong_owner(owner_id: int | None) -> dict[str, str]:
    if owner_id is not None and users.get(owner_id) is None:
        return {"owner_id": _("Please choose one of the list.")}
    return {}


def _wrong_friction(row: Friction) -> dict[str, str]:
    wrong = _wrong_fact(row.fact, "fact") | _wrong_fact(row.unless, "unless")
    if not Touchpoint.objects.filter(pk=row.touchpoint_id, removed_at=None).exists():
        wrong["touchpoint_id"] = _("Please choose one of the list.")
    if row.severity not in SEVERITIES:
        wrong["severity"] = _("Please choose one of the list.")
    for name, least, most in (
        ("within_hours", 0, HOURS_MAX),
        ("due_hours", 1, HOURS_MAX),
        ("again_days", 1, AGAIN_MAX),
    ):
        if not least <= getattr(row, name) <= most:
            said = _("Please type a whole number from %(least)s to %(most)s.")
            wrong[name] = said % {"least": least, "most": most}
    if row.unless and not row.within_hours:
        wrong["within_hours"] = _("Please say how long the customer has until it counts.")
    if row.segment is not None and segments.segment(row.segment) is None:
        wrong["segment"] = _("Please choose one of the list.")
    return wrong | wrong_remedy(row)


def wrong_remedy(row: Friction) -> dict[str, str]:
    """What is wrong with the remedy of a friction, by field."""
    if not row.remedy:
        return {}
    if row.remedy == Remedy.JOURNEY:
        if journeys.by_code(row.remedy_code) is None:
            return {"remedy_code": _("Please choose a journey.")}
    elif row.remedy == Remedy.MESSAGE:
        found = content.get(row.remedy_code)
        if found is None or found.kind not in ("email", "sms"):
            return {"remedy_code": _("Please choose a text.")}
        if row.remedy_purpose not in ("service", "marketing"):
            return {"remedy_purpose": _("Please choose one of the list.")}
    elif row.remedy == Remedy.TASK:
        if row.task_channel not in tuple(Channel):
            return {"task_channel": _("Please choose how to reach the customer.")}
    else:
        return {"remedy": _("Please choose one of the list.")}
    return {}


def _record(
    kind: str, number: int, before: Mapping[str, Any], after: Mapping[str, Any], actor: str, now: datetime
) -> None:
    changed = {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
    if changed:
        audit.log(
            actor=actor,
            action=f"journey_map.{kind}.{'change' if before else 'add'}",
            object_type="journey_map",
            object_id=f"{kind}:{number}",
            details=changed,
            at=now,
        )
