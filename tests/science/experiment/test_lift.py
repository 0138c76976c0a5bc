"""Lift: closed forms, other packages' formulas, and the verdict."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from keepwell.science.experiment import Moments, lift, lift_from_moments
from keepwell.science.experiment.verdict import skewness

pytestmark = pytest.mark.science


def shop(n=4000, effect=3.0, seed=1, share=0.5):
    """Revenue before and after, and who was treated."""
    rng = np.random.default_rng(seed)
    before = rng.gamma(2, 20, n)
    treated = rng.random(n) < share
    after = 0.8 * before + rng.gamma(1.5, 10, n) + effect * treated
    return after, treated, before


def test_means_as_by_welch():
    y, treated, _ = shop(share=0.3)
    found = lift(y, treated)
    wanted = stats.ttest_ind(y[treated], y[~treated], equal_var=False)
    interval = wanted.confidence_interval()
    assert found.method == "welch"
    assert found.difference == pytest.approx(y[treated].mean() - y[~treated].mean())
    assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-8)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert found.standard_error == pytest.approx(found.difference / wanted.statistic)
    assert found.relative == pytest.approx(y[treated].mean() / y[~treated].mean() - 1)


def test_relative_lift_by_the_delta_method_as_a_bootstrap_finds_it():
    y, treated, _ = shop()
    found = lift(y, treated)
    rng = np.random.default_rng(2)
    one, other = y[treated], y[~treated]
    means = [rng.choice(arm, (600, arm.size)).mean(axis=1) for arm in (one, other)]
    assert found.relative_standard_error == pytest.approx(np.std(means[0] / means[1]), rel=0.08)


@settings(max_examples=60)
@given(
    st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 2.0, 6.0]), st.sampled_from([40, 200]), st.booleans()
)
def test_both_intervals_and_the_p_value_say_the_same(seed, effect, n, with_covariate):
    y, treated, x = shop(n, effect, seed)
    found = lift(y, treated, covariate=x if with_covariate else None)
    shown = found.low > 0 or found.high < 0
    assert shown == (found.p_value < 0.05)
    assert shown == (found.relative_low > 0 or found.relative_high < 0)
    assert found.low < found.difference < found.high
    assert found.relative_low < found.relative < found.relative_high


def test_relative_interval_is_unbounded_where_the_control_may_be_nothing():
    rng = np.random.default_rng(3)
    y = rng.normal(0.1, 5, 80)
    found = lift(y, np.arange(80) % 2 == 0)
    assert (found.relative_low, found.relative_high) == (-math.inf, math.inf)
    assert math.isfinite(found.low)


def test_covariates_as_a_regression_with_interactions():
    """Lin (2013): the difference with interactions, and its robust variance, up to terms of order 1 / n."""
    rng = np.random.default_rng(4)
    n = 20_000
    x = rng.gamma(2, 1, (n, 2))
    treated = rng.random(n) < 0.2
    y = x @ [2.0, -1.0] + treated * (0.5 + x[:, 0]) + rng.normal(0, 1, n)
    found = lift(y, treated, covariate=x)
    c = x - x.mean(axis=0)
    design = np.column_stack([np.ones(n), treated, c, treated[:, None] * c])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    assert found.difference == pytest.approx(beta[1], abs=0.2 * found.standard_error)
    plain = lift(y, treated)
    assert found.standard_error < 0.75 * plain.standard_error
    assert found.variance_reduction == pytest.approx(
        1 - (found.standard_error / plain.standard_error) ** 2, abs=2e-3
    )


def test_one_covariate_with_equal_arms_is_the_pooled_theta_of_deng():
    y, treated, x = shop(20_000)
    found = lift(y, treated, covariate=x)
    theta = np.cov(y - 3.0 * treated, x)[0, 1] / x.var(ddof=1)
    assert found.theta[0] == pytest.approx(theta, rel=5e-3)
    adjusted = y - found.theta[0] * x
    assert found.difference == pytest.approx(adjusted[treated].mean() - adjusted[~treated].mean(), rel=1e-9)
    assert found.variance_reduction == pytest.approx(np.corrcoef(y, x)[0, 1] ** 2, abs=0.02)
    assert found.difference == pytest.approx(3, abs=3 * found.standard_error)


@pytest.mark.parametrize("useless", ["constant", "copy"])
def test_covariates_that_say_nothing_new_change_nothing(useless):
    y, treated, x = shop()
    second = np.full_like(x, 7.0) if useless == "constant" else 3 * x + 1
    once, twice = lift(y, treated, covariate=x), lift(y, treated, covariate=np.column_stack([x, second]))
    assert twice.difference == pytest.approx(once.difference, rel=1e-6)
    assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-3)


@given(st.floats(0.01, 1000), st.floats(-1e4, 1e4))
@settings(max_examples=30)
def test_the_unit_of_a_covariate_does_not_matter(scale, shift):
    y, treated, x = shop(200)
    one, other = lift(y, treated, covariate=x), lift(y, treated, covariate=x * scale + shift)
    assert other.difference == pytest.approx(one.difference, rel=1e-6)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-6)
    assert other.relative_low == pytest.approx(one.relative_low, rel=1e-6)


def test_a_ratio_of_sums_as_the_jackknife_finds_it():
    rng = np.random.default_rng(6)
    n = 3000
    orders = 1 + rng.poisson(2, n)
    treated = rng.random(n) < 0.5
    revenue = orders * rng.gamma(4, 5, n) * np.where(treated, 1.1, 1.0)
    found = lift(revenue, treated, denominator=orders)
    for arm, mine in ((found.treated, treated), (found.control, ~treated)):
        top, below = revenue[mine], orders[mine]
        assert arm.mean == pytest.approx(top.sum() / below.sum())
        left_out = (top.sum() - top) / (below.sum() - below)
        jackknife = math.sqrt((top.size - 1) * left_out.var())
        assert arm.standard_error == pytest.approx(jackknife, rel=0.01)
    assert found.evidence == "helped"


def test_a_covariate_helps_a_ratio_too():
    rng = np.random.default_rng(7)
    n = 4000
    price = rng.gamma(9, 2, n)
    orders = 1 + rng.poisson(2, n)
    treated = rng.random(n) < 0.5
    revenue = orders * price * rng.gamma(50, 0.02, n)
    found = lift(revenue, treated, denominator=orders, covariate=price)
    assert found.variance_reduction > 0.6
    assert found.low < 0 < found.high


def test_unequal_probabilities_are_weighed_out():
    """Good customers are treated more often: the plain difference is far off, the weighted one is not."""
    rng = np.random.default_rng(8)
    n = 40_000
    good = rng.random(n) < 0.3
    p = np.where(good, 0.9, 0.2)
    treated = rng.random(n) < p
    y = 10 + 20 * good + 2 * treated + rng.normal(0, 5, n)
    found = lift(y, treated, propensity=p)
    assert lift(y, treated).difference > 8
    assert found.difference == pytest.approx(2, abs=3 * found.standard_error)
    w = np.where(treated, 1 / p, 1 / (1 - p))
    errors = []
    for arm in (treated, ~treated):
        mean = (w * y)[arm].sum() / w[arm].sum()
        errors.append((w[arm] ** 2 @ (y[arm] - mean) ** 2) / w[arm].sum() ** 2)
    assert found.standard_error == pytest.approx(math.sqrt(sum(errors)), rel=1e-3)


def test_a_few_heavy_weights_count_as_few_units():
    rng = np.random.default_rng(9)
    treated = np.arange(200) % 2 == 0
    p = np.where(treated & (np.arange(200) < 20), 0.001, 0.5)
    found = lift(rng.normal(10, 1, 200), treated, propensity=p)
    assert found.doubts == ("few_units",)
    assert Moments.of(np.ones(5), weights=[9, 1, 1, 1, 1]).effective_units == pytest.approx(169 / 85)


def test_the_same_probability_for_all_changes_nothing():
    y, treated, _ = shop()
    plain, weighted = lift(y, treated), lift(y, treated, propensity=0.3)
    assert weighted.difference == pytest.approx(plain.difference)
    assert weighted.p_value == pytest.approx(plain.p_value)
    ten = lift(np.tile([0, 1], 10), np.repeat([0, 1], 10), propensity=0.3)
    assert ten.doubts == ("wide",)
    rates = lift(y > 60, treated, propensity=np.full(y.size, 0.3))
    assert rates.method == "score"
    assert rates.low == pytest.approx(lift(y > 60, treated).low)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (200, 260, "helped"),
        (260, 200, "harmed"),
        (200, 215, "too_small"),
        (2000, 2010, "no difference shown"),
    ],
)
def test_the_verdict(low, high, wanted):
    n = 1000 if low < 1000 else 10_000

    def arm(events):
        return Moments.from_sums(units=n, events=events, sums=[events], products=[[events]], binary=True)

    found = lift_from_moments(arm(high), arm(low))
    assert found.evidence == wanted
    assert found.doubts == (("wide",) if wanted == "too_small" else ())
    turned = lift_from_moments(arm(high), arm(low), higher_is_better=False)
    opposite = {"helped": "harmed", "harmed": "helped"}
    assert turned.evidence == opposite.get(wanted, wanted)


def test_the_smallest_effect_of_interest_decides_what_is_too_small():
    y, treated, _ = shop(2000, effect=0.0, seed=11)
    found = lift(y, treated)
    half = max(-found.low, found.high)
    assert lift(y, treated, smallest_effect=1.01 * half).evidence == "no difference shown"
    assert lift(y, treated, smallest_effect=0.99 * half).evidence == "too_small"


@pytest.mark.parametrize(
    ("outcome", "treated"),
    [
        ([], []),
        ([1.0], [1]),
        ([1.0, 0.0], [1, 0]),
        ([1.0, 1.0, 1.0], [0, 0, 0]),
        ([0.0, 2.5, 0.0], [1, 1, 0]),
    ],
)
def test_nothing_is_refused_for_being_small(outcome, treated):
    for planned in (None, 1000):
        found = lift(outcome, treated, planned_units=planned)
        assert found.evidence == "too_small"
        assert found.p_value == 1
        assert (found.low, found.high) == (-math.inf, math.inf)
        json.dumps(found.to_dict(), allow_nan=False)


def test_a_ratio_without_anything_to_divide_by():
    orders = np.repeat([0, 2], 50)
    found = lift(orders * 3.0, np.repeat([0, 1], 50), denominator=orders)
    assert (found.evidence, found.p_value) == ("too_small", 1.0)
    json.dumps(found.to_dict(), allow_nan=False)


def test_nobody_bought_anything():
    found = lift(np.zeros(200), np.arange(200) % 2)
    assert found.evidence == "too_small"
    assert found.p_value == 1
    money = lift(np.r_[np.zeros(199), 2.5], np.arange(200) % 2)
    assert money.doubts == ("few_events",)
    certain = lift(np.arange(200) % 2 * 2.5, np.arange(200) % 2)
    assert certain.evidence == "too_small"
    known = lift(4.0 + np.arange(200) % 2, np.arange(200) % 2, planned_units=200)
    assert (known.evidence, known.p_value, known.low, known.high) == ("helped", 0.0, 1.0, 1.0)


def test_events_to_be_expected_decide_and_not_those_that_were_found():
    """80 of 1,000 events: 20 expected in a quarter, whether 14 or 26 fell there; of 76 there are too few."""

    def too_few(treated, control):
        y = np.r_[np.arange(750) < treated, np.arange(250) < control] * np.linspace(1, 2, 1000)
        return "few_events" in lift(y, np.arange(1000) < 750).doubts

    assert not too_few(54, 26)
    assert not too_few(66, 14)
    assert too_few(50, 26)
    assert too_few(76, 4)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.floats(-3, 3), st.sampled_from([None, 400.0]), st.floats(0.1, 0.9))
def test_without_skewness_interval_p_value_and_relative_lift_agree(seed, effect, planned, share):
    rng = np.random.default_rng(seed)
    y = rng.lognormal(0, 1, 400)
    treated = rng.random(400) < share
    y[treated] += effect * y.std() / 8
    sums = [Moments.of(y[mine]) for mine in (treated, ~treated)]
    found = lift_from_moments(*sums, planned_units=planned, unskewed=True)
    leaves_out = not found.low <= 0 <= found.high
    assert leaves_out == (found.p_value < 0.05)
    if np.isfinite(found.relative_low):
        assert leaves_out == (not found.relative_low <= 0 <= found.relative_high)
    plain = lift_from_moments(*sums, planned_units=planned)
    assert found.difference == plain.difference
    same = lift_from_moments(sums[0], sums[0], planned_units=planned, unskewed=True)
    assert same.high == pytest.approx(-same.low)


def test_money_is_read_further_to_the_side_where_it_misses():
    """Hall (1992), by hand: the ends solve T + gT²/3 + g²T³/27 + g/6 = ± the usual bound."""
    rng = np.random.default_rng(13)
    sums = [Moments.of(rng.lognormal(0, 1, n)) for n in (900, 100)]
    found, plain = (lift_from_moments(*sums, unskewed=one) for one in (True, False))
    assert (found.method, plain.method) == ("hall", "welch")
    g = skewness(*sums)
    assert g < -0.1
    bound = (plain.high - plain.difference) / plain.standard_error
    for end, wanted in ((found.low, bound), (found.high, -bound)):
        t = (found.difference - end) / found.standard_error
        assert t + g * t**2 / 3 + g**2 * t**3 / 27 + g / 6 == pytest.approx(wanted, rel=1e-9)
    assert found.low < plain.low
    assert found.high < plain.high


def test_a_small_arm_of_heavy_tails_is_not_trusted():
    rng = np.random.default_rng(12)
    y = np.where(rng.random(3000) < 0.1, rng.lognormal(3, 1, 3000), 0.0)
    assert lift(y, rng.random(3000) < 0.9).doubts == ("skewed",)
    assert lift(y, rng.random(3000) < 0.5).doubts in ((), ("wide",))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"treated": [1, 0]}, "treated must have 3 elements"),
        ({"treated": [1, 0, 2]}, "treated must be True or False"),
        ({"propensity": [0.5, 1.0, 0.5]}, "propensity must be between 0 and 1"),
        ({"confidence": 1.0}, "confidence must be between 0 and 1"),
        ({"smallest_effect": 0.0}, "smallest_effect must be finite and above 0"),
        ({"planned_units": -1}, "planned_units must be finite and above 0"),
        ({"outcome": [1.0, np.inf, 0.0]}, "outcome must be finite"),
    ],
)
def test_what_cannot_be_used_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        lift(**{"outcome": [1.0, 2.0, 0.0], "treated": [1, 0, 0]} | arguments)
