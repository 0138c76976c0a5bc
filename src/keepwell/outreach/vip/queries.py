"""What can be asked about VIP care; nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, QuerySet, Value, When

from keepwell.customers import queries as customers
from keepwell.foundation.rows import among
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.outreach import users
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.vip import core
from keepwell.outreach.vip.contracts import ROSTER_DAYS, Gap, ShiftView, Treatment, VipRules
from keepwell.outreach.vip.models import DutyShift, VipRulesRow


def rules() -> VipRules:
    """The rules; before anybody has set them, those that do nothing."""
    row = VipRulesRow.objects.first()
    return parsed(row.values) if row else VipRules()


def parsed(values: dict[str, Any]) -> VipRules:
    """Rules from how they are kept."""
    return VipRules(
        **{
            **values,
            "tiers": tuple(values["tiers"]),
            "needs": tuple(values.get("needs", ())),
            "guided_needs": tuple(values.get("guided_needs", VipRules.guided_needs)),
            "work_days": tuple(values["work_days"]),
            "work_from": time.fromisoformat(values["work_from"]),
            "work_until": time.fromisoformat(values["work_until"]),
        }
    )


def vips(customer_ids: Collection[str]) -> set[str]:
    """Those of these customers who are VIP now, by value or by need; nobody while the rules are off."""
    asked = frozenset(customer_ids) - {""}
    counting = rules()
    if not asked or not counting.active:
        return set()
    found = _by_value(asked, counting)
    if counting.needs:
        needing = customers.with_trait("special_need", counting.needs)
        found |= set(needing.filter(among("customer_id", asked)))
    return found


def fast_tracks(customer_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Who comes first for a special need alone, and for which; whoever is VIP by value is left out."""
    asked = frozenset(customer_ids) - {""}
    counting = rules()
    if not asked or not counting.active or not counting.needs:
        return {}
    needing = customers.special_needs(asked - _by_value(asked, counting))
    said = {one: tuple(need.code for need in needs) for one, needs in needing.items()}
    return {
        one: tuple(code for code in counting.needs if code in codes)
        for one, codes in said.items()
        if not set(counting.needs).isdisjoint(codes)
    }


def _by_value(asked: frozenset[str], counting: VipRules) -> set[str]:
    # No tier would be every tier.
    if not asked or not counting.tiers:
        return set()
    return set(insight.customer_ids(ScoreFilter(tiers=counting.tiers, among=asked), limit=len(asked)))


def come_first(rows: QuerySet[Any]) -> tuple[Case, ...]:
    """What rows with a `customer_id` are sorted by, so that VIP customers come first; () without any."""
    if not rules().active:
        return ()
    first = vips(set(rows.order_by().values_list("customer_id", flat=True).distinct()))
    return (Case(When(among("customer_id", first), then=Value(0)), default=Value(1)),) if first else ()


def guided(customer_id: str, *, now: datetime) -> bool:
    """Whether a customer is shown large, simple pages that say what to do."""
    record = customers.get(customer_id)
    if record is None:
        return False
    needs = customers.special_needs([customer_id]).get(customer_id, ())
    return core.is_guided(
        rules(),
        needs=[one.code for one in needs],
        birth_on=record.birth_on,
        today=now.astimezone(zone()).date(),
    )


def zone() -> ZoneInfo:
    """The shop's clock, as the contact policy has it."""
    return ZoneInfo(policy.rules().time_zone)


def on_duty(*, now: datetime) -> int | None:
    """Who is on duty at `now`: the latest to have begun, of those who do tasks; None: nobody."""
    rows = DutyShift.objects.filter(starts_at__lte=now, ends_at__gt=now).order_by("-starts_at", "-pk")
    able = users.workers() if rows.exists() else {}
    return next((row.user_id for row in rows if row.user_id in able), None)


def treatment(
    customer_id: str, due_at: datetime | None = None, assignee_id: int | None = None, *, now: datetime
) -> Treatment | None:
    """What becomes of something that a customer waits for; None where they are no VIP.

    Outside the working hours it goes to whoever is on duty, where somebody is, else stays as it was meant.
    """
    if not vips([customer_id]):
        return None
    counting = rules()
    at_night = not core.at_work(now, counting, zone())
    duty = on_duty(now=now) if at_night else None
    due = core.due(due_at, hours=counting.task_hours, now=now)
    return Treatment(due, duty if duty is not None else assignee_id, at_night)


def reply_minutes(customer_id: str, channel: str) -> int | None:
    """Within how many minutes a VIP customer gets an answer on a channel; None: nothing of their own."""
    if not vips([customer_id]):
        return None
    return rules().reply_minutes.get(channel)


def contact_of(customer_ids: Collection[str]) -> dict[str, VipRules]:
    """The rules with the contact by day and night, for those who are told it."""
    found = vips(customer_ids)
    counting = rules()
    return dict.fromkeys(found, counting) if counting.has_contact else {}


def roster(*, now: datetime) -> tuple[ShiftView, ...]:
    """Who is on duty from now on, in the order of time."""
    rows = list(DutyShift.objects.filter(ends_at__gt=now))
    names = users.names(row.user_id for row in rows)
    return tuple(
        ShiftView(row.pk, row.user_id, names.get(row.user_id, ""), row.starts_at, row.ends_at) for row in rows
    )


def gaps(*, now: datetime, days: int = ROSTER_DAYS) -> list[Gap]:
    """When nobody is on duty outside the working hours of the next days; none while the rules are off."""
    counting = rules()
    if not counting.active:
        return []
    able = set(users.workers())
    shifts = [(one.starts_at, one.ends_at) for one in roster(now=now) if one.user_id in able]
    return core.uncovered(list(core.nights(counting, zone(), since=now, days=days)), shifts)
