"""Early warning: evidence, status, and reasons that are true."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.science import warning
from keepwell.science.risk import RiskModel
from keepwell.science.warning import Figures, Limits

pytestmark = pytest.mark.science
LIMITS = Limits(
    silent_ratio=2,
    fall_ratio=0.5,
    contact_window_days=90,
    lost_p_alive=0.2,
    lost_silence_ratio=4,
    lapsed_days=365,
    medium_risk=0.5,
    high_risk=0.75,
    at_risk_from="medium",
    new_days=30,
)
CALM = {
    "p_alive": 0.95,
    "p_return_if_alive": 0.7,
    "orders": 8.0,
    "purchases": 8.0,
    "silence_days": 10.0,
    "rhythm_days": 21.0,
    "usual_gap_days": 21.0,
    "p_broken": 0.3,
    "p_fell": 0.4,
    "recent_purchases": 4.0,
    "usual_purchases": 4.0,
    "p_quantity_fell": 0.4,
    "recent_quantity": 9.0,
    "usual_quantity": 9.0,
    "recent_average": 50.0,
    "earlier_average": 50.0,
    "p_complaints_rose": 0.4,
    "recent_complaints": 0.0,
    "earlier_complaints": 0.0,
    "contact_days": 6.0,
    "contact_rhythm_days": 20.0,
    "contact_silence_days": 12.0,
    "unhappy_texts": 0.0,
    "happy_texts": 0.0,
}


def figures(**changes) -> Figures:
    values = CALM | changes
    return Figures(**{field.name: np.array([values[field.name]]) for field in fields(Figures)})


def judge(known: Figures, risk: float, *, high: bool = False, **more):
    true = warning.true_reasons(known, np.array([risk]), np.array([high]), LIMITS, **more)
    model = RiskModel(warning.DEFAULT_WEIGHTS).use_defaults()
    evidence = warning.evidence(known, LIMITS)
    weights = warning.reason_weights(model.contributions(evidence), true, model.weights_[0])
    order, share = warning.strongest(weights)
    named = [warning.REASONS[code] for code in order[0] if code >= 0]
    return dict(zip(named, share[0].tolist(), strict=False))


CASES = {
    "rhythm_broken": {"silence_days": 74.0, "p_broken": 0.97, "p_alive": 0.5},
    "purchases_fell": {"p_fell": 0.95, "recent_purchases": 1.0, "usual_purchases": 4.0},
    "quantity_fell": {"p_quantity_fell": 0.95, "recent_quantity": 2.0, "usual_quantity": 9.0},
    "spending_fell": {"recent_average": 20.0},
    "complaints_rose": {"p_complaints_rose": 0.97, "recent_complaints": 3.0},
    "contact_silent": {"contact_silence_days": 100.0},
    "mood_bad": {"unhappy_texts": 2.0, "happy_texts": 1.0},
    "bought_once": {"orders": 1.0, "purchases": 1.0, "silence_days": 80.0, "rhythm_days": np.nan},
    "drifting_away": {"p_alive": 0.3},
}


@pytest.mark.parametrize("code", list(CASES))
def test_each_signal_is_a_reason_and_a_calm_customer_has_none(code):
    assert judge(figures(), 0.3) == {}
    assert code in judge(figures(**CASES[code]), 0.6)


@pytest.mark.parametrize(
    ("code", "almost"),
    [
        ("rhythm_broken", {"silence_days": 41.0, "p_broken": 0.97}),
        ("rhythm_broken", {"silence_days": 74.0, "p_broken": 0.45}),
        ("purchases_fell", {"p_fell": 0.89, "recent_purchases": 1.0}),
        ("purchases_fell", {"p_fell": 0.95, "recent_purchases": 3.0}),
        ("purchases_fell", {"p_fell": np.nan, "recent_purchases": 0.0}),
        ("spending_fell", {"recent_average": 26.0}),
        ("spending_fell", {"recent_average": np.nan, "recent_purchases": 0.0}),
        ("complaints_rose", {"recent_complaints": 2.0, "earlier_complaints": 2.0, "p_complaints_rose": 0.9}),
        ("contact_silent", {"contact_silence_days": 89.0}),
        ("contact_silent", {"contact_days": 2.0, "contact_silence_days": 200.0}),
        ("mood_bad", {"unhappy_texts": 2.0, "happy_texts": 2.0}),
        ("bought_once", {"orders": 2.0, "purchases": 1.0, "silence_days": 80.0}),
    ],
)
def test_what_is_not_true_is_not_a_reason(code, almost):
    assert code not in judge(figures(**almost), 0.6)


def test_a_silent_customer_of_high_value_is_named_as_such():
    silent = CASES["rhythm_broken"]
    assert "best_dormant" in judge(figures(**silent), 0.6, high=True)
    assert "best_dormant" not in judge(figures(**silent), 0.6, high=False)


def test_nobody_is_said_to_have_left_by_a_rule_that_does_not_know():
    found = judge(figures(**CASES["drifting_away"]), 0.6, knows_alive=False)
    assert "drifting_away" not in found
    assert "low_return" in found


numbers = {name: st.floats(0, 1) if name.startswith("p_") else st.floats(0, 400) for name in CALM} | {
    "orders": st.integers(1, 50),
    "purchases": st.integers(1, 50),
    "usual_gap_days": st.floats(1, 400),
}


@given(known=st.fixed_dictionaries(numbers), risk=st.floats(0, 1), high=st.booleans())
def test_whoever_is_at_risk_has_a_reason(known, risk, high):
    one = figures(**known)
    found = judge(one, risk, high=high)
    assert all(0 < share <= 1 for share in found.values())
    assert sum(found.values()) <= 1 + 1e-9
    if risk >= LIMITS.medium_risk:
        assert found
    if "low_return" in found:
        assert risk >= LIMITS.medium_risk


@given(known=st.fixed_dictionaries(numbers), more=st.floats(0, 300), p=st.floats(0, 1))
def test_longer_silence_never_lowers_the_risk(known, more, p):
    now = figures(**known)
    later = replace(
        now,
        silence_days=now.silence_days + more,
        p_broken=np.maximum(now.p_broken, p),
        p_alive=np.minimum(now.p_alive, p),
    )
    model = RiskModel(warning.DEFAULT_WEIGHTS).use_defaults()
    before, after = (model.predict_proba(warning.evidence(one, LIMITS)) for one in (now, later))
    assert after >= before


def status(known: Figures, risk: float, age: float = 400.0, limits: Limits = LIMITS) -> str:
    true = warning.true_reasons(known, np.array([risk]), np.array([False]), limits)
    sign = warning.has_sign(known, true)
    code = warning.statuses(np.array([risk]), known, np.array([age]), sign, limits)
    return warning.STATUSES[code[0]]


def test_about_to_leave_is_not_lost():
    silent = figures(silence_days=60.0)
    long_silent = figures(silence_days=90.0)
    assert status(silent, 0.81) == "at_risk"
    assert status(long_silent, 0.81) == "lost"
    assert status(long_silent, 0.79) == "at_risk"
    assert status(silent, 0.49) == "active"
    assert status(figures(silence_days=364.0), 0.1) == "active"
    assert status(figures(silence_days=365.0), 0.1) == "lost"
    assert status(figures(silence_days=365.0, usual_gap_days=92.0), 0.1) == "active"
    assert status(silent, 0.5) == "at_risk"
    assert status(long_silent, 0.81, age=30) == "new"
    assert status(long_silent, 0.81, age=31) == "lost"
    assert status(silent, 0.6, limits=replace(LIMITS, at_risk_from="high")) == "active"


def test_a_slow_buyer_within_the_own_rhythm_is_not_about_to_leave():
    assert status(figures(silence_days=15.0), 0.7) == "active"
    assert status(figures(silence_days=15.0, recent_average=10.0), 0.7) == "at_risk"


def test_levels_on_the_limit_belong_to_the_higher():
    named = [warning.LEVELS[code] for code in warning.levels(np.array([0.49, 0.5, 0.74, 0.75]), LIMITS)]
    assert named == ["low", "medium", "medium", "high"]
