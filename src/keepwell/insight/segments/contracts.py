"""What segments answer: frozen values that pages, commands and rooms above may rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from keepwell.insight.segments.attributes import (
    Attribute,
    AttributeProvider,
    attributes,
    grouped,
    register_attributes,
)
from keepwell.insight.segments.definition import (
    Condition,
    DefinitionError,
    FactCondition,
    Node,
    parse,
    to_json,
)

__all__ = [
    "Attribute",
    "AttributeProvider",
    "Comparison",
    "Counted",
    "DefinitionError",
    "Explained",
    "FactCondition",
    "Member",
    "MemberPage",
    "Movement",
    "Node",
    "Profile",
    "Seasonality",
    "SegmentError",
    "SegmentView",
    "Shared",
    "Size",
    "attributes",
    "grouped",
    "parse",
    "register_attributes",
    "to_json",
]

Shared = Literal["private", "team", "all"]


class SegmentError(ValueError):
    """Something that cannot be done with a segment; the message is for people."""


@dataclass(frozen=True)
class SegmentView:
    """A segment; `size` None until it was first worked out, `code` where it comes with the product."""

    segment_id: int
    name: str
    description: str
    definition: Mapping[str, Any]
    version: int
    shared: Shared
    author_id: int | None
    author: str
    code: str | None
    size: int | None
    evaluated_at: datetime | None
    is_evaluated: bool  # the members belong to the present definition
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    error: str

    @property
    def is_machine_made(self) -> bool:
        """Whether it comes with the product."""
        return self.code is not None


@dataclass(frozen=True)
class Size:
    """How many were in a segment at an instant, and how many had entered and left since the one before."""

    at: datetime
    size: int
    entered: int
    left: int


@dataclass(frozen=True)
class Counted:
    """A count: `size` of `total` customers, all within reach; `at` is the instant it is true of."""

    size: int
    total: int
    at: datetime
    built_at: datetime
    seconds: float
    sample: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """Somebody in a segment."""

    customer_id: str
    entered_at: datetime


@dataclass(frozen=True)
class MemberPage:
    """A page of members: `total` are within reach."""

    rows: tuple[Member, ...]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True)
class Movement:
    """Somebody entered or left a segment; `cause`: cycle, live or definition."""

    segment_id: int
    customer_id: str
    at: datetime
    entered: bool
    cause: str


@dataclass(frozen=True)
class Explained:
    """A part of a definition for one customer: whether it holds, and the customer's own value.

    `join` is all, any or not for a group, "" for a condition.
    """

    holds: bool
    join: str = ""
    condition: Condition | None = None
    value: Any = None
    parts: tuple[Explained, ...] = ()


@dataclass(frozen=True)
class Profile:
    """What a group is like. Money in the cycle's currency; shares of its customers, 0 to 1."""

    size: int
    clv: Decimal
    average_clv: float | None
    expected_loss: Decimal
    average_risk: float | None
    average_orders: float | None
    average_order_amount: float | None
    average_silence_days: float | None
    shares: Mapping[str, Mapping[str, float]]  # tier, status, region, age, reason, ... -> value -> share
    categories: Mapping[str, float]  # category -> share of its customers who bought it in a year
    at: datetime | None = None


@dataclass(frozen=True)
class Comparison:
    """Two segments side by side."""

    first: Profile
    second: Profile
    both: int
    currency: str


@dataclass(frozen=True)
class Seasonality:
    """When the members buy: orders and amount by month of the last two years and by weekday (Monday first).

    `index` is a calendar month's orders per day against the average day's, 1 = average; only where at least
    a year is known.
    """

    months: tuple[tuple[date, int, Decimal], ...]
    weekdays: tuple[int, ...]
    index: Mapping[int, float]
