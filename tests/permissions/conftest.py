"""A shop with one person per role, a customer of the account manager's and one of somebody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from tests.permissions import shop_things, things
from tests.permissions.table import PEOPLE


@dataclass
class World:
    """Everybody's browser and program; what stands in addresses for the own and the other customer."""

    browsers: Mapping[str, Client]
    programs: Mapping[str, Client]
    own: Mapping[str, Mapping[str, Any]]
    other: Mapping[str, Mapping[str, Any]]


def bearer(user: Any) -> dict[str, str]:
    """What a program of `user` sends along: a token that covers all that the user may do."""
    from keepwell.accounts import access, services

    scopes = [one for one in Permission if access.may(user, one)]
    made = services.create_token(user=user, name="matrix", scopes=scopes, now=clock.now())
    return {"Authorization": f"Bearer {made.secret}"}


def some_customers(count: int, now: Any) -> list[str]:
    """Customers of the shop with e-mail and telephone; the last two share their number."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.insight import queries as insight
    from keepwell.insight.contracts import ScoreFilter

    found = [row.customer_id for row in insight.scores(ScoreFilter(), page_size=count).rows]
    rows = [
        CustomerRow(
            customer_id=one,
            name=f"Customer {one}",
            email=f"{one}@example.com",
            phone=f"+47 22 00 00 {min(place, count - 2):02d}",
        )
        for place, one in enumerate(found)
    ]
    customers.upsert_many(rows=rows, source="till", at=now, actor="test")
    return found


@pytest.fixture
def world(shop, settings, tmp_path):
    """The people sign in without a password; requests are not counted."""
    from keepwell.accounts.models import User

    now = clock.now()
    settings.KEEPWELL_API_RATE = settings.KEEPWELL_TRACKING_RATE = 10**9
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True  # the address is on this machine
    settings.ALLOWED_HOSTS = ["testserver"]
    users = {
        role: User.objects.create_user(role, password="x", roles=[] if role == "no_role" else [role])
        for role in PEOPLE[:-1]
    }
    other, third = (User.objects.create_user(name, roles=["account_manager"]) for name in ("so", "third"))
    found = some_customers(11, now)
    shared = {
        "nobodys": found[8],
        **shop_things.of_the_shop(author=other, folder=tmp_path, now=now),
        **things.of_people(
            asks=users["service_agent"], other=other, receiver=third, customer_id=found[1], now=now
        ),
        **things.of_privacy(administrator=users["administrator"], erased=found[4:6], now=now),
        **things.of_identity(twins=found[9:], merged=found[6:8]),
    }
    places = []
    for customer_id, second, owner in (
        (found[0], found[2], users["account_manager"]),
        (found[1], found[3], other),
    ):
        place = shared | things.of_customer(
            customer_id=customer_id, second=second, owner=owner, receiver=third, now=now
        )
        of_each = {
            name: place | things.of_asker(user=user, customer_id=customer_id, now=now)
            for name, user in users.items()
        }
        places.append({**of_each, "nobody": of_each["administrator"]})
    browsers = {name: Client() for name in PEOPLE}
    programs = {name: Client() for name in PEOPLE}
    for name, user in users.items():
        browsers[name].force_login(user)
        if user.roles:
            programs[name] = Client(headers=bearer(user))
    return World(browsers, programs, *places)
