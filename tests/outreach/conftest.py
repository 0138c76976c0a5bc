"""Lin and Mei look after customers in one team, Kai leads it, Ada may do everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


@pytest.fixture
def nobody_aside(db):
    """No holdout: whoever is meant is contacted."""
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0, reason="test", actor="ada", now=NOW - timedelta(days=30))


@pytest.fixture
def publish(db):
    """Makes a cycle with these statuses the current one, through the tables that readers ask."""
    from keepwell.insight.models import CurrentCycle, Cycle, Facet, Score

    made = []

    def make(statuses: dict[str, str], loss: Any = None) -> str:
        number = Cycle.objects.count() + len(made)
        made.append(number)
        cycle = Cycle.objects.create(
            cycle_id=f"cycle-{number}",
            as_of=NOW,
            as_of_given=True,
            status="done",
            started_at=NOW,
            finished_at=NOW,
            actor="test",
            thresholds={},
            model_version="test",
            currency="CNY",
        )
        for place, (customer_id, status) in enumerate(statuses.items()):
            amount = Decimal(loss(customer_id) if loss else 100)
            at_risk = status == "at_risk"
            classes = {
                "status": status,
                "tier": "high",
                "risk_level": "high" if at_risk else "low",
                "life_stage": "decline",
                "communication_group": "high_value",
                "rfm_segment": "at_risk",
                "reason": "complaints_rose" if at_risk else "",
                "action": "call_back" if at_risk else "",
                "hints": 0,
            }
            reasons = (
                '[{"code": "complaints_rose", "figures": {"recent": 3, "earlier": 0, "window_days": 90},'
                ' "weight": 1.0}]'
            )
            Score.objects.create(
                cycle=cycle,
                customer_id=customer_id,
                facet_number=place,
                reasons=reasons if at_risk else "",
                r_score=1,
                f_score=1,
                m_score=1,
                churn_risk=0.8 if at_risk else 0.1,
                p_alive=0.5,
                expected_purchases=1.0,
                clv=amount,
                value_at_stake=amount,
                expected_loss=amount,
                orders=3,
                total_amount=amount,
                average_amount=amount,
                is_core=False,
                quantity_trend="unknown",
                has_sign=at_risk,
                **classes,
            )
            Facet.objects.create(
                cycle=cycle, number=place, customers=1, expected_loss=amount, clv=amount, **classes
            )
        CurrentCycle.objects.update_or_create(pk=1, defaults={"cycle": cycle})
        return cycle.cycle_id

    return make
