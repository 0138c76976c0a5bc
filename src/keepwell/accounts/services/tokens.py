"""Tokens with which programs sign in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import access, queries
from keepwell.accounts.contracts import NewToken, Permission, TokenView
from keepwell.accounts.models import ApiToken, User
from keepwell.accounts.secret import digest, new_secret
from keepwell.foundation.audit import services as audit

PREFIX = "kw_"
HINT_LENGTH = 9
# When a token was used is written down at most so often, not with every request.
USE_NOTED_EVERY = timedelta(minutes=1)


def create_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[Permission | str],
    now: datetime,
    expires_at: datetime | None = None,
    actor: str = "",
) -> NewToken:
    """Make a token of `user`; the answer is the only place that ever has the secret.

    Raises ValidationError (by field: name, scopes, expires_at) where the name is empty, no scope is
    chosen, a scope is unknown or beyond what `user` may do, or the expiry has passed.
    """
    wanted = _scopes(user, scopes)
    if not name.strip():
        raise ValidationError({"name": [_("Please give the token a name.")]})
    if expires_at is not None and expires_at <= now:
        raise ValidationError({"expires_at": [_("This has passed already.")]})
    secret = new_secret(PREFIX)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name.strip()[:120],
            scopes=sorted(wanted),
            hint=secret[:HINT_LENGTH],
            secret_hash=digest(secret),
            created_at=now,
            expires_at=expires_at,
        )
        audit.log(
            actor=actor or user.username,
            action="token.create",
            object_type="token",
            object_id=str(token.pk),
            details={"user": user.username, "scopes": token.scopes},
            at=now,
        )
    return NewToken(queries.token_view(token), secret)


def _scopes(user: User, scopes: Iterable[Permission | str]) -> frozenset[Permission]:
    known = {str(permission) for permission in Permission}
    asked = frozenset(map(str, scopes))
    if not asked:
        raise ValidationError({"scopes": [_("Choose at least one thing that the token may do.")]})
    if not asked <= known:
        raise ValidationError({"scopes": [_("There is no such permission.")]})
    wanted = frozenset(map(Permission, asked))
    if not all(access.may(user, permission) for permission in wanted):
        raise ValidationError({"scopes": [_("A token can only do what its user may do.")]})
    return wanted


def revoke_token(*, token_id: int, now: datetime, actor: str) -> TokenView:
    """End a token at once; a second time changes nothing. Raises ApiToken.DoesNotExist for an unknown one."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update(of=("self",)).select_related("user").get(pk=token_id)
        if token.revoked_at is None:
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
            audit.log(
                actor=actor, action="token.revoke", object_type="token", object_id=str(token_id), at=now
            )
    return queries.token_view(token)


def authenticate_token(*, secret: str, now: datetime) -> tuple[User, frozenset[Permission]] | None:
    """As `queries.authenticate_token`, and note that the token was used, at most once a minute."""
    found = queries.authenticate_token(secret, now)
    if found is not None:
        ApiToken.objects.filter(secret_hash=digest(secret)).exclude(
            last_used_at__gt=now - USE_NOTED_EVERY
        ).update(last_used_at=now)
    return found
