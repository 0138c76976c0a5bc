"""Whose an e-mail address is: customers, and people at companies that are customers."""

from __future__ import annotations

from collections.abc import Iterable

from keepwell.customers.contracts import AttachmentView
from keepwell.customers.core import mask, normal_contact
from keepwell.customers.models import Attachment, CompanyContact, ContactPoint
from keepwell.customers.queries.written import _attachment
from keepwell.foundation.crypto import blind_index


def by_address(addresses: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Customer numbers by e-mail address, by the blind index; addresses of nobody are left out."""
    indexes = {blind_index("email", normal_contact("email", one)): one for one in addresses}
    found: dict[str, dict[str, None]] = {}
    points = ContactPoint.objects.filter(kind="email", value_index__in=indexes)
    people = CompanyContact.objects.filter(email_index__in=indexes, email_index__gt="")
    for rows in (
        points.values_list("value_index", "customer_id"),
        people.values_list("email_index", "customer_id"),
    ):
        for index, customer_id in rows.order_by("customer_id"):
            found.setdefault(indexes[index], {})[customer_id] = None
    return {address: tuple(numbers) for address, numbers in found.items()}


def masked_address(address: str) -> str:
    """An e-mail address as contact data are shown."""
    return mask("email", address)


def files(customer_id: str, attachment_ids: Iterable[int], *, sensitive: bool) -> dict[int, AttachmentView]:
    """These files of a customer by id; sensitive ones only where asked for."""
    found = Attachment.objects.filter(customer=customer_id, pk__in=list(attachment_ids))
    if not sensitive:
        found = found.filter(is_sensitive=False)
    return {row.pk: _attachment(row) for row in found.order_by()}
