"""The rules of alerts as values: defaults, checks, JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from keepwell.insight.labels import TIER
from keepwell.outreach.contracts import AlertRules

LEVELS = ("at_risk", "high")
UNOWNED = ("queue", "share_out")
CAP_MAX = 1_000
DUE_DAYS_MAX = 60


class RulesError(ValidationError):
    """Values that no rules can have; says so by field."""


def parse(values: Mapping[str, Any]) -> AlertRules:
    """Rules from their JSON form; fields that it does not know keep their default."""
    known = {field.name for field in fields(AlertRules)}
    given = {name: value for name, value in values.items() if name in known}
    if "tiers" in given:
        given["tiers"] = tuple(given["tiers"])
    return AlertRules(**given)


def to_json(rules: AlertRules) -> dict[str, Any]:
    """The JSON form."""
    return asdict(rules) | {"tiers": list(rules.tiers)}


def merge(now: AlertRules, values: Mapping[str, Any]) -> AlertRules:
    """`now` with `values` put in; raises RulesError naming each field that will not do."""
    try:
        merged = replace(now, **values)
    except TypeError as error:
        raise RulesError({"version": str(error)}) from None
    wrong: dict[str, str] = {}
    if merged.level not in LEVELS:
        wrong["level"] = _("Please choose from which risk on.")
    if not merged.tiers or not set(merged.tiers) <= set(TIER):
        wrong["tiers"] = _("Please choose at least one value tier.")
    if merged.unowned not in UNOWNED:
        wrong["unowned"] = _("Please choose who gets the customers whom nobody looks after.")
    for name, most in (("daily_cap", CAP_MAX), ("queue_cap", CAP_MAX), ("due_days", DUE_DAYS_MAX)):
        least = 0 if name == "queue_cap" else 1
        if not least <= getattr(merged, name) <= most:
            wrong[name] = _("Please type a whole number from %(least)s to %(most)s.") % {
                "least": least,
                "most": most,
            }
    if wrong:
        raise RulesError(wrong)
    return merged
