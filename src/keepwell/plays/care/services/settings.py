"""What holds for all plans: rules, ready-made plans, gifts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.contracts import CULTURES, TRAIT_CODES
from keepwell.foundation.audit import services as audit
from keepwell.outreach import versions
from keepwell.plays.care import defaults
from keepwell.plays.care.contracts import CareError, LineSpec, Rules
from keepwell.plays.care.models import GiftIdea, RulesVersion, Template
from keepwell.plays.care.queries import catalogue
from keepwell.plays.care.services import checks

CODE = re.compile(r"^[a-z][a-z0-9_]{1,38}$")
COUNTRY = re.compile(r"^[A-Z]{2}$")
NAME_MAX = 120


def set_rules(*, values: Mapping[str, Any], actor: str, now: datetime) -> Rules:
    """Make a new version of the rules; audited. Raises CareError for a value that will not do."""
    with transaction.atomic():
        before = catalogue.rules()
        after = replace(before, **values)
        if not 0 <= after.lead_days <= checks.LEAD_DAYS_MAX or not 1 <= after.pause_days <= 730:
            raise CareError(_("Please type a whole number of days."))
        if not 0 < after.dear_share <= 1 or not 0 <= after.slow_days <= 365:
            raise CareError(_("Please type a share up to 100 % and a whole number of days."))
        return versions.keep(
            RulesVersion,
            before=before,
            after=after,
            to_json=asdict,
            action="care.rules.set",
            object_type="care_rules",
            actor=actor,
            now=now,
        )


def save_template(
    *,
    code: str,
    name: str,
    lines: Sequence[LineSpec],
    actor: str,
    now: datetime,
    for_tiers: Sequence[str] = (),
    for_groups: Sequence[str] = (),
    active: bool = True,
) -> None:
    """Change a ready-made plan or add one; plans that were given before stay. Raises CareError."""
    if not CODE.match(code) or len(name) > NAME_MAX or (code not in defaults.TEMPLATES and not name.strip()):
        raise CareError(_("Please give it a name."))
    checks.lines(lines)
    with transaction.atomic():
        Template.objects.update_or_create(
            code=code,
            defaults={
                "name": name.strip(),
                "for_tiers": list(for_tiers),
                "for_groups": list(for_groups),
                "lines": [catalogue.spec_to_json(one) for one in lines],
                "active": active,
                "updated_at": now,
                "updated_by": actor,
            },
        )
        _log("care.template.set", "care_template", code, actor, now, {"lines": len(lines), "active": active})


def save_gift(
    *,
    code: str,
    name: str,
    hobby: str,
    low: Decimal,
    high: Decimal,
    barred_in: Sequence[str],
    actor: str,
    now: datetime,
    active: bool = True,
) -> None:
    """Change an idea for a gift or add one. Raises CareError for a price or place that will not do."""
    if not CODE.match(code) or len(name) > NAME_MAX or (code not in defaults.GIFTS and not name.strip()):
        raise CareError(_("Please give it a name."))
    checks.amount(low)
    checks.amount(high)
    if high < low:
        raise CareError(_("The highest price is below the lowest."))
    if hobby and hobby not in TRAIT_CODES["interest"]:
        raise CareError(_("Please choose a hobby of the list."))
    wrong = [one for one in barred_in if one not in CULTURES and not COUNTRY.match(one)]
    if wrong:
        raise CareError(_("This is no country and no culture: %(place)s") % {"place": wrong[0]})
    with transaction.atomic():
        values = {
            "name": name.strip(),
            "hobby": hobby,
            "low": low,
            "high": high,
            "barred_in": list(barred_in),
            "active": active,
            "updated_at": now,
            "updated_by": actor,
        }
        GiftIdea.objects.update_or_create(code=code, defaults=values)
        _log("care.gift.set", "care_gift", code, actor, now, {"low": str(low), "high": str(high)})


def _log(action: str, kind: str, code: str, actor: str, now: datetime, details: Mapping[str, Any]) -> None:
    audit.log(actor=actor, action=action, object_type=kind, object_id=code, details=details, at=now)
