"""Lin and Mei look after customers in one team, Kai leads it, Ada may do everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from keepwell.accounts.contracts import Role

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


@dataclass(frozen=True)
class People:
    """The users of the tests."""

    ada: Any
    kai: Any
    lin: Any
    mei: Any
    sam: Any  # a service agent without a team
    team: Any


@pytest.fixture
def people(db, home) -> People:
    from keepwell.accounts.models import Team, User

    def user(name: str, role: str, team: Any = None) -> Any:
        return User.objects.create_user(name, password="correct horse", roles=[role], team=team)

    team = Team.objects.create(name="North")
    kai = user("kai", Role.ACCOUNT_MANAGER, team)
    team.leader = kai
    team.save()
    return People(
        ada=user("ada", Role.ADMINISTRATOR),
        kai=kai,
        lin=user("lin", Role.ACCOUNT_MANAGER, team),
        mei=user("mei", Role.ACCOUNT_MANAGER, team),
        sam=user("sam", Role.SERVICE_AGENT),
        team=team,
    )


@pytest.fixture
def own(people):
    """Makes a customer and, where an owner is given, whose it is."""
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.models import Ownership
    from keepwell.customers.services import upsert_many

    def make(customer_id: str, owner: Any = None, **fields: Any) -> str:
        row = CustomerRow(customer_id=customer_id, **fields)
        upsert_many(rows=[row], source="test", at=NOW, actor="test")
        if owner is not None:
            Ownership.objects.create(
                customer_id=customer_id, owner=owner, started_at=NOW, assigned_by="test", reason="test"
            )
        return customer_id

    return make


@pytest.fixture
def task(people, own):
    """Makes a task of Lin's for her customer C-1."""
    from keepwell.outreach.services import tasks

    own("C-1", people.lin, name="Ann Example")

    def make(**given: Any) -> Any:
        asked = {
            "kind": "call",
            "customer_id": "C-1",
            "at_stake": Decimal(100),
            "currency": "CNY",
            "assignee_id": people.lin.pk,
            "actor": "lin",
            "now": NOW,
        }
        return tasks.create(**{**asked, **given})

    return make
