"""To whom at a company a mailing goes: chosen, said, and shown by an example."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise

from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import may_access
from keepwell.outreach.content.contracts import ROLES
from keepwell.outreach.content.labels import ROLE
from keepwell.outreach.mailings import labels
from keepwell.outreach.mailings.contracts import Audience


def choices() -> list[tuple[str, str | Promise]]:
    """The roles of contact persons, with their names."""
    return [(code, ROLE[code]) for code in ROLES]


def said(role: str) -> str:
    """To whom, in words; "" where it goes to the address of the customer."""
    return str(labels.TO_ROLE.get(role, role))


def example(user: Account, found: Audience) -> dict[str, Any] | None:
    """One who would get it, at a company that `user` may look at; the address masked."""
    for number, person_id in found.examples.items():
        if may_access(user, Permission.VIEW_CUSTOMERS, number):
            people = {one.person_id: one for one in customers.portrait(number).people}
            if person_id in people:
                return {"customer_id": number, "person": people[person_id]}
    return None
