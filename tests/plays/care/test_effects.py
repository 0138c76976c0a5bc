"""What care brought, by lot; and service that is prepared in time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from keepwell.history import services as history
from keepwell.plays.care import services
from keepwell.plays.care.contracts import LineSpec, Occasion
from keepwell.plays.care.models import PassedOver, Plan
from keepwell.plays.care.queries import effects, plans
from tests.plays.care.conftest import NOW, TODAY

LATER = NOW + timedelta(days=120)


def order(number, customer_id, at):
    fact = {
        "order_id": number,
        "customer_id": customer_id,
        "ordered_at": at,
        "amount": Decimal(100),
        "currency": "CNY",
        "status": "paid",
    }
    history.record(table="orders", fact=fact, source="test")


@pytest.fixture
def dealt(db, home):
    """Sixty with a plan, of whom forty bought again; forty passed over, of whom ten did."""
    Plan.objects.bulk_create(
        Plan(customer_id=f"A{n}", template="vip", started_on=TODAY, made_at=NOW, made_by="ada", dealt=True)
        for n in range(60)
    )
    PassedOver.objects.bulk_create(PassedOver(customer_id=f"B{n}", template="vip", at=NOW) for n in range(40))
    for n in range(40):
        order(f"a{n}", f"A{n}", NOW + timedelta(days=10))
    for n in range(10):
        order(f"b{n}", f"B{n}", NOW + timedelta(days=10))
    order("late", "B39", NOW + timedelta(days=100))  # after the 90 days
    history.flush()


@pytest.mark.django_db(transaction=True)
def test_those_given_a_plan_are_compared_with_those_passed_over_by_lot(dealt):
    found = effects.report(owner_ids=None, now=LATER)
    assert (found.cared, found.passed_over, found.waiting) == (60, 40, 0)
    assert found.again_cared == pytest.approx(40 / 60)
    assert found.again_passed_over == pytest.approx(10 / 40)
    assert found.lift.low < 40 / 60 - 10 / 40 < found.lift.high
    early = effects.report(owner_ids=None, now=NOW + timedelta(days=30))
    assert (early.cared, early.lift, early.waiting) == (0, None, 100)


@pytest.mark.django_db(transaction=True)
def test_too_few_say_nothing_and_plans_by_hand_are_not_compared(dealt):
    PassedOver.objects.filter(customer_id__gt="B2").delete()
    assert effects.report(owner_ids=None, now=LATER).lift is None
    Plan.objects.update(dealt=False)
    assert effects.report(owner_ids=None, now=LATER).cared == 0


def answer(number, customer_id, score, metric="nps", days=20):
    fact = {
        "answer_id": number,
        "customer_id": customer_id,
        "at": NOW + timedelta(days=days),
        "metric": metric,
        "score": score,
    }
    history.record(table="answers", fact=fact, source="test")


@pytest.mark.django_db(transaction=True)
def test_who_would_recommend_is_compared_by_lot_of_those_who_answered(dealt):
    for n in range(40):
        answer(f"a{n}", f"A{n}", 10.0 if n < 30 else 8.0)
    for n in range(32):
        answer(f"b{n}", f"B{n}", 9.0 if n < 8 else 3.0)
    answer("a0-later", "A0", 2.0, days=30)  # the newest counts
    answer("b0-late", "B0", 0.0, days=100)  # after the 90 days
    answer("a1-csat", "A1", 5.0, "csat")
    answer("a1-csat2", "A1", 3.0, "csat")
    history.flush()
    recommends, content = effects.report(owner_ids=None, now=LATER).felt
    assert (recommends.said_cared, recommends.said_others) == (40, 32)
    assert (recommends.cared, recommends.others) == (pytest.approx(29 / 40), pytest.approx(8 / 32))
    assert recommends.lift.low < 29 / 40 - 8 / 32 < recommends.lift.high
    assert (content.said_cared, content.cared, content.said_others) == (1, pytest.approx(0.75), 0)
    assert (content.others, content.lift) == (None, None)


def test_service_is_prepared_before_a_product_is_used_up(ann):
    from keepwell.customers.services import save_product

    save_product(
        customer_id=ann,
        name="Filter",
        bought_on=TODAY - timedelta(days=60),
        cycle_days=90,
        source="conversation",
        actor="lin",
    )
    line = LineSpec("service_check", Occasion.REPLENISHMENT, 0, "phone", lead_days=7)
    services.assign(customer_id=ann, template="", lines=[line], actor="lin", now=NOW)
    services.run(now=NOW)
    (act,) = plans.acts_of(ann)
    assert (act.act, act.due_on, act.status) == ("service_check", date(2026, 12, 23), "planned")
    services.run(now=NOW + timedelta(days=23))
    assert plans.act(act.act_id).status == "running"


def test_who_had_care_stands_beside_others_of_the_tier(ann, own, people, publish):
    from keepwell.insight.models import Facet, Score

    for number in ("D-1", "D-2"):
        own(number, people.lin)
    publish({"C-1": "active", "D-1": "active", "D-2": "lost"})
    Score.objects.update(tier="high")
    Facet.objects.update(tier="high")
    number = services.add(customer_id=ann, act="call", due_on=TODAY, actor="lin", now=NOW)
    services.done(act_id=number, actor="lin", now=NOW)
    high = effects.report(owner_ids=None, now=NOW).tiers[0]
    assert (high.cared, high.active_cared, high.others, high.active_others) == (1, 1.0, 2, 0.5)
