"""Users as this room needs them: by number, by team, with their zone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers

if TYPE_CHECKING:
    from keepwell.accounts.models import User


def active() -> QuerySet[User]:
    """Everybody who may sign in, by name."""
    return get_user_model().objects.filter(is_active=True).order_by("last_name", "first_name", "username")


def get(user_id: int) -> User | None:
    """One user, switched off or not."""
    return get_user_model().objects.filter(pk=user_id).first()


def by_username(username: str) -> User | None:
    """The active user of this name, or None."""
    return active().filter(username=username).first()


def names(user_ids: Iterable[int | None]) -> dict[int, str]:
    """What colleagues call them: the full name, else the user name."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    rows = get_user_model().objects.filter(pk__in=wanted) if wanted else ()
    return {row.pk: name_of(row) for row in rows}


def name_of(user: User) -> str:
    """The full name, else the user name."""
    return user.get_full_name() or user.get_username()


def zone_of(user: User | None) -> ZoneInfo:
    """Where the user's day begins; the installation's zone where none is said."""
    try:
        return ZoneInfo(getattr(user, "time_zone", "") or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def looking_after(customer_ids: Iterable[str]) -> dict[str, str]:
    """User names of those who look after these customers now, by customer."""
    owners = customers.owners_of(customer_ids)
    rows = get_user_model().objects.filter(pk__in=set(owners.values()), is_active=True)
    found = dict(rows.values_list("pk", "username"))
    return {number: found[owner] for number, owner in owners.items() if owner in found}


def workers() -> dict[int, User]:
    """Active users who may do tasks, by number."""
    return {user.pk: user for user in active() if access.may(user, Permission.CHANGE_TASKS)}


def teams() -> dict[int, str]:
    """Names of the teams by number."""
    model = get_user_model()._meta.get_field("team").related_model
    return dict(model._default_manager.order_by("name").values_list("pk", "name"))
