"""A shop with one person per role, a customer of the account manager's and one of somebody else's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from keepwell.accounts.contracts import Permission
from tests.permissions.table import PEOPLE

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
OWN, OTHER = "C000001", "C000002"


@dataclass
class World:
    """Everybody's browser and program; what stands in addresses for the own and the other customer."""

    browsers: dict[str, Client]
    programs: dict[str, Client]
    own: dict[str, Any] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)


def bearer(user: Any) -> dict[str, str]:
    """What a program of `user` sends along: a token that covers all that the user may do."""
    from keepwell.accounts import access, services

    scopes = [one for one in Permission if access.may(user, one)]
    made = services.create_token(user=user, name="matrix", scopes=scopes, now=NOW)
    return {"Authorization": f"Bearer {made.secret}"}


def token_of(user: Any) -> int:
    """The number of a token that is somebody else's."""
    from keepwell.accounts import services

    made = services.create_token(user=user, name="theirs", scopes=[Permission.VIEW_CUSTOMERS], now=NOW)
    return made.token.token_id


@pytest.fixture
def world(db, home, settings):
    """The people sign in without a password; requests are not counted."""
    from keepwell.accounts.models import User
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.insight.segments import services as segments
    from keepwell.outreach.services import tasks

    settings.KEEPWELL_API_RATE = settings.KEEPWELL_TRACKING_RATE = 10**9
    settings.ALLOWED_HOSTS = ["testserver"]
    users = {}
    for role in (*PEOPLE[:-2], "no_role"):
        held = [] if role == "no_role" else [role]
        users[role] = User.objects.create_user(role, password="x", roles=held)
    somebody = User.objects.create_user("somebody", roles=["account_manager"])
    rows = [CustomerRow(customer_id=one, name=f"Customer {one}") for one in (OWN, OTHER)]
    customers.upsert_many(rows=rows, source="till", at=NOW, actor="test")
    segment = segments.save(
        name="Everybody's",
        definition={"attribute": "city", "is": "in", "value": ["Oslo"]},
        shared="all",
        author_id=None,
        actor="test",
    )
    browsers, programs = {"nobody": Client()}, {"nobody": Client()}
    for name, user in users.items():
        browsers[name] = Client()
        browsers[name].force_login(user)
        programs[name] = Client(headers=bearer(user)) if user.roles else Client()
    found = World(browsers, programs, {"customer_id": OWN}, {"customer_id": OTHER})
    for place, owner in ((found.own, users["account_manager"]), (found.other, somebody)):
        customers.assign_owner(
            customer_ids=[place["customer_id"]], owner_id=owner.pk, actor="test", reason="", at=NOW
        )
        customer_id = place["customer_id"]
        place["token_id"] = token_of(somebody)
        place["task_id"] = tasks.create(
            kind="call",
            customer_id=customer_id,
            assignee_id=owner.pk,
            due_at=NOW + timedelta(days=1),
            actor="test",
            now=NOW,
        ).task_id
        place["segment_id"] = segment.segment_id
        place["promise_id"] = customers.make_promise(
            customer_id=customer_id,
            what="a call back",
            due_at=NOW + timedelta(days=1),
            owner_id=owner.pk,
            actor="test",
            at=NOW,
        )
    return found
