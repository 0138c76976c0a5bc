"""The rules of the desk as values: checks, JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from keepwell.plays import core as plays
from keepwell.plays.winback import defaults
from keepwell.plays.winback.contracts import CauseRule, Grade, GradeRule, Rules, Way

POINTS_MAX = 99
NUMBERS = {
    "window_days": (7, 365),
    "offer_days": (1, 365),
    "offer_days_max": (1, 365),
    "remind_days": (0, 30),
    "open_daily": (1, 1_000),
}
RISKS = tuple(defaults.RISK_POINTS)
CODE = re.compile(r"^[a-z][a-z0-9_]{1,38}$")
NAME_MAX = 60


class RulesError(ValidationError):
    """Values that no rules can have; says so by field."""


def parse(values: Mapping[str, Any]) -> Rules:
    """Rules from their JSON form; fields that it does not know keep their default."""
    known = {field.name for field in fields(Rules)}
    given = {name: value for name, value in values.items() if name in known}
    if "grades" in given:
        given["grades"] = tuple(GradeRule(**one) for one in given["grades"])
    if "causes" in given:
        given["causes"] = tuple(
            CauseRule(**{**one, "measures": tuple(one["measures"])}) for one in given["causes"]
        )
    if "open_tiers" in given:
        given["open_tiers"] = tuple(given["open_tiers"])
    return replace(defaults.rules(), **given)


def to_json(rules: Rules) -> dict[str, Any]:
    """The JSON form."""
    plain: dict[str, Any] = asdict(rules)
    plain["grades"] = [asdict(one) for one in rules.grades]
    plain["causes"] = [{**asdict(one), "measures": list(one.measures)} for one in rules.causes]
    plain["open_tiers"] = list(rules.open_tiers)
    return plain


def merge(now: Rules, values: Mapping[str, Any]) -> Rules:
    """`now` with `values` put in; raises RulesError naming each field that will not do."""
    try:
        merged = replace(now, **values)
    except TypeError as error:
        raise RulesError({"version": str(error)}) from None
    wrong = {**_points(merged), **_grades(merged), **_causes(merged)}
    for name, (least, most) in NUMBERS.items():
        if not least <= getattr(merged, name) <= most:
            wrong[name] = _("Please type a whole number from %(least)s to %(most)s.") % {
                "least": least,
                "most": most,
            }
    if merged.offer_days > merged.offer_days_max:
        wrong["offer_days"] = _("This is longer than an offer may hold.")
    if (merged.open_lost or merged.rescue_unhappy) and (
        not merged.open_tiers or not set(merged.open_tiers) <= set(plays.TIERS)
    ):
        wrong["open_tiers"] = _("Please choose at least one value tier.")
    if wrong:
        raise RulesError(wrong)
    return merged


def _points(rules: Rules) -> dict[str, str]:
    wrong = {}
    for name, given, known in (
        ("tier_points", rules.tier_points, plays.TIERS),
        ("risk_points", rules.risk_points, RISKS),
    ):
        if set(given) != set(known) or any(abs(points) > POINTS_MAX for points in given.values()):
            wrong[name] = _("Please type whole numbers.")
    return wrong


def _grades(rules: Rules) -> dict[str, str]:
    if [one.grade for one in rules.grades] != list(Grade):
        return {"grades": _("Every grade needs its line.")}
    froms = [one.points_from for one in rules.grades]
    if froms != sorted(froms, reverse=True) or len(set(froms)) < len(froms):
        return {"grades": _("A better grade needs more points.")}
    if any(one.limit_of not in plays.TIERS or one.way not in set(Way) for one in rules.grades):
        return {"grades": _("Please choose a spending limit and a way for every grade.")}
    return {}


def _causes(rules: Rules) -> dict[str, str]:
    codes = [one.code for one in rules.causes]
    if len(set(codes)) < len(codes) or not any(one.active for one in rules.causes):
        return {"causes": _("Every cause is in the list once, and one at least is in use.")}
    for one in rules.causes:
        unknown = [code for code in one.measures if code not in defaults.MEASURES]
        if not CODE.match(one.code) or unknown or one.group not in plays.REASON_GROUPS:
            return {"causes": _("This cause will not do: %(code)s") % {"code": one.code}}
        if abs(one.points) > POINTS_MAX or len(one.name) > NAME_MAX:
            return {"causes": _("This cause will not do: %(code)s") % {"code": one.code}}
        if one.active and not one.measures:
            return {"causes": _("A cause in use needs at least one measure.")}
    return {}
