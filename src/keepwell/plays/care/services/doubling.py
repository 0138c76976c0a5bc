"""One person is one guest: of two guests of an activity whose records are merged, one stands for both.

The other row stays under the merged record's number, in the state `DOUBLE`: it holds no seat, is in no list
and gets no message, its invitation leads to the one that stands, and a split gives it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.services import queueing
from keepwell.plays.care.models import Activity, Guest
from keepwell.plays.care.queries import activities
from keepwell.plays.care.queries.activities import DOUBLE
from keepwell.plays.care.services import checks

ACTOR = "keepwell"
BEGUN = ("proposed", "invited")
NEVER = datetime.min.replace(tzinfo=UTC)
Memo = list[list[Any]]  # of each: the row that is double, its state before, whether numbers were changed over


def join(kept_id: str, merged_id: str, at: datetime) -> Memo:
    """Let one stand for both wherever both are guests; in the caller's transaction. What `part` needs."""
    both = Guest.objects.filter(customer_id=merged_id).values("activity")
    found = Guest.objects.filter(customer_id=kept_id, activity__in=both)
    return [
        _join(checks.locked(number), kept_id, merged_id, at)
        for number in sorted(found.values_list("activity", flat=True))
    ]


def _join(row: Activity, kept_id: str, merged_id: str, at: datetime) -> list[Any]:
    two = Guest.objects.select_for_update().filter(activity=row, customer_id__in=(kept_id, merged_id))
    stands, double = sorted(two.order_by("pk"), key=_weight, reverse=True)
    memo = [double.pk, double.state, stands.customer_id != kept_id]
    if stands.customer_id != kept_id:
        _change_over(stands, double)
    double.state = DOUBLE
    double.save(update_fields=["state"])
    if double.message_id:
        queueing.take_back(message_ids=[double.message_id], actor=ACTOR, now=at)
    return memo


def _weight(guest: Guest) -> tuple[bool, bool, int, datetime, int]:
    """Who was seen counts before what was said, what was said last before what was said earlier."""
    place = BEGUN.index(guest.state) if guest.state in BEGUN else len(BEGUN)
    answered_at = guest.answered_at or NEVER
    return guest.state == "attended", guest.state == "missed", place, answered_at, -guest.pk


def _change_over(one: Guest, other: Guest) -> None:
    """Give each the other's customer; an activity has a customer once, so by way of none."""
    mine, theirs = one.customer_id, other.customer_id
    for guest, number in ((one, ""), (other, mine), (one, theirs)):
        guest.customer_id = number
        guest.save(update_fields=["customer_id"])


def part(memo: Sequence[Sequence[Any]], kept_id: str, at: datetime) -> None:
    """Give back what `join` took, in the caller's transaction; who lost the seat meanwhile waits for one."""
    for pk, state, is_changed in memo:
        number = Guest.objects.filter(pk=pk, state=DOUBLE).values_list("activity", flat=True).first()
        if number is not None:
            _part(checks.locked(number), Guest.objects.select_for_update().get(pk=pk), state, at)
        if number is not None and is_changed:
            double = Guest.objects.get(pk=pk)
            stands = Guest.objects.filter(activity=number, customer_id=kept_id).first()
            if stands is not None:
                _change_over(stands, double)


def _part(row: Activity, guest: Guest, state: str, at: datetime) -> None:
    guest.state = state
    if state == "yes" and 1 + guest.party > row.capacity - activities.taken(row.pk):
        guest.state, guest.waits_since = "waiting", guest.answered_at or at
    elif state == "invited" and sending.never_went([guest.message_id]):
        guest.state = "proposed"
    guest.save(update_fields=["state", "waits_since"])
