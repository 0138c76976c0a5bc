"""Tokens with which programs sign in."""

from __future__ import annotations

from datetime import datetime

from keepwell.accounts.contracts import Permission, TokenView
from keepwell.accounts.models import ApiToken, User
from keepwell.accounts.queries.duties import must_acknowledge
from keepwell.accounts.secret import digest


def authenticate_token(secret: str, now: datetime) -> tuple[User, frozenset[Permission]] | None:
    """Whose token this is and what it covers; None where it opens nothing.

    It opens nothing where it is unknown, over or revoked, or its user is blocked or has yet to take on
    the duty of confidentiality.

    The user carries the scopes as `token_scopes`, so that every gate allows what both role and token allow.
    """
    token = ApiToken.objects.select_related("user").filter(secret_hash=digest(secret)).first()
    if token is None or not token.user.is_active or not token_view(token).is_valid(now):
        return None
    if must_acknowledge(token.user):
        return None
    scopes = token_view(token).scopes
    token.user.token_scopes = scopes
    return token.user, scopes


def tokens(user: User | None = None) -> list[TokenView]:
    """The tokens of `user`, or everybody's; the newest first."""
    found = ApiToken.objects.select_related("user")
    return [token_view(token) for token in (found if user is None else found.filter(user=user))]


def token_view(token: ApiToken) -> TokenView:
    """The row as a value; scopes that a later release no longer knows are left out."""
    return TokenView(
        token_id=token.pk,
        username=token.user.username,
        name=token.name,
        hint=token.hint,
        scopes=frozenset(Permission(code) for code in token.scopes if code in set(Permission)),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
    )
