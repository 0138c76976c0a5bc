"""A play in words: whom, what its arms are, what so many customers can show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from keepwell.customers.labels import CHANNEL
from keepwell.outreach.labels import KIND as TASK_KIND
from keepwell.outreach.policy.words import CAUSE as POLICY
from keepwell.outreach.sending import labels as sending
from keepwell.plays import queries as treatments
from keepwell.plays.experiments import labels, planning
from keepwell.plays.experiments.contracts import ArmKind, ArmView, PlayView, Primary, Status
from keepwell.plays.experiments.planning import Forecast
from keepwell.web import formats

MONEY = (Primary.REVENUE, Primary.MARGIN)


def state(one: PlayView) -> dict[str, Any]:
    """Its status as code and word."""
    return {
        "code": one.status.value,
        "word": labels.STATUS[one.status],
        "is_live": one.status in (Status.STARTING, Status.RUNNING, Status.PAUSED),
    }


def whom(one: PlayView, names: Mapping[int, str] | None = None) -> str:
    """Whom it asks for."""
    if one.plan_id is not None:
        if one.plan_treatment:
            return _("Plan %(number)s: %(treatment)s") % {
                "number": one.plan_id,
                "treatment": treatment_name(one.plan_treatment),
            }
        return _("Plan %(number)s") % {"number": one.plan_id}
    known = names if names is not None else {}
    return (
        known.get(one.segment_id or 0) or planning.segment_name(one.segment_id or 0) or _("a deleted segment")
    )


def treatment_name(code: str) -> str:
    """What a treatment is called."""
    found = treatments.treatment(code)
    return found.name if found else code


def arm_name(arm: ArmView) -> str:
    """What it is called."""
    return pgettext("arm", "Control") if arm.is_control else arm.name


def how(arm: ArmView) -> str:
    """What is done for those of it."""
    if arm.is_control:
        return _("nothing of this play; everything else goes on")
    parts = [str(labels.KIND[arm.kind])]
    if arm.kind is ArmKind.MESSAGE:
        parts = [" / ".join(str(CHANNEL.get(way.channel, way.channel)) for way in arm.ways)]
        if arm.from_manager:
            parts.append(_("in the name of the customer's manager"))
        if arm.best_hour:
            parts.append(_("at each customer's best hour"))
        elif arm.hour is not None:
            parts.append(_("at %(hour)s o'clock") % {"hour": arm.hour})
    elif arm.kind is ArmKind.TASK:
        parts = [str(TASK_KIND.get(arm.task_kind, arm.task_kind))]
    if arm.offer:
        parts.append(arm.offer)
    return " · ".join(parts)


def cause(code: str) -> str:
    """Why a member was not contacted."""
    word = labels.CAUSE.get(code) or POLICY.get(code) or sending.FAILURE.get(code)
    return str(word or code)


def worded(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems by field, in words; those of no field as "all"."""
    return {
        (name.replace(".", "_") or "all"): str(labels.PROBLEM.get(code, code))
        for name, code in problems.items()
    }


def said(found: Forecast, currency: str) -> list[str]:
    """What so many customers can show, in sentences."""
    if found.primary is Primary.SATISFACTION:
        return [_("How satisfaction varies is not known beforehand; the result will say how sure it is.")]
    if found.primary in (Primary.CONVERSION, Primary.SOLVING):
        return [_("How it varies is not known beforehand; the result will say how sure it is.")]
    if not found.comparable:
        return [
            _("Without a control and with one arm there is nothing to compare with: nothing will be shown.")
        ]
    count = formats.number(found.units)
    if found.detectable is None:
        lines = [
            ngettext(
                "With %(count)s customer no difference could be seen.",
                "With %(count)s customers no difference could be seen.",
                found.units,
            )
            % {"count": count}
        ]
    else:
        lines = [
            ngettext(
                "With %(count)s customer a difference of %(difference)s would be seen.",
                "With %(count)s customers a difference of %(difference)s would be seen.",
                found.units,
            )
            % {"count": count, "difference": amount(found.detectable, found.primary, currency)},
            _("Today it is %(usual)s in as many days.")
            % {"usual": usual(found.usual, found.primary, currency)},
        ]
    if found.wanted and not found.enough:
        wanted = amount(found.wanted, found.primary, currency)
        if found.needed is None:
            lines.append(_("No number of customers would show %(difference)s.") % {"difference": wanted})
        else:
            needed = formats.number(found.needed)
            lines.append(
                _("To see %(difference)s it takes %(count)s customers.")
                % {"difference": wanted, "count": needed}
            )
    return lines


def amount(value: float, primary: Primary, currency: str) -> str:
    """A difference: points of a hundred, or money."""
    if primary in MONEY:
        return formats.money(round(value, 2), currency)
    points = math.ceil(value * 1000) / 10
    return ngettext("%(points)s point", "%(points)s points", 1 if points == 1 else 2) % {
        "points": formats.number(points, 0 if points == int(points) else 1)
    }


def usual(value: float, primary: Primary, currency: str) -> str:
    """What is usual: a share or money."""
    if primary in MONEY:
        return formats.money(round(value, 2), currency)
    return formats.percent(value, 1)
