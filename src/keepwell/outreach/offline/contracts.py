"""What offline channels take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

KINDS = ("exhibition", "poster", "leaflet", "store", "partner")


class OfflineError(ValueError):
    """What cannot be kept; `code` of `labels.PROBLEM`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NoSpotError(LookupError):
    """There is no such offline channel."""


@dataclass(frozen=True)
class SpotView:
    """A place or a printed thing with its code."""

    spot_id: int
    code: str
    kind: str
    name: str
    place: str
    store: str
    target: str
    starts_on: date
    ends_on: date | None
    cost: Decimal
    currency: str
    active: bool


@dataclass(frozen=True)
class SpotResult:
    """What came of a spot since its first day.

    `scans` of its code; `visits` by known customers (of the website, or noted there); `orders` that name its
    code as their campaign, or its store; `fresh` customers of them whose first order it was.
    """

    spot: SpotView
    scans: int
    visits: int
    orders: int
    customers: int
    fresh: int
    revenue: Decimal

    @property
    def cost_per_order(self) -> Decimal | None:
        """What an order cost; None without orders."""
        return self.spot.cost / self.orders if self.orders else None

    @property
    def cost_per_fresh(self) -> Decimal | None:
        """What a new customer cost; None without any."""
        return self.spot.cost / self.fresh if self.fresh else None
