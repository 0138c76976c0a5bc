"""Rows as values."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from keepwell.outreach.coupons.contracts import CouponView, Kind, State, Terms
from keepwell.outreach.coupons.models import Coupon, Offer


def zone() -> ZoneInfo:
    """The shop's clock, by which a day ends."""
    return ZoneInfo(settings.TIME_ZONE)


def terms_of(row: Coupon | Offer) -> Terms:
    """What a row gives."""
    found = Terms(Kind(row.kind), row.value, row.currency, row.gift, row.minimum_order)
    if isinstance(row, Offer):
        return Terms(
            found.kind, found.value, found.currency, found.gift, found.minimum_order, row.days, row.ends_on
        )
    return found


def state_of(row: Coupon, now: datetime) -> State:
    """Where a coupon is at a moment: its end needs nobody to tell it."""
    if row.state == State.ISSUED and row.until < now:
        return State.EXPIRED
    return State(row.state)


def coupon_view(row: Coupon, now: datetime, *, offer_name: str = "") -> CouponView:
    """A coupon."""
    return CouponView(
        coupon_id=row.pk,
        code=row.code,
        customer_id=row.customer_id,
        origin=row.origin,
        offer_id=row.offer_id,
        offer_name=offer_name,
        terms=terms_of(row),
        state=state_of(row, now),
        issued_at=row.issued_at,
        issued_by=row.issued_by,
        until=row.until,
        redeemed_at=row.redeemed_at,
        redeemed_by=row.redeemed_by,
        via=row.via,
        order_id=row.order_id,
        order_amount=row.order_amount,
        given_away=row.given_away,
        voided_at=row.voided_at,
        voided_by=row.voided_by,
        void_reason=row.void_reason,
    )
