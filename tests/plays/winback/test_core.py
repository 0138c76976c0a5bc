"""Decisions about cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.plays.winback import core, defaults
from keepwell.plays.winback.contracts import Grade, Problem, Status, Wanted

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RULES = defaults.rules()
FRAME = core.Frame(
    limit=Decimal(300),
    value_at_stake=Decimal(1_000),
    expected_loss=Decimal(800),
    average_amount=Decimal(200),
    currency="CNY",
    low_cost_only=False,
    automatic=False,
    kept_aside=False,
    left_share=1.0,
)
MEASURES = {
    "fix_problem": core.MeasureRule(
        "fix_problem", "service_recovery", Decimal(30), False, False, True, False
    ),
    "recall_offer": core.MeasureRule("recall_offer", "sms_coupon", Decimal("0.1"), True, True, False, True),
    "special_offer": core.MeasureRule("special_offer", "sms_coupon", Decimal("0.1"), True, True, True, True),
}
SHARES = {"service_recovery": 0.35, "sms_coupon": 0.1}
OFFER = Wanted("recall_offer", Decimal(60), Decimal("0.3"), NOW + timedelta(days=10))


def judged(*wanted, frame=FRAME, spent=Decimal(0), done=(), now=NOW):
    return core.judge(
        wanted, frame=frame, measures=MEASURES, shares=SHARES, spent=spent, done=done, rules=RULES, now=now
    )


@pytest.mark.parametrize(
    ("tier", "risk", "causes", "grade"),
    [
        ("high", "high", ["service"], Grade.A),
        ("high", "lost", ["unknown"], Grade.A),
        ("high", "low", ["moved"], Grade.B),
        ("mid", "high", ["service"], Grade.A),
        ("mid", "medium", [], Grade.B),
        ("low", "high", ["service"], Grade.B),
        ("low", "lost", ["decline"], Grade.C),
    ],
)
def test_the_grade_follows_value_cause_and_risk(tier, risk, causes, grade):
    assert core.grade(RULES, tier=tier, risk_level=risk, causes=causes) is grade


@given(
    tier=st.sampled_from(["high", "mid", "low"]),
    risk=st.sampled_from(list(defaults.RISK_POINTS)),
    causes=st.lists(st.sampled_from([one.code for one in defaults.CAUSES]), max_size=4),
)
def test_every_case_has_a_grade_and_a_better_tier_never_a_worse_one(tier, risk, causes):
    order = [str(one) for one in Grade]
    grades = [
        order.index(core.grade(RULES, tier=one, risk_level=risk, causes=causes))
        for one in ("high", "mid", "low")
    ]
    assert grades == sorted(grades)
    assert core.grade(RULES, tier=tier, risk_level=risk, causes=causes) in set(Grade)


def test_causes_decide_which_measures_are_proposed_the_main_cause_first():
    assert core.proposed(RULES, ["price"])[0] == "special_offer"
    both = core.proposed(RULES, ["service", "price"])
    assert both[:4] == ("fix_problem", "call_back", "special_offer", "gift")
    assert len(set(both)) == len(both)


def test_the_declining_are_asked_and_recalled():
    assert core.proposed(RULES, ["decline"])[:2] == ("recall_offer", "loss_survey")


def test_two_measures_of_one_treatment_save_once():
    special = replace(OFFER, code="special_offer")
    one, two = judged(OFFER), judged(OFFER, special)
    assert one.gain == two.gain == Decimal(80)
    assert judged(OFFER, done=["special_offer"]).gain == Decimal(80)
    both = judged(OFFER, Wanted("fix_problem", Decimal(30)))
    assert both.gain == Decimal("332.0000")  # 800 × (1 − 0.9 × 0.65)


def test_a_plan_that_costs_more_than_it_keeps_says_so():
    assert judged(OFFER).is_worth_it
    assert not judged(replace(OFFER, cost=Decimal(90))).is_worth_it


@pytest.mark.parametrize(
    ("wanted", "frame", "problem"),
    [
        ((), FRAME, Problem.EMPTY),
        ((OFFER, OFFER), FRAME, Problem.TWICE),
        ((replace(OFFER, cost=Decimal("300.0001")),), FRAME, Problem.OVER_LIMIT),
        (
            (replace(OFFER, cost=Decimal(250)),),
            replace(FRAME, value_at_stake=Decimal(250)),
            Problem.OVER_VALUE,
        ),
        ((replace(OFFER, until=None),), FRAME, Problem.NEEDS_END),
        ((replace(OFFER, until=NOW),), FRAME, Problem.END_PAST),
        ((replace(OFFER, until=NOW + timedelta(days=61)),), FRAME, Problem.TOO_LONG),
        ((replace(OFFER, cost=Decimal(59)),), FRAME, Problem.BELOW_COST),
        ((replace(OFFER, cost=Decimal("NaN")),), FRAME, Problem.BAD_COST),
        ((replace(OFFER, discount=Decimal("1.1")),), FRAME, Problem.BAD_DISCOUNT),
        ((Wanted("fix_problem", Decimal(40), Decimal("0.1")),), FRAME, Problem.BAD_DISCOUNT),
        ((Wanted("fix_problem", Decimal(30)),), replace(FRAME, low_cost_only=True), Problem.NOT_LOW_COST),
        ((Wanted("fix_problem", Decimal(30)),), replace(FRAME, automatic=True), Problem.NEEDS_PERSON),
        ((OFFER,), replace(FRAME, kept_aside=True), Problem.KEPT_ASIDE),
        ((Wanted("bribe", Decimal(1)),), FRAME, Problem.UNKNOWN_MEASURE),
    ],
)
def test_what_cannot_be_planned(wanted, frame, problem):
    assert problem in judged(*wanted, frame=frame).problems


def test_who_is_kept_aside_has_a_problem_put_right():
    aside = replace(FRAME, kept_aside=True)
    assert judged(Wanted("fix_problem", Decimal(30)), frame=aside).problems == ()


money = st.decimals(0, 500, places=2)


@given(
    costs=st.lists(money, min_size=1, max_size=3),
    spent=money,
    limit=money,
    stake=money,
)
def test_no_plan_without_problems_goes_above_the_limit(costs, spent, limit, stake):
    codes = list(MEASURES)
    wanted = [
        Wanted(code, cost, Decimal(0), NOW + timedelta(days=5))
        for code, cost in zip(codes, costs, strict=False)
    ]
    found = judged(*wanted, frame=replace(FRAME, limit=limit, value_at_stake=stake), spent=spent)
    if not found.problems:
        assert found.cost <= limit
        assert found.cost < stake or found.cost == 0
    assert found.cost == spent + sum(costs)


@given(share=st.floats(0, 1), most=st.none() | money, stake=money)
def test_the_spending_limit_is_below_both(share, most, stake):
    found = core.spending_limit(max_cost=most, max_value_share=share, value_at_stake=stake)
    assert found >= 0
    assert found <= stake * Decimal(str(share))
    assert most is None or found <= most


def test_every_step_leads_somewhere_known_and_what_is_over_stays_over():
    for step, (sources, target) in core.STEPS.items():
        assert sources, step
        assert target is None or target in set(Status)
    for over in (Status.LOST, Status.CLOSED):
        assert [step for step in core.STEPS if core.next_status(over, step)] == ["reopen"]
    with pytest.raises(KeyError):
        core.next_status("opened", "bribe")


def test_nothing_is_begun_that_was_not_planned():
    assert [s for s in Status if core.next_status(s, "start")] == [Status.PLANNED]
    assert core.next_status("waiting", "plan") is None  # what waits for approval does not change


@given(
    until=st.none() | st.integers(-100, 100),
    begun=st.none() | st.integers(-100, 100),
    now=st.integers(-100, 100),
)
def test_an_offer_is_promised_before_its_end_or_in_a_contact_begun_before_it(until, begun, now):
    hour = timedelta(hours=1)
    allowed = core.may_promise(
        until=None if until is None else NOW + until * hour,
        begun_at=None if begun is None else NOW + begun * hour,
        now=NOW + now * hour,
    )
    assert allowed == (until is None or now <= until or (begun is not None and begun <= until))
