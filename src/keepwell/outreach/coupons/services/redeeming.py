"""Redeem coupons: once, before their end, and only one of two who try at the same moment."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from django.db import transaction

from keepwell.customers.identity import queries as identity
from keepwell.foundation.audit import services as audit
from keepwell.outreach.coupons import core, facts
from keepwell.outreach.coupons.contracts import CouponError, CouponView, State, Taken, Via
from keepwell.outreach.coupons.models import Coupon
from keepwell.outreach.coupons.rows import coupon_view, terms_of, zone
from keepwell.outreach.coupons.services.giving import MONEY_MAX

ORDER_MAX = 200
LINES_MAX = 100_000
CLOCK_SKEW = timedelta(minutes=5)  # of a till


def redeem(
    *,
    code: str,
    via: Via,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    order_id: str = "",
    order_amount: Decimal | None = None,
    customer_id: str = "",
) -> CouponView:
    """Redeem a code for an order; the same order again is answered the same.

    `at` is when it was used where that is told later. `order_amount` is before the coupon; `customer_id`,
    where the till knows it, must be the coupon's own. Raises CouponError: "unknown", "mistyped", "redeemed",
    "expired", "void", "not_yet", "future", "other_customer", "below_minimum", "needs_amount", "bad_amount".
    """
    return _redeem(code, via, actor, now, at, order_id, order_amount, customer_id)[0]


def _redeem(
    code: str,
    via: Via,
    actor: str,
    now: datetime,
    at: datetime | None,
    order_id: str,
    order_amount: Decimal | None,
    customer_id: str,
) -> tuple[CouponView, bool]:
    """The coupon, and whether it was redeemed just now and not before."""
    moment = at or now
    if moment > now + CLOCK_SKEW:
        raise CouponError("future", "at")
    if order_amount is not None and not (order_amount.is_finite() and 0 <= order_amount < MONEY_MAX):
        raise CouponError("bad_amount", "order_amount")
    order_id = order_id.strip()[:ORDER_MAX]
    with transaction.atomic():
        row = _found(code)
        if row.state == State.REDEEMED and order_id and row.order_id == order_id:
            return coupon_view(row, now), False
        _require(row, moment, customer_id, order_amount)
        changes = {
            "redeemed_at": moment,
            "redeemed_by": actor,
            "via": via.value,
            "order_id": order_id,
            "order_amount": order_amount,
            "given_away": core.given_away(terms_of(row), order_amount),
        }
        free = Coupon.objects.filter(pk=row.pk, state=State.ISSUED)
        if not free.update(state=State.REDEEMED, **changes):
            raise CouponError("redeemed", "code")
        row = Coupon.objects.get(pk=row.pk)
        facts.tell(facts.REDEEMED, [row], moment)
        audit.log(
            actor=actor,
            action="coupon.redeem",
            object_type="coupon",
            object_id=str(row.pk),
            details={"customer_id": row.customer_id, "via": via, "order_id": order_id},
            at=now,
        )
    return coupon_view(row, now), True


def _found(code: str) -> Coupon:
    """The coupon of a code, locked; raises CouponError."""
    plain = core.read(code)
    row = Coupon.objects.select_for_update(of=("self",)).filter(plain=plain).first() if plain else None
    if row is None:
        raise CouponError(core.why_unknown(plain), "code")
    return row


def _require(row: Coupon, at: datetime, customer_id: str, order_amount: Decimal | None) -> None:
    """Raise CouponError where a coupon cannot be redeemed at a moment."""
    if row.state != State.ISSUED:
        raise CouponError(row.state, "code")
    if at > row.until:
        raise CouponError("expired", "code")
    if at < row.issued_at - CLOCK_SKEW:
        raise CouponError("not_yet", "at")
    # A till may know a merged customer by the number of before.
    if customer_id and row.customer_id not in (customer_id, identity.canonical_id(customer_id)):
        raise CouponError("other_customer", "customer_id")
    if row.minimum_order is not None:
        if order_amount is None:
            raise CouponError("needs_amount", "order_amount")
        if order_amount < row.minimum_order:
            raise CouponError("below_minimum", "order_amount")


def redeem_file(*, text: str, actor: str, now: datetime) -> Taken:
    """Codes that a till or web shop took: code, redeemed_at, order_id, order_amount, customer_id.

    A day alone is its end by the shop's clock. A line that is refused is named and left out; the others
    are kept. Raises CouponError where there is no column "code", too many lines, or no table at all.
    """
    new = known = 0
    refused: list[tuple[int, str]] = []
    for number, line in enumerate(_lines(text), 2):
        if number > LINES_MAX + 1:
            raise CouponError("too_many_lines", "file")
        said = {
            name: (value or "").strip()
            for name, value in line.items()
            if name and not isinstance(value, list)
        }
        if not any(said.values()):
            continue
        try:
            _view, is_new = _redeem(
                code=said.get("code", ""),
                via=Via.FILE,
                actor=actor,
                now=now,
                at=_moment(said.get("redeemed_at", ""), now),
                order_id=said.get("order_id", ""),
                order_amount=_amount(said.get("order_amount", "")),
                customer_id=said.get("customer_id", ""),
            )
        except CouponError as error:
            refused.append((number, error.code))
        else:
            new, known = new + is_new, known + (not is_new)
    return Taken(new, known, tuple(refused))


def _lines(text: str) -> list[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=None))
    try:
        if "code" not in (reader.fieldnames or ()):
            raise CouponError("columns", "file")
        return list(islice(reader, LINES_MAX + 1))
    except csv.Error:
        raise CouponError("columns", "file") from None


def _moment(said: str, now: datetime) -> datetime | None:
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise CouponError("bad_moment", "at") from None
    if len(said) == 10:
        # It may have been given in the afternoon of that day, and it holds to the end of its last one.
        found = min(core.end_of_day(found.date(), zone()), now)
    return found if found.tzinfo else found.replace(tzinfo=zone())


def _amount(said: str) -> Decimal | None:
    try:
        return Decimal(said) if said else None
    except InvalidOperation:
        raise CouponError("bad_amount", "order_amount") from None
