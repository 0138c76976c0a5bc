"""Looks at any time: the boundary, and false alarms over many looks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import trials
from keepwell.science.experiment import always_valid_p, lift, mixture_test, multiplier
from keepwell.science.experiment.sequence import best_information, false_alarm_price

pytestmark = pytest.mark.science


def test_the_boundary_is_that_of_the_paper():
    """Waudby-Smith et al. (2024), theorem 2.2, as written there."""
    t, planned, alpha = np.array([50.0, 400.0, 9000.0]), 400.0, 0.05
    rho2 = best_information() / planned
    written = np.sqrt(2 * (t * rho2 + 1) / (t**2 * rho2) * np.log(np.sqrt(t * rho2 + 1) / alpha))
    np.testing.assert_allclose(multiplier(t, planned) / np.sqrt(t), written, rtol=1e-12)


def test_it_is_tightest_at_the_planned_size():
    units = np.linspace(100, 3000, 2901)
    assert units[np.argmin(multiplier(units, 1000))] == pytest.approx(1000, abs=1)
    assert float(multiplier(1000, 1000)) == pytest.approx(np.sqrt(1 + best_information()))
    assert false_alarm_price() == pytest.approx(1.5486, abs=1e-4)


@given(st.floats(-8, 8), st.floats(1, 1e7), st.floats(10, 1e6), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_p_value_and_interval_say_the_same(z, units, planned, confidence):
    p = float(always_valid_p(z, units, planned, confidence))
    edge = float(multiplier(units, planned, confidence))
    assert 0 <= p <= 1
    if abs(abs(z) - edge) > 1e-9:
        assert (p < 1 - confidence) == (abs(z) > edge)


@given(st.floats(0.01, 5), st.floats(0.01, 5), st.floats(0.01, 5))
def test_the_mixture_test_is_the_likelihood_ratio_of_johari(difference, error, tau):
    """Johari et al. (2022): sqrt(V / (V + tau²)) exp(tau² d² / (2 V (V + tau²)))."""
    low, high, p = mixture_test(difference, error, tau)
    v = error**2
    log_ratio = 0.5 * np.log(v / (v + tau**2)) + tau**2 * difference**2 / (2 * v * (v + tau**2))
    assert float(p) == pytest.approx(min(1.0, float(np.exp(-log_ratio))), rel=1e-9)
    if abs(float(p) - 0.05) > 1e-9:
        assert (float(p) < 0.05) == (float(low) > 0 or float(high) < 0)


def test_both_tunings_are_one_boundary():
    error, units = 0.5, 800
    tau = error * np.sqrt(best_information())
    low, high, _ = mixture_test(1.0, error, tau)
    half = float(multiplier(units, units)) * error
    assert (float(low), float(high)) == pytest.approx((1 - half, 1 + half))


@settings(max_examples=20)
@given(st.integers(0, 1000), st.booleans())
def test_a_lift_uses_the_boundary(seed, covariate):
    rng = np.random.default_rng(seed)
    y, x, treated = rng.gamma(2, 3, 500), rng.gamma(2, 1, 500), rng.random(500) < 0.5
    found = lift(y, treated, covariate=x if covariate else None, planned_units=2000)
    half = float(multiplier(500, 2000)) * found.standard_error
    assert found.method == "sequence"
    assert (found.low, found.high) == pytest.approx((found.difference - half, found.difference + half))
    z = found.difference / found.standard_error
    assert found.p_value == pytest.approx(float(always_valid_p(z, 500, 2000)))
    assert (found.low > 0 or found.high < 0) == (found.relative_low > 0 or found.relative_high < 0)


def alarms(rng, *, each, count, share, rate, spread, planned, total=2000):
    """Shares of experiments without effect that raise an alarm at some look: the sequence's, and 1.96's."""
    arms = []
    for size in (round(each * share), each - round(each * share)):
        buyers = rng.binomial(size, rate, (total, count))
        sums = squares = buyers.astype(float)
        if spread is not None:
            of = np.repeat(np.arange(buyers.size), buyers.ravel())
            paid = rng.lognormal(3, spread, of.size)
            sums, squares = (np.bincount(of, paid**j, buyers.size).reshape(total, count) for j in (1, 2))
        n = size * np.arange(1, count + 1)
        mean = sums.cumsum(axis=1) / n
        arms.append((mean, (squares.cumsum(axis=1) / n - mean**2) / (n - 1), buyers.cumsum(axis=1), n))
    (m1, v1, k1, n1), (m0, v0, k0, n0) = arms
    looked = np.minimum(k1, k0) >= 20
    z = (m1 - m0) / np.sqrt(np.where(looked, v1 + v0, 1.0))
    beyond = looked & (np.abs(z) > multiplier(n1 + n0, planned))
    return beyond.any(axis=1).mean(), (looked & (np.abs(z) > 1.96)).any(axis=1).mean()


@pytest.mark.parametrize(
    "case",
    [
        {"each": 200, "count": 100, "share": 0.5, "rate": 0.05, "spread": None, "planned": 20_000},
        {"each": 200, "count": 100, "share": 0.9, "rate": 0.05, "spread": None, "planned": 2_000},
        {"each": 20, "count": 200, "share": 0.5, "rate": 0.3, "spread": None, "planned": 300},
        {"each": 200, "count": 100, "share": 0.5, "rate": 0.05, "spread": 1.0, "planned": 2_000},
        {"each": 200, "count": 100, "share": 0.5, "rate": 0.2, "spread": 1.2, "planned": 10_000},
    ],
)
def test_false_alarms_over_many_looks(case):
    sequence, once = alarms(np.random.default_rng(30), **case)
    assert sequence <= 0.05
    assert once > 0.15


def test_false_alarms_of_the_whole_path_with_a_covariate():
    found, _ = trials.false_alarms(
        60, seed=31, planned_units=3000, each=250, count=20, share=0.5, rate=0.2, spread=0.8, covariate=True
    )
    assert found <= 0.05


def test_an_effect_is_found_before_the_end():
    rng = np.random.default_rng(32)
    treated = rng.random(20_000) < 0.5
    kept = rng.random(20_000) < np.where(treated, 0.55, 0.5)
    first = next(
        n for n in range(500, 20_001, 500) if lift(kept[:n], treated[:n], planned_units=6000).low > 0
    )
    assert first < 20_000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: multiplier(-1, 10), "units must not be negative"),
        (lambda: multiplier(1, 0), "planned_units must be finite and above 0"),
        (lambda: mixture_test(1, 0, 1), "standard_error must be above 0"),
        (lambda: mixture_test(1, 1, -1), "effect_scale must be finite and above 0"),
    ],
)
def test_what_cannot_be_used_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
