"""The gates: who may see and who may change. Every view calls one of them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

Account = AbstractBaseUser | AnonymousUser


def may_view(user: Account) -> bool:
    """Whether `user` may see customers and figures: everybody who has signed in."""
    return bool(user.is_authenticated and user.is_active)


def may_change(user: Account) -> bool:
    """Whether `user` may change settings and save plans: staff."""
    return may_view(user) and bool(getattr(user, "is_staff", False))


def may_manage_accounts(user: Account) -> bool:
    """Whether `user` may add accounts and change them."""
    return may_change(user) and user.has_perm("accounts.change_user")  # type: ignore[union-attr]


def require_view(user: Account) -> None:
    """Let `user` see; raises PermissionDenied otherwise."""
    if not may_view(user):
        raise PermissionDenied(_("Please sign in to see this page."))


def require_change(user: Account) -> None:
    """Let `user` change; raises PermissionDenied otherwise."""
    if not may_change(user):
        raise PermissionDenied(
            _("Your account may look but not change. Ask an administrator for staff access.")
        )
