"""Fields of one value: changed one by one, each with where it came from."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.contracts import FIELDS, FieldSpec
from keepwell.customers.models import Customer, Portrait
from keepwell.customers.search import services as search
from keepwell.customers.services.checks import require_choice, text_of
from keepwell.customers.services.records import day_index
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit


def set_field(
    *, customer_id: str, name: str, value: str, actor: str, source: str, at: datetime | None = None
) -> bool:
    """Write one field of `contracts.FIELDS` ("" empties it); whether anything changed.

    `value` is a text, an ISO date or a code of the field's choices. Raises ValidationError, the message under
    `value`, for an unknown customer or field and for a value that will not do.
    """
    at = at or clock.now()
    spec = FIELDS.get(name)
    if spec is None:
        raise ValidationError(_("There is no such field."))
    value = checked(spec, value, today=at.date())
    with transaction.atomic():
        customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
        if customer is None:
            raise ValidationError(_("There is no customer with this number."))
        row: Customer | Portrait = customer
        if spec.place == "portrait":
            row, _made = Portrait.objects.get_or_create(customer=customer, defaults={"updated_at": at})
        if getattr(row, name) == value:
            return False
        setattr(row, name, value)
        if name == "birth_on" and isinstance(row, Customer):
            row.birth_day_index = day_index(date.fromisoformat(value)) if value else ""
        row.provenance = {**row.provenance, name: [source, at.isoformat()]}
        row.updated_at = at
        row.save()
        if name in ("name", "company"):
            search.changed(customer_ids=[customer_id], at=at)
        audit.log(
            actor=actor,
            action="customer.set_field",
            object_type="customer",
            object_id=customer_id,
            details={"field": name, "source": source},
            at=at,
        )
    return True


def checked(spec: FieldSpec, value: str, *, today: date) -> str:
    """The value as it is stored; raises ValidationError, the message under `value`."""
    text = text_of("value", value, most=spec.max_length)
    if not text:
        return ""
    if spec.kind == "choice":
        require_choice("value", text, spec.choices)
    elif spec.kind == "date":
        text = _day(text, today).isoformat()
    elif spec.kind == "country":
        text = text.upper()
        if not (len(text) == 2 and text.isascii() and text.isalpha()):
            raise ValidationError({"value": [_("Please type the two letters of the country, such as CN.")]})
    elif spec.kind == "zone" and text not in available_timezones():
        raise ValidationError({"value": [_("Please type a time zone such as Asia/Shanghai.")]})
    return text


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValidationError({"value": [_("Please type a date such as 1990-05-17.")]}) from None
    if not date(1900, 1, 1) <= day <= today:
        raise ValidationError({"value": [_("A birthday lies between 1900 and today.")]})
    return day
