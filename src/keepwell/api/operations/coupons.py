"""Coupons: what a till or web shop asks and tells."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema
from pydantic import AwareDatetime

from keepwell.accounts.contracts import Permission
from keepwell.api import auth, idempotency
from keepwell.api.app import operation
from keepwell.api.fields import CustomerId, Said80, Text200
from keepwell.api.problems import ApiError
from keepwell.customers import access
from keepwell.foundation import clock
from keepwell.outreach.coupons import labels, queries, services
from keepwell.outreach.coupons.contracts import CouponError, CouponView, Via

TAG = "Coupons"
GATE = Permission.CHANGE_CUSTOMERS
MISSING = frozenset({"unknown", "mistyped"})
GONE = frozenset({"redeemed", "expired", "void"})
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]


class Coupon(Schema):
    """A coupon: `value` is a fraction of one for "percent", an amount for "amount", the cost of a gift."""

    coupon_id: int
    customer_id: str
    kind: str
    value: Decimal
    currency: str
    gift: str
    minimum_order: Decimal | None
    state: str = Field(description="issued, redeemed, expired or void")
    until: datetime
    redeemed_at: datetime | None
    order_id: str
    order_amount: Decimal | None
    given_away: Decimal | None = Field(description="What it took off the order")


class Code(Schema):
    """A code as the customer shows it."""

    model_config = {"extra": "forbid"}

    code: Said80


class Redemption(Code):
    """A code that is used for an order."""

    order_id: Text200 = Field("", description="The same order again is answered the same")
    order_amount: Amount | None = Field(None, description="Before the coupon")
    customer_id: CustomerId | None = Field(None, description="Where it is known: must be the coupon's own")
    redeemed_at: AwareDatetime | None = Field(None, description="When it was used; now, where it is left out")


@operation("POST", "/api/v1/coupons/check", permission=GATE, tag=TAG, response=Coupon, errors=[404])
def check_coupon(request: HttpRequest, body: Code) -> Coupon:
    """Say what a code gives and whether it can be used

    Nothing is changed. A code that nobody was given is not found.
    """
    auth.require(request, GATE)
    return _out(_found(request, body.code))


@operation("POST", "/api/v1/coupons/redeem", permission=GATE, tag=TAG, response=Coupon, errors=[404, 409])
def redeem_coupon(request: HttpRequest, body: Redemption) -> HttpResponse:
    """Redeem a code for an order

    Once: of two who try at the same moment one gets 409. The same order again is answered the same. Ended and
    void codes get 409 as well, with the reason.
    """
    auth.require(request, GATE)
    _found(request, body.code)

    def work() -> Any:
        try:
            done = services.redeem(
                code=body.code,
                via=Via.API,
                actor=auth.caller(request).name,
                now=clock.now(),
                at=body.redeemed_at,
                order_id=body.order_id,
                order_amount=body.order_amount,
                customer_id=body.customer_id or "",
            )
        except CouponError as error:
            raise _problem(error) from None
        return _out(done).model_dump(mode="json")

    return idempotency.once(request, 200, work)


def _found(request: HttpRequest, code: str) -> CouponView:
    """The coupon, where its customer is within the caller's reach."""
    try:
        found = queries.look_up(code=code, now=clock.now())
    except CouponError as error:
        raise _problem(error) from None
    access.access_customer(auth.account(request), GATE, found.customer_id)
    return found


def _problem(error: CouponError) -> ApiError:
    said = str(labels.PROBLEM[error.code])
    status = 404 if error.code in MISSING else 409 if error.code in GONE else 422
    return ApiError(status, said, errors=[{"pointer": f"/{error.field}", "detail": error.code}])


def _out(one: CouponView) -> Coupon:
    own = {name: getattr(one, name) for name in Coupon.model_fields if hasattr(one, name)}
    terms = one.terms
    return Coupon(
        **own,
        kind=terms.kind.value,
        value=terms.value,
        currency=terms.currency,
        gift=terms.gift,
        minimum_order=terms.minimum_order,
    )
