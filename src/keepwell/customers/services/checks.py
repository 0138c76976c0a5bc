"""Checks that several services make."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from keepwell.customers.models import Customer

MAX_TEXT = 4_000


def require_customer(customer_id: str) -> None:
    """Raises ValidationError where there is no such customer."""
    if not Customer.objects.filter(pk=customer_id).exists():
        raise ValidationError(_("There is no customer with this number."))


def require_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Raises ValidationError where `value` is none of `choices`."""
    if value not in choices:
        raise ValidationError({name: [_("Please choose one of the list.")]})


def text_of(name: str, value: str, *, required: bool = False, most: int = MAX_TEXT) -> str:
    """The text without blanks around it; raises ValidationError where it is missing or too long."""
    text = value.replace("\x00", "").strip()
    if required and not text:
        raise ValidationError({name: [_("Please write something here.")]})
    if len(text) > most:
        raise ValidationError({name: [_("At most %(count)s characters, please.") % {"count": most}]})
    return text
