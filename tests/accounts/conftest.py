"""People of a shop with different roles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def person(db):
    """Make somebody with roles."""
    from keepwell.accounts.models import User

    def make(username, *roles, **more):
        return User.objects.create_user(username, password=PASSWORD, roles=list(roles), **more)

    return make


@pytest.fixture
def mei(person):
    """Mei, the administrator."""
    return person("mei", "administrator")


@pytest.fixture
def bo(person):
    """Bo, a service agent."""
    return person("bo", "service_agent")


@pytest.fixture
def rui(person):
    """Rui, the retention manager."""
    return person("rui", "retention_manager")
