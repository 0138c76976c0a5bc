"""People at companies that are customers: who plays a part there and can be written to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from keepwell.customers.contracts import PersonOfRole
from keepwell.customers.models import CompanyContact
from keepwell.foundation.rows import among


def people_of_role(customer_ids: Collection[str], role: str) -> dict[str, tuple[PersonOfRole, ...]]:
    """Who of each company plays this part and has an e-mail address, the oldest entry first.

    Companies without any are left out; the address itself stays sealed.
    """
    rows = CompanyContact.objects.filter(among("customer_id", customer_ids), role=role, email_index__gt="")
    found: dict[str, tuple[PersonOfRole, ...]] = {}
    for person_id, customer_id, name, mark in rows.order_by("pk").values_list(
        "pk", "customer_id", "name", "email_index"
    ):
        one = PersonOfRole(person_id, name, mark)
        found[customer_id] = (*found.get(customer_id, ()), one)
    return found


def people_changed_at(person_ids: Iterable[int]) -> dict[int, datetime]:
    """When the entry of each of these people was changed last; those who are gone are left out."""
    rows = CompanyContact.objects.filter(pk__in=list(person_ids))
    return dict(rows.values_list("pk", "updated_at"))
