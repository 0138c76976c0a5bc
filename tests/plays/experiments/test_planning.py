"""What one can know before a play runs."""

from __future__ import annotations

import pytest

from keepwell.history import services as history
from keepwell.insight.segments import queries as segments
from keepwell.plays.experiments import planning
from keepwell.science.experiment import Plan, Rate, sample_size
from keepwell.web import play_words
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL, IDLE, costing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def orders(oslo):
    """A segment of which every second customer bought last week."""
    segment_id = oslo(60)
    facts = [
        (
            "orders",
            {
                "order_id": f"O-{one}",
                "customer_id": one,
                "ordered_at": NOW.replace(day=16),
                "amount": 100,
                "cost": 60,
                "currency": "NOK",
                "status": "paid",
            },
        )
        for one in list(segments.member_ids(segment_id))[::2]
    ]
    history.record_many(facts=facts, source="test")
    while history.flush().accepted:
        pass
    return segment_id


def asked(segment_id, **more):
    usual = {
        "plan_id": None,
        "primary": "retention",
        "control_share": 0.5,
        "treatments": 1,
        "outcome_days": 30,
    }
    return planning.forecast(segment_id=segment_id, now=NOW, **{**usual, **more})


def test_the_forecast_is_the_planner_s_for_what_is_usual_here(orders):
    found = asked(orders, units=2_000)
    assert found.usual == 0.5
    assert found.needed == sample_size(Rate(0.5), 0.05, Plan(any_time=True)).total
    assert found.detectable == pytest.approx(0.0864, abs=0.002)
    assert not found.enough
    assert asked(orders, units=found.needed).enough
    words = " ".join(play_words.said(found, "NOK"))
    assert "With 2,000 customers a difference of 8.7 points would be seen" in words
    assert f"it takes {found.needed:,} customers" in words


def test_two_arms_and_a_small_control_need_more(orders):
    half, small = asked(orders).needed, asked(orders, control_share=0.1).needed
    assert half < small < asked(orders, control_share=0.1, treatments=2).needed


def test_margin_knows_costs(orders):
    assert asked(orders, primary="margin").usual == pytest.approx(20)
    assert asked(orders, primary="revenue").usual == pytest.approx(50)
    assert asked(orders, primary="margin").needed is None  # nobody said what is wanted


def test_one_arm_without_control_shows_nothing(orders):
    found = asked(orders, control_share=0.0)
    assert not found.comparable
    assert asked(orders, control_share=0.0, treatments=2).comparable


def test_the_outlook_is_what_a_start_does(begun, play):
    row = play(30, arms=(costing(CALL, 2), IDLE), budget=10)
    looked = planning.outlook(row.play_id)
    assert looked.size == looked.members + sum(looked.passed.values()) == 30
    assert looked.cost <= 10
    assert looked.passed["no_room"] > 0
