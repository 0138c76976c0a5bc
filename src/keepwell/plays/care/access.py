"""The gates of single acts, packages and guests."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer, scope
from keepwell.plays.care.contracts import NoPlanError
from keepwell.plays.care.models import Act, Guest, Package
from keepwell.plays.care.queries import activities


def access_act(user: Account, permission: Permission, act_id: int) -> None:
    """Let `user` do this to this act; raises PermissionDenied, NoPlanError where there is none."""
    access.require(user, permission)
    if Act.objects.filter(scope(user, permission), pk=act_id).exists():
        return
    if not Act.objects.filter(pk=act_id).exists():
        raise NoPlanError(act_id)
    raise PermissionDenied(_("Somebody else looks after this customer. Ask them or a manager."))


def access_package(user: Account, permission: Permission, package_id: int) -> str:
    """Let `user` do this to this package, and say whose it is; raises as `access_act`."""
    access.require(user, permission)
    number = Package.objects.filter(pk=package_id).values_list("customer_id", flat=True).first()
    if number is None:
        raise NoPlanError(package_id)
    access_customer(user, permission, number)
    return str(number)


def access_guest(user: Account, permission: Permission, guest_id: int) -> int:
    """Let `user` do this to this guest, and say of which activity; raises as `access_act`."""
    access.require(user, permission)
    row = Guest.objects.filter(pk=guest_id).first()
    if row is None:
        raise NoPlanError(guest_id)
    access_customer(user, permission, activities.standing(row).customer_id)
    return int(row.activity_id)


def access_guests(user: Account, permission: Permission, guest_ids: Collection[int]) -> None:
    """Let `user` do this to all of these guests; raises PermissionDenied where one is out of reach."""
    access.require(user, permission)
    owners = access.owners_within(user, permission)
    rows = Guest.objects.filter(pk__in=set(guest_ids))
    if owners is not None and rows.exclude(customer_id__in=customers.owned_by(owners)).exists():
        raise PermissionDenied(_("Somebody else looks after one of these guests. Ask them or a manager."))
