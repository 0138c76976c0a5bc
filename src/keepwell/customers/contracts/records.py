"""Records: what a source says, and what is asked back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class CustomerRow:
    """What a source says of one customer; None means that it says nothing and the stored value stays.

    `phone` and `whatsapp` are E.164 where the country is known, `wecom` is an external_userid and `wechat` an
    openid as the provider writes them, `acquisition_cost` is money in the installation's currency.
    """

    customer_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    gender: str | None = None
    birth_on: date | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    language: str | None = None
    time_zone: str | None = None
    occupation: str | None = None
    income: str | None = None
    company: str | None = None
    industry: str | None = None
    acquired_at: datetime | None = None
    acquisition_channel: str | None = None
    acquisition_cost: Decimal | None = None
    tags: tuple[str, ...] | None = None
    extra: Mapping[str, Any] | None = None
    wecom: str | None = None
    wechat: str | None = None
    whatsapp: str | None = None


@dataclass(frozen=True)
class UpsertResult:
    """How many records were made, changed and left as they were."""

    created: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class ContactPointView:
    """A way to reach somebody, masked."""

    kind: str
    masked: str
    source: str
    updated_at: datetime
    point_id: int = 0
    label: str = ""
    is_preferred: bool = False
    verified_at: datetime | None = None
    updated_by: str = ""


@dataclass(frozen=True)
class Addressee:
    """What one must know of a customer to write to them; no contact points."""

    name: str
    gender: str
    company: str
    city: str
    country: str
    language: str
    acquired_at: datetime | None


@dataclass(frozen=True)
class Origin:
    """Where a field's value came from, and when."""

    source: str
    at: datetime


@dataclass(frozen=True)
class CustomerView:
    """One customer record; contact points masked."""

    customer_id: str
    name: str
    contact_points: tuple[ContactPointView, ...]
    gender: str
    birth_on: date | None
    country: str
    region: str
    city: str
    language: str
    time_zone: str
    occupation: str
    income: str
    company: str
    industry: str
    acquired_at: datetime | None
    acquisition_channel: str
    acquisition_cost: Decimal | None
    tags: tuple[str, ...]
    extra: Mapping[str, Any]
    source: str
    created_at: datetime
    updated_at: datetime
    provenance: Mapping[str, Origin] = field(default_factory=dict)
