"""The gates of one customer: whether a user may do something to this one."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission, Reach
from keepwell.customers import queries


def may_access(user: Account, permission: Permission, customer_id: str) -> bool:
    """Whether `user` may do this to this customer: everybody's, the team's or only own ones."""
    owners = access.owners_within(user, permission)
    return owners is None or (bool(owners) and queries.owner_of(customer_id) in owners)


def access_customer(user: Account, permission: Permission, customer_id: str) -> None:
    """Let `user` do this to this customer; raises PermissionDenied, saying whom to ask."""
    access.require(user, permission)
    if not may_access(user, permission, customer_id):
        raise PermissionDenied(_("Somebody else looks after this customer. Ask them or a manager."))


def scope(user: Account, permission: Permission) -> Q:
    """The rows that `user` may do this to, as a filter on `owner` and `customer_id`; Q() where it is all."""
    owners = access.owners_within(user, permission)
    if owners is None:
        return Q()
    if not owners:
        return Q(pk__in=())
    return Q(owner__in=owners) | Q(customer_id__in=queries.owned_by(owners))


def may_assign(user: Account) -> bool:
    """Whether `user` gives customers an owner at once; who reaches own ones only asks the receiver."""
    return access.reach(user, Permission.CHANGE_OWNERS) > Reach.OWN


def access_assigning(user: Account) -> None:
    """Let `user` give customers an owner at once; raises PermissionDenied, saying what to do instead."""
    access.require(user, Permission.CHANGE_OWNERS)
    if not may_assign(user):
        raise PermissionDenied(_("You can propose a handover; a manager can assign owners directly."))
