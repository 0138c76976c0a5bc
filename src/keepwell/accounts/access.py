"""The gates: who may do what, and to whose customers. Every view, command and API operation calls one.

Whether one certain customer is within reach is asked of `keepwell.customers.access`, which knows owners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Permission, Reach, Role
from keepwell.accounts.core import reach_of

if TYPE_CHECKING:
    from keepwell.accounts.models import User

Account = AbstractBaseUser | AnonymousUser


def roles(user: Account) -> frozenset[str]:
    """The roles that `user` holds now; nobody's while switched off, administrator for a superuser."""
    if not (user.is_authenticated and user.is_active):
        return frozenset()
    known = frozenset(getattr(user, "roles", ())) & frozenset(Role)
    return known | {Role.ADMINISTRATOR} if getattr(user, "is_superuser", False) else known


def reach(user: Account, permission: Permission) -> Reach:
    """Whose customers `user` may do this to: none, own, the team's, all."""
    held = roles(user)
    if not held or not _in_scope(user, permission):
        return Reach.NONE
    own = reach_of(held, permission)
    # Who leads a team is asked of the database only where it matters.
    return Reach.TEAM if own is Reach.OWN and cast("User", user).leads.exists() else own


def may(user: Account, permission: Permission) -> bool:
    """Whether `user` may do this to anybody at all."""
    return _in_scope(user, permission) and bool(reach_of(roles(user), permission))


def _in_scope(user: Account, permission: Permission) -> bool:
    """Whether the token that `user` came with, if any, covers this; see `queries.authenticate_token`."""
    scopes = getattr(user, "token_scopes", None)
    return scopes is None or permission in scopes


def require(user: Account, permission: Permission) -> Reach:
    """Let `user` pass and say how far; raises PermissionDenied otherwise, saying whom to ask."""
    if not user.is_authenticated:
        raise PermissionDenied(_("Please sign in to see this page."))
    found = reach(user, permission)
    if found is Reach.NONE:
        raise PermissionDenied(_("Your role does not allow this. Ask an administrator for it."))
    return found


def owners_within(user: Account, permission: Permission) -> frozenset[int] | None:
    """The users whose customers `user` may do this to; None means everybody's, owned or not."""
    found = reach(user, permission)
    if found is Reach.ALL:
        return None
    if found is Reach.NONE:
        return frozenset()
    account = cast("User", user)
    if found is Reach.OWN:
        return frozenset({account.pk})
    teams = account.leads.values_list("members", flat=True)
    return frozenset({account.pk, *(member for member in teams if member is not None)})
