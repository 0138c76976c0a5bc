"""The users who look after customers: their names, and whether they may be given any."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def user_name(user: Any) -> str:
    """The full name, or the user name where there is none."""
    return str(user.get_full_name() or user.get_username())


def user_names(user_ids: Collection[int]) -> dict[int, str]:
    """Names by user id, also of accounts that are switched off."""
    users = get_user_model()._default_manager.filter(pk__in=set(user_ids))
    return {user.pk: user_name(user) for user in users}


def require_active(user_id: int, field: str) -> None:
    """Raises ValidationError where there is no such user, or the account is switched off."""
    if not get_user_model()._default_manager.filter(pk=user_id, is_active=True).exists():
        raise ValidationError({field: [_("This user does not exist or cannot sign in any more.")]})
