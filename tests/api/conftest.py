"""Callers of the API: an administrator's tokens, an account manager's, and a tracking write key."""

from __future__ import annotations

import base64

import orjson
import pytest
from django.contrib.auth import get_user_model

from keepwell.accounts import services as accounts
from keepwell.accounts.contracts import Permission, Role
from keepwell.api import gateway, tracking
from keepwell.foundation import clock
from keepwell.foundation.limits import Buckets


@pytest.fixture(autouse=True)
def fresh(monkeypatch, settings):
    """No caller is remembered and no quota used from the test before; duties are another room's tests."""
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    tracking.CALLERS.forget()
    monkeypatch.setattr(gateway, "BUCKETS", Buckets())


@pytest.fixture
def person(db):
    """Make a user who holds a role."""

    def make(username, role, **fields):
        return get_user_model().objects.create(username=username, roles=[role.value], **fields)

    return make


@pytest.fixture
def token(person):
    """Make a token of a user with scopes; all that the user may do by default."""
    from keepwell.accounts import access

    def make(user, *scopes):
        wanted = scopes or [p for p in Permission if access.may(user, p)]
        return accounts.create_token(user=user, name="test", scopes=wanted, now=clock.now()).secret

    return make


class Caller:
    """Speaks JSON to the API with one token."""

    def __init__(self, client, secret):
        self.client, self.secret = client, secret

    def __call__(self, method, path, body=None, **headers):
        given = {
            "Authorization": f"Bearer {self.secret}",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        kind = "application/json" if data else ""
        return self.client.generic(method, path, data, content_type=kind, headers=given)

    def get(self, path, **headers):
        return self("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self("POST", path, body, **headers)


@pytest.fixture
def admin(person):
    return person("ada", Role.ADMINISTRATOR)


@pytest.fixture
def api(client, admin, token, home):
    """The administrator's program."""
    return Caller(client, token(admin))


@pytest.fixture
def calls(client, token):
    """The program of somebody."""
    return lambda user, *scopes: Caller(client, token(user, *scopes))


@pytest.fixture
def write_key(admin, token, home):
    """A key that may send events and nothing else."""
    return token(admin, Permission.SEND_EVENTS)


@pytest.fixture
def track(client, write_key):
    """Send to the tracking API as its libraries do."""

    def send(kind, body, *, raw=None, **headers):
        basic = base64.b64encode(f"{write_key}:".encode()).decode()
        given = {"Authorization": f"Basic {basic}", **headers}
        data = orjson.dumps(body) if raw is None else raw
        return client.generic("POST", f"/v1/{kind}", data, content_type="application/json", headers=given)

    return send
