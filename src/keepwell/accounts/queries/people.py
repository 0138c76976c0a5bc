"""Users and teams."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from keepwell.accounts import access, confidentiality
from keepwell.accounts.contracts import Role, TeamView, UserView
from keepwell.accounts.models import Acknowledgement, PasswordLink, Team, User
from keepwell.accounts.secret import digest


def anybody_exists() -> bool:
    """Whether an account has been made at all."""
    return User.objects.exists()


def find_user(username: str) -> User | None:
    """The account of this name."""
    return User.objects.filter(username=username).first()


def _of_addresses(addresses: Iterable[str]) -> QuerySet[User]:
    wanted = Q(pk=None)
    for address in addresses:
        if address:
            wanted |= Q(email__iexact=address)
    return User.objects.filter(wanted)


def user_of_address(addresses: Iterable[str]) -> User | None:
    """The one active account that has one of these e-mail addresses; None where several or none do."""
    found = list(_of_addresses(addresses).filter(is_active=True)[:2])
    return found[0] if len(found) == 1 else None


def address_is_taken(addresses: Iterable[str]) -> bool:
    """Whether any account, active or not, has one of these e-mail addresses."""
    return _of_addresses(addresses).exists()


def user_of_link(secret: str, now: datetime) -> User | None:
    """Whose password this link sets; None where it was used, is over, or never was."""
    link = (
        PasswordLink.objects.select_related("user")
        .filter(secret_hash=digest(secret), used_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    return link.user if link else None


def usernames(user_ids: Iterable[int]) -> dict[int, str]:
    """What these users are called: their name, else their user name."""
    found = User.objects.filter(pk__in=set(user_ids)).only("username", "first_name", "last_name")
    return {one.pk: one.get_full_name() or one.username for one in found}


def users(*, active: bool | None = None) -> list[UserView]:
    """Everybody, those who may sign in first, by name."""
    found = _users() if active is None else _users().filter(is_active=active)
    return [_view(one) for one in found.order_by("-is_active", "username")]


def user(user_id: int) -> UserView | None:
    """One of them."""
    found = _users().filter(pk=user_id).first()
    return _view(found) if found else None


def _users() -> QuerySet[User]:
    factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    said = Acknowledgement.objects.filter(user=OuterRef("pk"), version=confidentiality.VERSION)
    return User.objects.select_related("team").annotate(
        has_factor=Exists(factors), acknowledged=Subquery(said.values("at")[:1])
    )


def _view(found: User) -> UserView:
    held = access.roles(found) if found.is_active else frozenset(found.roles)
    return UserView(
        user_id=found.pk,
        username=found.username,
        name=found.get_full_name(),
        first_name=found.first_name,
        last_name=found.last_name,
        email=found.email,
        roles=tuple(role for role in Role if role in held),
        team_id=found.team_id,
        team=found.team.name if found.team else "",
        language=found.language,
        time_zone=found.time_zone,
        is_active=found.is_active,
        has_password=found.has_usable_password(),
        has_second_factor=getattr(found, "has_factor", False),
        last_login_at=found.last_login,
        acknowledged_at=getattr(found, "acknowledged", None),
    )


def teams() -> list[TeamView]:
    """Every team with its leader and its members."""
    members = Prefetch("members", User.objects.filter(is_active=True).order_by("username"))
    found = Team.objects.select_related("leader").prefetch_related(members)
    return [_team_view(one) for one in found]


def team(team_id: int) -> TeamView | None:
    """One of them."""
    return next((one for one in teams() if one.team_id == team_id), None)


def _team_view(found: Team) -> TeamView:
    return TeamView(
        team_id=found.pk,
        name=found.name,
        leader_id=found.leader_id,
        leader=(found.leader.get_full_name() or found.leader.username) if found.leader else "",
        members=tuple(one.get_full_name() or one.username for one in found.members.all()),
    )
