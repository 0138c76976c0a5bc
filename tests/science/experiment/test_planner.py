"""How many, how long, how small an effect."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.science.experiment import Mean, Plan, Rate, detectable_effect, power, sample_size, weeks
from keepwell.science.experiment.score import difference_statistic

pytestmark = pytest.mark.science


@pytest.mark.parametrize(
    ("metric", "effect", "plan", "each"),
    [
        (Mean(1), 0.5, Plan(), 64),  # Cohen 1988, table 2.4.1
        (Mean(1), 0.2, Plan(), 394),  # R: power.t.test(delta = .2, power = .8): 393.4
        (Mean(1), 1.0, Plan(power=0.9), 23),  # R: power.t.test(power = .90, delta = 1): 22.02
        (Rate(0.5), 0.25, Plan(power=0.9), 77),  # R: power.prop.test(p1 = .50, p2 = .75, power = .90): 76.7
        (Rate(0.1), 0.05, Plan(), 686),  # R: power.prop.test(p1 = .10, p2 = .15, power = .8): 685.6
    ],
)
def test_published_sizes(metric, effect, plan, each):
    found = sample_size(metric, effect, plan)
    assert (found.treated, found.control, found.total) == (each, each, 2 * each)


def test_published_power():
    assert power(Mean(1), 1, 40) == pytest.approx(0.8689528, abs=1e-6)  # R: power.t.test(n = 20, delta = 1)
    assert power(Rate(0.5), 0.25, 100) == pytest.approx(0.740, abs=1e-3)  # R: power.prop.test(n = 50, …)


def test_power_is_what_simulated_experiments_find():
    rng = np.random.default_rng(40)
    plan, metric = Plan(control_share=0.2), Rate(0.2)
    size = sample_size(metric, 0.05, plan)
    one, other = rng.binomial(size.treated, 0.25, 20_000), rng.binomial(size.control, 0.2, 20_000)
    z = difference_statistic(one, size.treated, other, size.control, 0.0)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.02)


def test_covariates_save_what_they_explain():
    plain, adjusted = (sample_size(Mean(100), 4, Plan(explained=e)) for e in (0.0, 0.5))
    assert adjusted.total == pytest.approx(plain.total / 2, rel=0.001)


def test_unequal_shares_cost_units():
    """With s in the control, 1 / (4 s (1 - s)) times as many in all."""
    half, tenth = (sample_size(Mean(100), 4, Plan(control_share=s)) for s in (0.5, 0.1))
    assert tenth.total / half.total == pytest.approx(1 / (4 * 0.1 * 0.9), rel=0.002)


def test_several_treatments_and_looks_at_any_time_cost_units():
    once = sample_size(Rate(0.2), 0.03, Plan(control_share=0.25)).treated
    three = sample_size(Rate(0.2), 0.03, Plan(control_share=0.25, treatments=3))
    assert three.control == pytest.approx(three.treated, rel=0.001)
    assert three.treated > once / 3
    any_time = sample_size(Mean(100), 4, Plan(any_time=True)).total
    assert any_time / sample_size(Mean(100), 4).total == pytest.approx(1.91, abs=0.01)


@settings(max_examples=40)
@given(
    st.sampled_from([Mean(35.0), Rate(0.2), Rate(0.02)]),
    st.integers(200, 200_000),
    st.sampled_from([0.1, 0.3, 0.5]),
    st.sampled_from([1, 3]),
    st.booleans(),
)
def test_the_detectable_effect_is_found_with_the_power_of_the_plan(
    metric, units, share, treatments, any_time
):
    plan = Plan(control_share=share, treatments=treatments, any_time=any_time)
    effect = detectable_effect(metric, units, plan)
    if np.isfinite(effect):
        assert power(metric, effect, units, plan) == pytest.approx(0.8, abs=1e-6)
        assert sample_size(metric, effect, plan).total == pytest.approx(units, rel=0.01, abs=8)
        assert power(metric, effect, 2 * units, plan) > 0.8


def test_a_fall_of_a_small_rate_may_be_out_of_reach():
    assert detectable_effect(Rate(0.01), 200, sign=-1) == -np.inf
    assert -0.01 < detectable_effect(Rate(0.01), 20_000, sign=-1) < 0


def test_weeks():
    assert weeks(1000, 100) == 10
    assert weeks(1001, 100) == 11
    assert weeks(1000, 100, outcome_weeks=4) == 14


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sample_size(Rate(0.9), 0.2), "effect must leave a rate"),
        (lambda: sample_size(Rate(1.2), 0.2), "rate must be between"),
        (lambda: sample_size(Mean(1), 0), "effect must be finite and not 0"),
        (lambda: sample_size(Mean(1), 1e-9), "effect is too small"),
        (lambda: Plan(explained=1.0), "explained must be at least 0"),
        (lambda: Plan(treatments=0), "treatments must be at least 1"),
        (lambda: power(Mean(0), 1, 10), "deviation must be finite and above 0"),
        (lambda: weeks(10, 0), "units_a_week must be"),
        (lambda: weeks(10, 1, outcome_weeks=-1), "outcome_weeks must not be negative"),
    ],
)
def test_what_cannot_be_used_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
