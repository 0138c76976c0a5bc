"""The gates of feelings: the words of customers within reach, for whoever may read sensitive notes."""

from __future__ import annotations

from django.db.models import Q

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.outreach.moods.contracts import NoReadingError
from keepwell.outreach.moods.models import Reading

PERMISSION = Permission.VIEW_SENSITIVE_NOTES


def scope(user: Account) -> Q:
    """The readings that `user` may see, as a filter; Q() where it is all of them."""
    owners = access.owners_within(user, PERMISSION)
    if owners is None:
        return Q()
    return Q(customer_id__in=customers.owned_by(owners)) if owners else Q(pk__in=())


def access_reading(user: Account, reading_id: int) -> None:
    """Let `user` correct this reading: who may read the words and change the customer's record.

    Raises PermissionDenied where it is out of reach, NoReadingError where there is none.
    """
    access.require(user, PERMISSION)
    access.require(user, Permission.CHANGE_CUSTOMERS)
    customer_id = Reading.objects.filter(pk=reading_id).values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise NoReadingError(reading_id)
    access_customer(user, PERMISSION, customer_id)
    access_customer(user, Permission.CHANGE_CUSTOMERS, customer_id)
