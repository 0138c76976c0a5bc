"""Say what counts for which buying stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach.tailoring import stages
from keepwell.outreach.tailoring.contracts import (
    DAYS_MAX,
    DAYS_MIN,
    SIGNS,
    TIMES_MAX,
    TIMES_MIN,
    TYPE_LENGTH_MAX,
    TYPED,
    TYPES_MAX,
    Rule,
    Stage,
    TailoringError,
)
from keepwell.outreach.tailoring.models import BuyingRule

LIMITS = {
    "days": (DAYS_MIN, DAYS_MAX),
    "product_times": (TIMES_MIN, TIMES_MAX),
    "category_times": (TIMES_MIN, TIMES_MAX),
}


def set_rule(*, values: Mapping[str, Any], actor: str, now: datetime) -> Rule:
    """Change the rule; audited. Nothing is written where nothing changes; raises TailoringError by field.

    `values` has any of the fields of `Rule`; of `stages` and `types` those signs that change.
    """
    wrong = _wrong(values)
    if wrong:
        raise TailoringError(wrong)
    with transaction.atomic():
        row = BuyingRule.objects.select_for_update().first()
        before = _values(stages.rule())
        after = _values(stages.rule_of(_merged(before, values)))
        if before == after:
            return stages.rule()
        changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        row = row or BuyingRule(pk=1)
        row.values, row.updated_at, row.updated_by = after, now, actor
        row.save()
        audit.log(
            actor=actor,
            action="buying_stage.set",
            object_type="buying_stage",
            object_id="rule",
            details=changed,
            at=now,
        )
    return stages.rule()


def _values(rule: Rule) -> dict[str, Any]:
    return {
        "days": rule.days,
        "product_times": rule.product_times,
        "category_times": rule.category_times,
        "stages": {sign: str(rule.stages[sign]) for sign in SIGNS},
        "types": {sign: list(rule.types[sign]) for sign in TYPED},
        "price_words": list(rule.price_words),
    }


def _merged(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(before)
    for name, value in values.items():
        told[name] = {**before[name], **value} if name in ("stages", "types") else value
    return told


def _wrong(values: Mapping[str, Any]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    for name, (least, most) in LIMITS.items():
        if name in values and not (isinstance(values[name], int) and least <= values[name] <= most):
            said = _("Please type a whole number from %(least)s to %(most)s.")
            wrong[name] = said % {"least": least, "most": most}
    for sign, stage in values.get("stages", {}).items():
        if sign not in SIGNS or stage not in tuple(Stage):
            wrong[f"stage.{sign}"] = _("Please choose one of the list.")
    taken: dict[str, str] = {}
    for sign, kinds in values.get("types", {}).items():
        if sign not in TYPED or len(kinds) > TYPES_MAX or any(len(one) > TYPE_LENGTH_MAX for one in kinds):
            wrong[f"types.{sign}"] = _("Too many or too long.")
        for one in kinds:
            if taken.setdefault(one, sign) != sign:
                wrong[f"types.{sign}"] = _("“%(type)s” stands for another sign already.") % {"type": one}
    if any(len(one) > TYPE_LENGTH_MAX for one in values.get("price_words", ())):
        wrong["price_words"] = _("Too many or too long.")
    return wrong
