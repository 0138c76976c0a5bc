"""Contact points, traits, dates, products and people of a customer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.contracts import COMPANY_ROLES, CONTACT_KINDS, DATE_KINDS, TRAIT_CODES
from keepwell.customers.core import CASED_KINDS, PHONE_KINDS, exact_contact, normal_contact, phone_tail
from keepwell.customers.models import ContactPoint
from keepwell.customers.services.checks import require_choice, text_of
from keepwell.customers.services.items import save_item
from keepwell.customers.services.records import day_index, tail_index
from keepwell.foundation import clock
from keepwell.foundation.crypto import blind_index

EARLIEST = date(1900, 1, 1)
LATEST = date(2200, 1, 1)


def save_contact_point(
    *,
    customer_id: str,
    kind: str,
    value: str,
    actor: str,
    source: str,
    label: str = "",
    is_preferred: bool = False,
    is_verified: bool = False,
    contact_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add a way to reach a customer, or change one ("" as `value` leaves the value as it is); its id.

    A preferred one takes the place of the preferred one of its kind. The same value again is the same
    contact point. Raises ValidationError for a value that is none.
    """
    at = at or clock.now()
    require_choice("kind", kind, CONTACT_KINDS)
    values: dict[str, Any] = {
        "kind": kind,
        "label": text_of("label", label, most=40),
        "is_preferred": is_preferred,
    }
    with transaction.atomic():
        mine = ContactPoint.every.select_for_update().filter(customer_id=customer_id, kind=kind)
        known = mine.filter(pk=contact_id).first() if contact_id else None
        if value.strip() or known is None:
            values |= _contact_value(kind, value)
            same = mine.filter(value_index=values["value_index"]).exclude(pk=contact_id or 0).first()
            if same is not None:
                if contact_id:
                    raise ValidationError({"value": [_("This is stored already.")]})
                ContactPoint.every.filter(pk=same.pk).update(removed_at=None)
                known, contact_id = same, int(same.pk)
        verified_before = known.verified_at if known and "value" not in values else None
        values["verified_at"] = (verified_before or at) if is_verified else None
        if is_preferred:
            mine.exclude(pk=contact_id or 0).update(is_preferred=False)
        return save_item(
            kind="contact",
            customer_id=customer_id,
            item_id=contact_id,
            values=values,
            actor=actor,
            source=source,
            at=at,
        )


def _contact_value(kind: str, value: str) -> dict[str, str]:
    normal = normal_contact(kind, text_of("value", value, required=True, most=500))
    if kind == "email":
        try:
            validate_email(normal)
        except ValidationError:
            raise ValidationError({"value": [_("This is not an e-mail address.")]}) from None
    if kind in PHONE_KINDS and not phone_tail(normal):
        raise ValidationError({"value": [_("This is not a telephone number.")]})
    return {
        # The names of WeChat and WeCom are compared without case, but must be used as they were given.
        "value": exact_contact(value) if kind in CASED_KINDS else normal,
        "value_index": blind_index(kind, normal),
        "tail_index": tail_index(kind, normal),
    }


def save_trait(
    *,
    customer_id: str,
    kind: str,
    code: str,
    text: str = "",
    actor: str,
    source: str,
    trait_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add or change a preference, interest, size, need or family fact; its id.

    `kind` and `code` are of `contracts.TRAIT_CODES`; "other" needs words. Raises ValidationError.
    """
    require_choice("kind", kind, TRAIT_CODES)
    require_choice("code", code, TRAIT_CODES[kind])
    values = {
        "kind": kind,
        "code": code,
        "text": text_of("text", text, required=code == "other", most=1_000),
    }
    return save_item(
        kind="trait",
        customer_id=customer_id,
        item_id=trait_id,
        values=values,
        actor=actor,
        source=source,
        at=at,
    )


def save_date(
    *,
    customer_id: str,
    kind: str,
    on_date: date,
    label: str = "",
    is_yearly: bool = True,
    actor: str,
    source: str,
    date_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add or change a day that matters; its id. Raises ValidationError."""
    require_choice("kind", kind, DATE_KINDS)
    if not EARLIEST <= on_date <= LATEST:
        raise ValidationError({"on_date": [_("Please type a date such as 2026-06-07.")]})
    values = {
        "kind": kind,
        "label": text_of("label", label, required=kind == "other", most=200),
        "on_date": on_date.isoformat(),
        "is_yearly": is_yearly,
        "day_index": day_index(on_date),
    }
    return save_item(
        kind="date",
        customer_id=customer_id,
        item_id=date_id,
        values=values,
        actor=actor,
        source=source,
        at=at,
    )


def save_product(
    *,
    customer_id: str,
    name: str,
    product_id: str = "",
    category: str = "",
    bought_on: date | None = None,
    cycle_days: int | None = None,
    is_given_up: bool = False,
    actor: str,
    source: str,
    item_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add or change a product that the customer has; its id. Raises ValidationError."""
    at = at or clock.now()
    if bought_on is not None and not EARLIEST <= bought_on <= at.date():
        raise ValidationError({"bought_on": [_("The purchase cannot lie in the future.")]})
    if cycle_days is not None and not 1 <= cycle_days <= 36_500:
        raise ValidationError({"cycle_days": [_("Please type a number of days, or nothing.")]})
    values = {
        "name": text_of("name", name, required=True, most=200),
        "product_id": text_of("product_id", product_id, most=80),
        "category": text_of("category", category, most=120),
        "bought_on": bought_on,
        "cycle_days": cycle_days,
        "is_given_up": is_given_up,
    }
    return save_item(
        kind="product",
        customer_id=customer_id,
        item_id=item_id,
        values=values,
        actor=actor,
        source=source,
        at=at,
    )


def save_company_contact(
    *,
    customer_id: str,
    role: str,
    name: str,
    title: str = "",
    email: str = "",
    phone: str = "",
    remark: str = "",
    actor: str,
    source: str,
    person_id: int | None = None,
    at: datetime | None = None,
) -> int:
    """Add or change somebody at a company; when changed, "" as e-mail or phone leaves it. Its id."""
    require_choice("role", role, COMPANY_ROLES)
    values: dict[str, Any] = {
        "role": role,
        "name": text_of("name", name, required=True, most=200),
        "title": text_of("title", title, most=120),
        "remark": text_of("remark", remark, most=1_000),
    }
    for kind, raw in (("email", email), ("phone", phone)):
        if not raw.strip():
            continue
        try:
            found = _contact_value(kind, raw)
        except ValidationError as error:
            raise ValidationError({kind: error.messages}) from None
        values |= {kind: found["value"], f"{kind}_index": found["value_index"]}
        if kind == "phone":
            values["tail_index"] = found["tail_index"]
    return save_item(
        kind="person",
        customer_id=customer_id,
        item_id=person_id,
        values=values,
        actor=actor,
        source=source,
        at=at,
    )
