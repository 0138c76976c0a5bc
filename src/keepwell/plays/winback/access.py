"""The gates of single cases."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import scope
from keepwell.plays.winback.contracts import NoCaseError
from keepwell.plays.winback.models import Case


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
