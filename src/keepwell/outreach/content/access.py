"""The gates of content: company-wide; a preview with a customer's values asks for that customer as well."""

from __future__ import annotations

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import access_customer


def access_preview(user: Account, customer_id: str) -> None:
    """Let `user` see a text with the values of this customer; without one, with examples.

    Raises PermissionDenied.
    """
    access.require(user, Permission.VIEW_CONTENT)
    if customer_id:
        access_customer(user, Permission.VIEW_CUSTOMERS, customer_id)
