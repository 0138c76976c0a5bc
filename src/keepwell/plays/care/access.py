"""The gates of single acts, packages and guests."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import access_customer, scope
from keepwell.plays.care.contracts import NoPlanError
from keepwell.plays.care.models import Act, Guest, Package


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
    access_customer(user, permission, row.customer_id)
    return int(row.activity_id)
