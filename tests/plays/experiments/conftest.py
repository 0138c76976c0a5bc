"""Plays of a small shop: people in Oslo, scores, a letter, somebody who writes and somebody who approves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from keepwell.accounts.models import User
from keepwell.insight.segments import queries as segments
from keepwell.plays.experiments import services
from keepwell.plays.experiments.contracts import ArmValues, PlayValues
from tests.outreach.conftest import publish  # noqa: F401
from tests.outreach.mailings.conftest import account, letter, oslo  # noqa: F401
from tests.outreach.sending.conftest import NOW, inbox, people  # noqa: F401

MAIL = ArmValues(name="Letter", kind="message", text_code="spring")
CALL = ArmValues(name="Call", kind="task", task_kind="call")
IDLE = ArmValues(name="Outside", kind="nothing")


@pytest.fixture
def staff(db):
    """A person of each role that matters here."""

    def make(name, *roles):
        return User.objects.create_user(name, password="x", roles=list(roles))

    return {
        "ada": make("ada", "retention_manager"),
        "kai": make("kai", "retention_manager"),
        "ann": make("ann", "analyst"),
    }


@pytest.fixture
def shared_oslo(oslo):  # noqa: F811
    """The same, for everybody to see, of people who also agreed to calls."""
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.insight.segments.models import Segment

    def make(count):
        segment_id = oslo(count)
        at = NOW - timedelta(days=60)
        may_be_called = [
            ConsentRow(f"C{n:05d}", "phone", "marketing", True, at, "counter", "marketing/1")
            for n in range(count)
        ]
        privacy.record_consents(rows=may_be_called, actor="ada", live=False)
        Segment.objects.update(shared="all")
        return segment_id

    return make


@pytest.fixture
def rated(publish):  # noqa: F811
    """Rates the members of a segment: 2,000 at stake each, of two tiers by turns."""
    from keepwell.insight.models import Score

    def make(segment_id):
        numbers = list(segments.member_ids(segment_id))
        publish(dict.fromkeys(numbers, "at_risk"), loss=lambda _number: 2_000)
        Score.objects.update(tier="high", risk_level="high")
        Score.objects.filter(customer_id__in=numbers[::2]).update(tier="mid")

    return make


@pytest.fixture
def play(staff, shared_oslo, rated):
    """Drafts a play for people in Oslo."""

    def make(count=40, segment_id=None, **values):
        if segment_id is None:
            segment_id = shared_oslo(count)
            rated(segment_id)
        whole = PlayValues(
            name="Spring",
            segment_id=segment_id,
            starts_on=NOW.date(),
            ends_on=NOW.date() + timedelta(days=60),
            arms=(IDLE,),
        )
        return services.draft(values=replace(whole, **values), actor="ada", now=NOW)

    return make


@pytest.fixture
def begun(play, staff):
    """A play that was approved and started."""

    def make(count=40, **values):
        made = play(count, **values)
        services.submit(play_id=made.play_id, actor="ada", now=NOW)
        services.approve(play_id=made.play_id, user=staff["kai"], reason="good", now=NOW)
        return services.start(play_id=made.play_id, actor="ada", now=NOW)

    return make


def costing(arm, amount):
    """The same arm at this cost."""
    return replace(arm, unit_cost=Decimal(amount))


def saved_plan(treatments):
    """A saved plan with these lines, customer to treatment; its number."""
    from keepwell.plays.models import Plan, PlanLine

    plan = Plan.objects.create(
        fingerprint="x", cycle_id="cycle-0", playbook_version=1, budget=100, spent=0, expected_gain=0,
        upper_bound=0, gap=0, considered=0, worthwhile=0, customers=len(treatments), created_at=NOW,
        created_by="ada", actions={code: {} for code in treatments.values()},
    )  # fmt: skip
    PlanLine.objects.bulk_create(
        PlanLine(
            plan=plan,
            position=place,
            customer_id=one,
            treatment=what,
            cost=1,
            gain=9,
            expected_loss=1,
            tier="high",
            reason="silence",
            priority=1,
        )
        for place, (one, what) in enumerate(treatments.items())
    )
    return plan.pk
