"""One-time links with which people set the password of an account that somebody made for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Role
from keepwell.accounts.models import PasswordLink, User
from keepwell.accounts.secret import digest, new_secret
from keepwell.accounts.services.people import create_user
from keepwell.foundation.audit import services as audit

VALID_FOR = timedelta(days=3)


def invite(
    *, username: str, roles: Iterable[Role | str], actor: str, now: datetime, **fields: Any
) -> tuple[User, str]:
    """Make an account and the link that sets its first password; the secret is known only here."""
    with transaction.atomic():
        user = create_user(username=username, roles=roles, actor=actor, **fields)
        return user, create_password_link(user_id=user.pk, actor=actor, now=now)


def create_password_link(*, user_id: int, actor: str, now: datetime) -> str:
    """A secret that sets the password of `user_id` once, within three days; earlier links end.

    The present password, if any, stays until the link is used. Raises ValidationError where the account is
    switched off.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
        if not user.is_active:
            raise ValidationError(_("This account is switched off."))
        PasswordLink.objects.filter(user=user, used_at=None).delete()
        secret = new_secret()
        PasswordLink.objects.create(
            user=user,
            secret_hash=digest(secret),
            created_by=actor,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        audit.log(
            actor=actor,
            action="user.create_password_link",
            object_type="user",
            object_id=str(user_id),
            at=now,
        )
    return secret


def set_password_by_link(*, secret: str, password: str, now: datetime) -> User:
    """Use a link: set the password, end the link and every session of the account.

    Raises ValidationError where the link opens nothing (any more) or the password will not do.
    """
    with transaction.atomic():
        link = (
            PasswordLink.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(secret_hash=digest(secret), used_at=None, expires_at__gt=now, user__is_active=True)
            .first()
        )
        if link is None:
            raise ValidationError(_("This link is used up or over. Ask an administrator for a new one."))
        validate_password(password, link.user)
        link.user.set_password(password)
        link.user.save(update_fields=["password"])
        link.used_at = now
        link.save(update_fields=["used_at"])
        audit.log(
            actor=link.user.username,
            action="user.set_password_by_link",
            object_type="user",
            object_id=str(link.user_id),
            at=now,
        )
    return link.user
