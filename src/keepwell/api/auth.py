"""Who calls: a token (Bearer, or Basic with the token as user name), or somebody signed in to the pages."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBasicAuth, HttpBearer, SessionAuth

from keepwell.accounts import access
from keepwell.accounts import services as accounts
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission, Reach
from keepwell.api.problems import ApiError
from keepwell.customers import access as customer_access
from keepwell.foundation import clock

SECRET_LENGTH_MAX = 200
REMEMBERED_SECONDS = 10.0
REMEMBERED_MAX = 1_000


@dataclass(frozen=True)
class Caller:
    """Who calls. `scopes` is None where the user's own permissions are all that limits."""

    user: Any
    scopes: frozenset[Permission] | None
    identity: str
    source: str

    @property
    def name(self) -> str:
        """The user name, for the audit log."""
        return str(self.user.get_username())


def by_secret(secret: str) -> Caller | None:
    """The caller that a token's secret stands for."""
    if not secret or len(secret) > SECRET_LENGTH_MAX or not secret.isascii():
        return None
    found = accounts.authenticate_token(secret=secret, now=clock.now())
    if found is None:
        return None
    user, scopes = found
    return Caller(user, scopes, sha256(secret.encode()).hexdigest(), f"api:{secret[:9]}")


class Remembered:
    """Callers of the last seconds, so that a stream of batches does not ask for each one anew.

    A token that is revoked goes on for `REMEMBERED_SECONDS` at most.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    def by_secret(self, secret: str) -> Caller | None:
        """As the function `by_secret`."""
        digest = sha256(secret.encode(errors="replace")).hexdigest()
        known = self._known.get(digest)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        caller = by_secret(secret)
        with self._lock:
            self._known.pop(digest, None)
            if caller is not None:
                self._known[digest] = (time.monotonic() + REMEMBERED_SECONDS, caller)
            while len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        return caller

    def forget(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._known.clear()


class BearerToken(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        """The caller, or None."""
        return by_secret(token.strip())


class BasicToken(HttpBasicAuth):
    """`Authorization: Basic`, the token as user name and no password."""

    def authenticate(self, request: HttpRequest, username: str, password: str) -> Caller | None:
        """The caller, or None."""
        return by_secret(username.strip())


class Session(SessionAuth):
    """The cookie of somebody who has signed in to the pages."""

    def __call__(self, request: HttpRequest) -> Caller | None:
        """The caller, or None; without a session there is nothing to forge."""
        if request.headers.get("Authorization") or not request.user.is_authenticated:
            return None
        key = self._get_key(request)
        return self.authenticate(request, key)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        """The signed-in user."""
        user = request.user
        return Caller(user, None, f"user:{user.pk}", "api") if user.is_authenticated else None


METHODS = [BearerToken(), BasicToken(), Session()]


def caller(request: HttpRequest) -> Caller:
    """The caller of an operation that has been let in."""
    found: Caller = request.auth  # type: ignore[attr-defined]  # ninja puts there what METHODS answered
    return found


def require(request: HttpRequest, permission: Permission) -> Reach:
    """The gate of every operation: the token's scopes first, then the user's own permission.

    Raises ApiError 403 or PermissionDenied.
    """
    who = caller(request)
    _in_scope(who, permission)
    return access.require(who.user, permission)


def require_customer(request: HttpRequest, permission: Permission, customer_id: str) -> None:
    """The gate of one customer's data. Raises ApiError 403 or PermissionDenied."""
    who = caller(request)
    _in_scope(who, permission)
    customer_access.access_customer(who.user, permission, customer_id)


def owners_within(request: HttpRequest, permission: Permission) -> frozenset[int] | None:
    """Whose customers the caller may do this to; None means everybody's."""
    return access.owners_within(account(request), permission)


def account(request: HttpRequest) -> Account:
    """The user behind the call."""
    user: Account = caller(request).user
    return user


def _in_scope(who: Caller, permission: Permission) -> None:
    if who.scopes is not None and permission not in who.scopes:
        raise ApiError(403, f"This token's scopes do not include {permission.value}.")
