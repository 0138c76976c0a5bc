"""Activities: planned, guests proposed, the checklist, and what it came to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.contracts import TRAIT_CODES
from keepwell.outreach.sending.services import queueing
from keepwell.plays.care import defaults
from keepwell.plays.care.contracts import CareError
from keepwell.plays.care.models import Activity, Guest
from keepwell.plays.care.queries import activities, money
from keepwell.plays.care.services import checks, inviting, seating
from keepwell.plays.care.services.checks import OPEN
from keepwell.plays.care.services.inviting import invite
from keepwell.plays.care.services.seating import ANSWERS, CAME, answer

__all__ = ["ANSWERS", "CAME", "OPEN", "answer", "check", "close", "invite", "propose", "save"]

CAPACITY_MAX = 10_000
NAME_MAX = 120
PARTY_MAX = 20
MINUTES_MIN, MINUTES_MAX = 15, 20_160
REMINDERS_MAX, REMIND_DAYS_MAX = 3, 60


def save(*, values: Mapping[str, Any], actor: str, now: datetime, activity_id: int | None = None) -> int:
    """Plan an activity or change it; its number.

    `values`: name, kind, at, place, capacity, owner_id, budget, segment_id, interest, channel, subject, text;
    perhaps texts, closes_at, minutes, party_max, remind_days, hosts, taken_up. More seats go to who waits.
    Raises CareError for what will not do.
    """
    if not str(values["name"]).strip() or len(str(values["name"])) > NAME_MAX:
        raise CareError(_("Please give it a name."))
    if values["kind"] not in defaults.ACTIVITY_KINDS or values["channel"] not in checks.MESSAGED:
        raise CareError(_("Please choose kind and channel of the list."))
    if not 1 <= int(values["capacity"]) <= CAPACITY_MAX:
        raise CareError(_("Please say how many seats there are."))
    if values["interest"] and values["interest"] not in TRAIT_CODES["interest"]:
        raise CareError(_("Please choose a hobby of the list."))
    checks.amount(values["budget"])
    _check_more(values)
    with transaction.atomic():
        if activity_id is None:
            row = Activity.objects.create(
                **values,
                currency=money.currency(),
                checklist=[[code, False] for code in defaults.CHECKLIST],
                made_at=now,
                made_by=actor,
            )
        else:
            row = checks.locked(activity_id)
            if row.at != values["at"]:
                # Who was reminded of the old day or hour is reminded of the new one.
                Guest.objects.filter(activity=row).update(reminded_days=None)
            for name, value in values.items():
                setattr(row, name, value)
            row.save(
                update_fields=[name.removesuffix("_id") if name == "owner_id" else name for name in values]
            )
            seating.fill(row, actor=actor, now=now)
        checks.note(row, "care.activity.save", actor, now, {"kind": row.kind, "capacity": row.capacity})
    return int(row.pk)


def _check_more(values: Mapping[str, Any]) -> None:
    for said in (values["text"], *values.get("texts", {}).values()):
        checks.text(str(said))
    closes_at = values.get("closes_at")
    if closes_at is not None and closes_at > values["at"]:
        raise CareError(_("Answers can be changed until it begins, not longer."))
    if not 0 <= values.get("party_max", 0) <= PARTY_MAX:
        raise CareError(_("A guest may bring up to %(most)s people.") % {"most": PARTY_MAX})
    if not MINUTES_MIN <= values.get("minutes", 120) <= MINUTES_MAX:
        raise CareError(_("Please say how long it takes."))
    days = values.get("remind_days", [])
    if len(days) > REMINDERS_MAX or any(not 0 < one <= REMIND_DAYS_MAX for one in days):
        raise CareError(_("Please remind guests at most three times, within 60 days before."))


def propose(*, activity_id: int, owner_ids: Collection[int] | None, actor: str, now: datetime) -> int:
    """Put those whom the segment and the interest propose on the list; how many are new."""
    with transaction.atomic():
        row = checks.locked(activity_id)
        found = activities.candidates(activities.activity(activity_id), owner_ids=owner_ids)
        Guest.objects.bulk_create(
            [Guest(activity=row, customer_id=number, why=why) for number, why in found], ignore_conflicts=True
        )
        checks.note(row, "care.activity.propose", actor, now, {"guests": len(found)})
    return len(found)


def check(*, activity_id: int, checked: Collection[str], own: str, actor: str, now: datetime) -> None:
    """Tick the checklist, and add a line of one's own."""
    with transaction.atomic():
        row = checks.locked(activity_id)
        row.checklist = [[code, code in checked] for code, _done in row.checklist]
        if said := own.strip()[:NAME_MAX]:
            row.checklist.append([said, False])
        row.save(update_fields=["checklist"])
        done = sum(done for _code, done in row.checklist)
        checks.note(row, "care.activity.check", actor, now, {"done": done})


def close(
    *, activity_id: int, cost: Decimal | None, improvements: str, actor: str, now: datetime, held: bool = True
) -> None:
    """Say that it took place or was called off, what it cost, and what to do better next time (EMO-09).

    What waits of its messages is taken out of the queue; who comes, or waits, is told that it is called off.
    """
    checks.amount(cost or Decimal(0))
    with transaction.atomic():
        row = checks.locked(activity_id)
        row.status = "held" if held else "cancelled"
        row.cost = cost
        row.improvements = checks.text(improvements) or row.improvements
        row.save(update_fields=["status", "cost", "improvements"])
        queueing.take_back_all(origin=f"care-activity:{row.pk}", actor=actor, now=now)
        if not held:
            inviting.tell_off(row, actor=actor, now=now)
        checks.note(row, "care.activity.close", actor, now, {"status": row.status})
