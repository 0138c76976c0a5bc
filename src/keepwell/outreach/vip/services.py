"""What is done about VIP care: rules, roster, marks on tasks; everything audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from keepwell.customers.contracts import TRAIT_CODES
from keepwell.foundation.audit import services as audit
from keepwell.foundation.rows import among
from keepwell.insight.labels import TIER
from keepwell.outreach import core as tasks_core
from keepwell.outreach import users
from keepwell.outreach.models import Task
from keepwell.outreach.replying.contracts import CHANNELS
from keepwell.outreach.vip import queries
from keepwell.outreach.vip.contracts import (
    AGE_MAX,
    AGE_MIN,
    HOURS_MAX,
    MINUTES_MAX,
    SHIFT_HOURS_MAX,
    VipError,
    VipRules,
)
from keepwell.outreach.vip.models import DutyShift, VipRulesRow

CONTACT_MAX = 200
NEEDS = tuple(one for one in TRAIT_CODES["special_need"] if one != "other")


def set_rules(*, rules: VipRules, actor: str, now: datetime) -> None:
    """Set how VIP customers are treated; raises VipError by field. Tasks that are there are marked anew."""
    _check(rules)
    with transaction.atomic():
        row = VipRulesRow.objects.select_for_update().first()
        values = _plain(rules)
        before = _plain(queries.parsed(row.values)) if row else _plain(VipRules())
        changed = sorted(name for name, value in values.items() if before.get(name) != value)
        if row is not None and not changed:
            return
        defaults = {"values": values, "updated_at": now, "updated_by": actor}
        VipRulesRow.objects.update_or_create(pk=row.pk if row else 1, defaults=defaults)
        audit.log(
            actor=actor,
            action="vip.rules",
            object_type="vip_rules",
            object_id="1",
            details={"fields": changed},
            at=now,
        )
    follow()


def _plain(rules: VipRules) -> dict[str, Any]:
    return {
        **asdict(rules),
        "tiers": list(rules.tiers),
        "needs": list(rules.needs),
        "guided_needs": list(rules.guided_needs),
        "work_days": list(rules.work_days),
        "reply_minutes": dict(rules.reply_minutes),
        "work_from": rules.work_from.isoformat("minutes"),
        "work_until": rules.work_until.isoformat("minutes"),
    }


def _check(rules: VipRules) -> None:
    problems = {}
    if not (rules.tiers or rules.needs) or not set(rules.tiers) <= set(TIER):
        problems["tiers"] = "tiers"
    if not {*rules.needs, *rules.guided_needs} <= set(NEEDS):
        problems["needs"] = "needs"
    if rules.guided_age is not None and not AGE_MIN <= rules.guided_age <= AGE_MAX:
        problems["guided_age"] = "guided_age"
    if not 1 <= rules.task_hours <= HOURS_MAX:
        problems["task_hours"] = "task_hours"
    minutes: Mapping[str, int] = rules.reply_minutes
    if not set(minutes) <= set(CHANNELS) or any(not 1 <= one <= MINUTES_MAX for one in minutes.values()):
        problems["reply_minutes"] = "reply_minutes"
    if rules.work_from >= rules.work_until or not set(rules.work_days) <= set(range(7)):
        problems["hours"] = "hours"
    if any(len(one) > CONTACT_MAX for one in (rules.phone, rules.wecom, rules.email)):
        problems["contact"] = "contact"
    if problems:
        raise VipError(problems)


def add_shift(*, user_id: int, starts_at: datetime, ends_at: datetime, actor: str, now: datetime) -> int:
    """Put a colleague on duty; the number of the shift. Raises VipError by field."""
    problems = {}
    if user_id not in users.workers():
        problems["user"] = "user"
    if not starts_at < ends_at <= starts_at + timedelta(hours=SHIFT_HOURS_MAX):
        problems["times"] = "times"
    if problems:
        raise VipError(problems)
    with transaction.atomic():
        row = DutyShift.objects.create(
            user_id=user_id, starts_at=starts_at, ends_at=ends_at, made_at=now, made_by=actor
        )
        _log("add", row, actor, now)
    return int(row.pk)


def remove_shift(*, shift_id: int, actor: str, now: datetime) -> bool:
    """Take a time of duty away; whether it was there."""
    with transaction.atomic():
        row = DutyShift.objects.select_for_update().filter(pk=shift_id).first()
        if row is None:
            return False
        _log("remove", row, actor, now)
        row.delete()
    return True


def _log(action: str, row: DutyShift, actor: str, now: datetime) -> None:
    said = {"user": row.user_id, "from": row.starts_at.isoformat(), "until": row.ends_at.isoformat()}
    audit.log(
        actor=actor,
        action=f"vip.duty.{action}",
        object_type="duty_shift",
        object_id=str(row.pk),
        details=said,
        at=now,
    )


def follow() -> int:
    """Mark the tasks that are to be done by who is VIP now; how many marks changed."""
    active = Task.objects.filter(status__in=tasks_core.ACTIVE).exclude(customer_id="")
    there = dict(active.values_list("pk", "is_vip"))
    whose = dict(active.values_list("pk", "customer_id"))
    now_vip = queries.vips(set(whose.values()))
    wrong = [pk for pk, is_vip in there.items() if is_vip != (whose.get(pk) in now_vip)]
    with transaction.atomic():
        for value in (True, False):
            some = [pk for pk in wrong if there[pk] is not value]
            Task.objects.filter(among("pk", some)).update(is_vip=value)
    return len(wrong)
