"""The gates of cases: one's own, those of one's customers, the team's, all."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.plays.winback.contracts import NoCaseError
from keepwell.plays.winback.models import Case


def scope(user: Account, permission: Permission) -> Q:
    """The cases that `user` may do this to, as a filter; Q() where it is all of them."""
    owners = access.owners_within(user, permission)
    if owners is None:
        return Q()
    if not owners:
        return Q(pk__in=())
    return Q(owner__in=owners) | Q(customer_id__in=customers.owned_by(owners))


def may_access(user: Account, permission: Permission, case_id: int) -> bool:
    """Whether `user` may do this to this case."""
    return Case.objects.filter(scope(user, permission), pk=case_id).exists()


def access_case(user: Account, permission: Permission, case_id: int) -> None:
    """Let `user` do this to this case.

    Raises PermissionDenied where it is out of reach, NoCaseError where there is none.
    """
    access.require(user, permission)
    if may_access(user, permission, case_id):
        return
    if not Case.objects.filter(pk=case_id).exists():
        raise NoCaseError(case_id)
    raise PermissionDenied(_("This case is somebody else's. Ask them or a manager."))
