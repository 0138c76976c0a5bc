"""The rules of the desk: causes, grades, days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from keepwell.outreach import versions
from keepwell.plays.winback import rulebook
from keepwell.plays.winback.contracts import Rules
from keepwell.plays.winback.models import RuleVersion
from keepwell.plays.winback.queries.rules import current


def set_rules(*, values: Mapping[str, Any], actor: str, now: datetime) -> Rules:
    """Make a new version of the rules from the present one and `values`; audited.

    Nothing is written where nothing changes. Raises `rulebook.RulesError`, which names each field.
    """
    with transaction.atomic():
        before = current()
        return versions.keep(
            RuleVersion,
            before=before,
            after=rulebook.merge(before, values),
            to_json=rulebook.to_json,
            action="winback.rules.set",
            object_type="winback_rules",
            actor=actor,
            now=now,
        )
