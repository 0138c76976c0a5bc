"""The portrait: fields of one value, items, and what they may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from keepwell.customers.contracts.culture import CULTURES
from keepwell.customers.contracts.records import Origin

CONTACT_KINDS = ("email", "phone", "wecom", "wechat", "whatsapp", "address")
CHANNELS = ("phone", "email", "sms", "wecom", "wechat", "whatsapp", "store", "visit")
COMPANY_ROLES = ("procurement", "finance", "technical", "decision_maker", "execution")
DATE_KINDS = (
    "anniversary",
    "wedding",
    "partner_birthday",
    "child_birthday",
    "exam",
    "school",
    "moving",
    "journey",
    "retirement",
    "company",
    "other",
)
# Kinds of a trait and the codes that people are counted by; "other" has words only.
TRAIT_CODES: dict[str, tuple[str, ...]] = {
    "special_need": (
        "health",
        "diet",
        "older",
        "accessibility",
        "traveller",
        "after_sales",
        "other",
    ),
    "product_preference": ("category", "brand", "price", "quality", "novelty", "other"),
    "service_preference": ("adviser", "delivery", "payment", "packaging", "after_sales", "other"),
    "contact_preference": ("time_of_day", "frequency", "tone", "occasion", "other"),
    "interest": (
        "outdoor",
        "child_raising",
        "young_fashion",
        "quality_value",
        "technology",
        "travel",
        "food",
        "reading",
        "music",
        "home",
        "pets",
        "beauty",
        "other",
    ),
    "habit": ("early_riser", "night_owl", "works_out", "cooks", "drives", "other"),
    "fit": (
        "body",
        "size_top",
        "size_bottom",
        "shoe_size",
        "style",
        "model",
        "colour",
        "home_style",
        "room",
        "other",
    ),
    "family": ("couple", "mother", "father", "children", "invited", "other"),
    "social": ("community", "referrer", "opinion_leader", "network", "other"),
}
PERSONAL_STAGES = (
    "student",
    "starting_work",
    "settling_down",
    "young_parent",
    "homemaker",
    "established",
    "retired",
)
SERVICE_TYPES = ("rational", "emotional", "dominant")
SENSITIVITIES = ("data", "time")
VIP_STATES = ("new", "active", "dormant")
LANGUAGES = ("en", "zh-hans", "zh-hant", "ja", "ko", "de", "fr", "es", "pt", "it", "ru", "ar", "hi", "th")
GENDERS = ("female", "male", "other")


@dataclass(frozen=True)
class FieldSpec:
    """A field of one value that people may change; `choices` are the codes it may hold, where closed."""

    name: str
    place: Literal["record", "portrait"]
    kind: Literal["text", "date", "choice", "country", "zone"]
    choices: tuple[str, ...] = ()
    max_length: int = 120


FIELDS: dict[str, FieldSpec] = {
    spec.name: spec
    for spec in (
        FieldSpec("name", "record", "text", max_length=200),
        FieldSpec("gender", "record", "choice", GENDERS),
        FieldSpec("birth_on", "record", "date"),
        FieldSpec("country", "record", "country"),
        FieldSpec("region", "record", "text", max_length=80),
        FieldSpec("city", "record", "text", max_length=80),
        FieldSpec("language", "record", "choice", LANGUAGES),
        FieldSpec("time_zone", "record", "zone", max_length=40),
        FieldSpec("occupation", "record", "text"),
        FieldSpec("income", "record", "text", max_length=40),
        FieldSpec("company", "record", "text", max_length=200),
        FieldSpec("industry", "record", "text"),
        FieldSpec("preferred_channel", "portrait", "choice", CHANNELS),
        FieldSpec("culture", "portrait", "choice", CULTURES),
        FieldSpec("personal_stage", "portrait", "choice", PERSONAL_STAGES),
        FieldSpec("service_type", "portrait", "choice", SERVICE_TYPES),
        FieldSpec("sensitivity", "portrait", "choice", SENSITIVITIES),
        FieldSpec("vip_state", "portrait", "choice", VIP_STATES),
    )
}


@dataclass(frozen=True)
class TraitView:
    """A preference, interest, size, need or family fact."""

    trait_id: int
    kind: str
    code: str
    text: str
    source: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class PersonalDateView:
    """A day that matters; `next_on` is the next one asked for, `kind` "birthday" is the customer's own."""

    customer_id: str
    date_id: int  # 0 for the birthday, which is a field of the record
    kind: str
    label: str
    on_date: date
    is_yearly: bool
    next_on: date | None
    owner_id: int | None
    source: str
    updated_at: datetime
    updated_by: str = ""


@dataclass(frozen=True)
class OwnedProductView:
    """A product that the customer has; `product_pk` 0 where it is known from orders only.

    `age_days` since the last purchase; `cycle_days` how long one lasts, typed in or the median interval
    between purchases; `due_on` when the next one is to be expected.
    """

    product_pk: int
    product_id: str
    name: str
    category: str
    bought_on: date | None
    times: int
    age_days: int | None
    cycle_days: int | None
    due_on: date | None
    source: str
    updated_at: datetime | None
    updated_by: str = ""


@dataclass(frozen=True)
class CompanyContactView:
    """Somebody at a company; contact data masked."""

    person_id: int
    role: str
    name: str
    title: str
    email_masked: str
    phone_masked: str
    remark: str
    source: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class PersonOfRole:
    """Somebody at a company who can be written to by e-mail; `mark` tells addresses apart without one."""

    person_id: int
    name: str
    mark: str


@dataclass(frozen=True)
class TagView:
    """A tag of the shop's own; `customers` where it was counted."""

    tag_id: int
    name: str
    meaning: str
    is_active: bool
    added_by: str = ""
    added_at: datetime | None = None
    customers: int | None = None


@dataclass(frozen=True)
class PortraitView:
    """What people added to the record; every field with its origin."""

    customer_id: str
    values: Mapping[str, str]
    provenance: Mapping[str, Origin]
    traits: tuple[TraitView, ...]
    dates: tuple[PersonalDateView, ...]
    people: tuple[CompanyContactView, ...]
    tags: tuple[TagView, ...]

    def of_kind(self, kind: str) -> tuple[TraitView, ...]:
        """The traits of one kind."""
        return tuple(trait for trait in self.traits if trait.kind == kind)


@dataclass(frozen=True)
class CategoryUse:
    """What a customer buys of one category. `trend` compares the last 182 days with the 182 before."""

    category: str
    orders: int
    quantity: float
    amount: Decimal
    share: float  # of the amount over all categories
    orders_per_year: float | None
    first_at: datetime
    last_at: datetime
    recent_amount: Decimal
    earlier_amount: Decimal
    trend: Literal["up", "down", "flat", "new", "stopped"]


@dataclass(frozen=True)
class Consumption:
    """Categories by amount; `is_cut` where there are more lines than were read."""

    categories: tuple[CategoryUse, ...]
    lines: int
    is_cut: bool
