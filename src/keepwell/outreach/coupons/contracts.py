"""What coupons take and give: terms, offers, coupons, why a code is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What a coupon gives."""

    PERCENT = "percent"  # a share off an order
    AMOUNT = "amount"
    GIFT = "gift"


class Source(StrEnum):
    """Where an offer's codes come from."""

    OWN = "own"  # made here
    LIST = "list"  # of the shop's till or web shop


class State(StrEnum):
    """Where a coupon is."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    VOID = "void"


class Via(StrEnum):
    """How it was told that a coupon was redeemed."""

    API = "api"
    FILE = "file"
    COUNTER = "counter"


class CouponError(ValueError):
    """A code is refused, or something cannot be done; `code` is of `labels.PROBLEM`, `field` a form's."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code, self.field = code, field


@dataclass(frozen=True)
class Terms:
    """What a coupon gives, and how long. `value`: a fraction of one, an amount, or what the gift costs.

    `ends_on` is the day until which a till takes the codes of a list; it stands in place of `days`.
    """

    kind: Kind
    value: Decimal
    currency: str = ""
    gift: str = ""
    minimum_order: Decimal | None = None
    days: int = 14
    ends_on: date | None = None


@dataclass(frozen=True)
class OfferView:
    """An offer that goes with texts: whoever gets one of them gets a coupon of these terms."""

    offer_id: int
    name: str
    terms: Terms
    source: Source
    texts: tuple[str, ...]
    low_at: int
    active: bool
    free: int  # codes of the list that nobody has
    given: int
    redeemed: int
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class CouponView:
    """One coupon of one customer."""

    coupon_id: int
    code: str
    customer_id: str
    origin: str
    offer_id: int | None
    offer_name: str
    terms: Terms
    state: State
    issued_at: datetime
    issued_by: str
    until: datetime
    redeemed_at: datetime | None
    redeemed_by: str
    via: str
    order_id: str
    order_amount: Decimal | None
    given_away: Decimal | None
    voided_at: datetime | None
    voided_by: str
    void_reason: str


@dataclass(frozen=True)
class OriginFigures:
    """What became of the coupons of one kind of origin (win-back case, play, journey, …)."""

    origin: str
    given: int
    redeemed: int
    expired: int
    void: int
    given_away: Mapping[str, Decimal]  # by currency
    revenue: Mapping[str, Decimal]

    @property
    def share(self) -> float | None:
        """The share redeemed of those that were not made void."""
        counted = self.given - self.void
        return self.redeemed / counted if counted else None


@dataclass(frozen=True)
class Taken:
    """What a file brought: how many were new, and the lines left out with why."""

    new: int
    known: int
    refused: tuple[tuple[int, str], ...]
