"""End coupons: made void with a reason, or because nobody was told of them; tell of ends and short lists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q

from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.contracts import Notice
from keepwell.outreach.coupons import facts
from keepwell.outreach.coupons.contracts import CouponError, Source, State
from keepwell.outreach.coupons.models import Coupon, Offer
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.services import notices

PART = 1_000
REASON_MAX = 500
ACTOR = "keepwell"
# A message is queued in the same moment as its coupon; later than this there is none.
UNTOLD_AFTER = timedelta(days=1)
NOT_SENT, CALLED_OFF = "not_sent", "called_off"


@dataclass(frozen=True)
class Tidied:
    """What a round did."""

    expired: int = 0
    untold: int = 0
    low: int = 0


def void(*, coupon_id: int, reason: str, actor: str, now: datetime) -> None:
    """Make a coupon void: its code is refused from now on.

    Raises CouponError without a reason, and where it is over.
    """
    said = reason.strip()
    if not said:
        raise CouponError("no_reason", "reason")
    if len(said) > REASON_MAX:
        raise CouponError("too_long", "reason")
    with transaction.atomic():
        if not _void(Q(pk=coupon_id), said, actor, now):
            raise CouponError("over", "reason")
        audit.log(
            actor=actor,
            action="coupon.void",
            object_type="coupon",
            object_id=str(coupon_id),
            details={},
            at=now,
        )


def withdraw(*, origins: Collection[str], actor: str, now: datetime) -> int:
    """Make void what was offered by these origins and nobody has redeemed; how many."""
    if not origins:
        return 0
    with transaction.atomic():
        return _void(Q(origin__in=list(origins)), CALLED_OFF, actor, now)


def revive(*, origin: str, actor: str, now: datetime) -> int:
    """Take back what `withdraw` did, for coupons that have not ended; how many."""
    with transaction.atomic():
        found = Coupon.objects.select_for_update(of=("self",)).filter(origin=origin, state=State.VOID)
        rows = [row for row in found.order_by("pk") if row.void_reason == CALLED_OFF and row.until >= now]
        for row in rows:
            row.state, row.voided_at, row.voided_by, row.void_reason = State.ISSUED, None, "", ""
        Coupon.objects.bulk_update(rows, ["state", "voided_at", "voided_by", "void_reason"], batch_size=200)
        facts.tell(facts.REVIVED, rows, now)
    return len(rows)


def _void(which: Q, reason: str, actor: str, now: datetime) -> int:
    rows = list(
        Coupon.objects.select_for_update(of=("self",)).filter(which, state=State.ISSUED).order_by("pk")
    )
    for row in rows:
        row.state, row.voided_at, row.voided_by, row.void_reason = State.VOID, now, actor, reason
    Coupon.objects.bulk_update(rows, ["state", "voided_at", "voided_by", "void_reason"], batch_size=200)
    facts.tell(facts.VOID, rows, now)
    return len(rows)


def tidy(*, now: datetime) -> Tidied:
    """Tell what has expired, make void what nobody was told of, and say which lists run low; idempotent."""
    return Tidied(_expire(now), _untold(now), _low(now))


def _expire(now: datetime) -> int:
    count = 0
    while True:
        with transaction.atomic():
            ended = Coupon.objects.filter(state=State.ISSUED, expired_at=None, until__lt=now)
            rows = list(ended.select_for_update(of=("self",)).order_by("until", "pk")[:PART])
            if not rows:
                return count
            Coupon.objects.filter(pk__in=[row.pk for row in rows]).update(expired_at=now)
            for row in rows:
                row.expired_at = now
            facts.tell(facts.EXPIRED, rows, now)
            count += len(rows)


def _untold(now: datetime) -> int:
    """Coupons whose message did not go: withheld, failed, taken back, or never queued."""
    waiting = Coupon.objects.filter(
        state=State.ISSUED, expired_at=None, issued_at__lt=now - UNTOLD_AFTER
    ).exclude(message_id="")
    count = last = 0
    while part := list(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", "message_id")[:PART]):
        last = part[-1][0]
        gone = messages.never_went([name for _pk, name in part])
        numbers = [pk for pk, name in part if name in gone]
        if numbers:
            with transaction.atomic():
                count += _void(Q(pk__in=numbers), NOT_SENT, ACTOR, now)
    return count


def _low(now: datetime) -> int:
    """Tell who keeps an offer that its list runs low; once for each list of that length."""
    lists = Offer.objects.filter(active=True, source=Source.LIST).annotate(
        free=Count("codes", filter=Q(codes__is_given=False)), every=Count("codes")
    )
    told = 0
    for row in lists.filter(free__lte=F("low_at")):
        keeper = users.by_username(row.updated_by)
        if keeper is None:
            continue
        key = f"coupons_low:{row.pk}:{row.every}:{row.free == 0}"
        data = {"offer": row.pk, "name": row.name, "free": row.free}
        notices.tell(user_id=keeper.pk, kind=Notice.COUPONS_LOW, key=key, data=data, now=now)
        told += 1
    return told
