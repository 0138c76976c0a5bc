"""Two proportions: published intervals, and coverage counted out exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from keepwell.science.experiment import Moments, lift_from_moments
from keepwell.science.experiment.score import (
    difference_interval,
    difference_statistic,
    ratio_interval,
    ratio_statistic,
    wilson,
)

pytestmark = pytest.mark.science

Z = stats.norm.ppf(0.975)


def arm(events, units):
    return Moments.from_sums(units=units, events=events, sums=[events], products=[[events]], binary=True)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0528, 0.3382),
        ((9, 10, 3, 10), 0.1700, 0.8406),
        ((5, 56, 0, 29), -0.0326, 0.1933),
    ],
)
def test_published_intervals(counts, low, high):
    """Miettinen-Nurminen's in table II of Newcombe (1998, Statistics in Medicine 17, 873)."""
    assert [round(float(end), 4) for end in difference_interval(*counts, Z)] == [low, high]


def test_the_score_test_is_the_chi_square_of_two_by_two():
    """With the factor (n - 1) / n of Miettinen & Nurminen."""
    table = [[36, 64], [20, 90]]
    square = stats.chi2_contingency(table, correction=False).statistic
    z = float(difference_statistic(36, 100, 20, 110, 0.0))
    assert z**2 == pytest.approx(square * 209 / 210)
    assert z == pytest.approx(float(ratio_statistic(36, 100, 20, 110, 1.0)))


def test_ratio_interval_is_near_that_on_the_log_scale_in_large_samples():
    found = ratio_interval(3600, 10_000, 3000, 10_000, Z)
    wanted = stats.contingency.relative_risk(3600, 10_000, 3000, 10_000).confidence_interval(0.95)
    assert [float(end) for end in found] == pytest.approx([wanted.low, wanted.high], rel=1e-3)


def test_wilson_is_that_of_scipy():
    low, high = wilson(7, 40, Z)
    wanted = stats.binomtest(7, 40).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((wanted.low, wanted.high))


counts = st.integers(2, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_intervals_are_where_the_test_stops_refusing(one, other):
    low, high = (float(end) for end in difference_interval(*one, *other, Z))
    found = one[0] / one[1] - other[0] / other[1]
    assert -1 <= low <= found + 1e-12
    assert found - 1e-12 <= high <= 1
    for end, sign, edge in ((low, 1, -1), (high, -1, 1)):
        if abs(end - edge) > 1e-6:
            assert sign * float(difference_statistic(*one, *other, end)) == pytest.approx(Z, abs=1e-5)
    low, high = (float(end) for end in ratio_interval(*one, *other, Z))
    for end, sign in ((low, 1), (high, -1)):
        if 1e-9 < end < 1e9:
            assert sign * float(ratio_statistic(*one, *other, end)) == pytest.approx(Z, abs=1e-5)


@given(counts, counts)
def test_turning_the_arms_turns_the_interval(one, other):
    low, high = difference_interval(*one, *other, Z)
    back_low, back_high = difference_interval(*other, *one, Z)
    assert (float(low), float(high)) == pytest.approx((-float(back_high), -float(back_low)), abs=1e-7)


@given(counts, counts)
def test_difference_ratio_and_p_value_agree(one, other):
    found = lift_from_moments(arm(*one), arm(*other))
    assert found.method == "score"
    if abs(found.p_value - 0.05) > 1e-6:
        shown = found.p_value < 0.05
        assert shown == (found.low > 0 or found.high < 0)
        assert shown == (found.relative_low > 0 or found.relative_high < 0)


@pytest.mark.parametrize(("n1", "n0"), [(10, 10), (30, 30), (50, 10), (100, 20), (180, 20), (200, 50)])
def test_coverage_counted_out(n1, n0):
    """Over all outcomes of both arms, for rates from half a per cent on: at least 90 %, 95 % on average."""
    x1, x0 = np.meshgrid(np.arange(n1 + 1), np.arange(n0 + 1), indexing="ij")
    low, high = difference_interval(x1, n1, x0, n0, Z)
    ratio_low, ratio_high = ratio_interval(x1, n1, x0, n0, Z)
    held, held_ratio = [], []
    for p0 in np.linspace(0.005, 0.5, 34):
        for delta in (0.0, 0.02, 0.1):
            p1 = p0 + delta
            chance = np.outer(
                stats.binom.pmf(np.arange(n1 + 1), n1, p1), stats.binom.pmf(np.arange(n0 + 1), n0, p0)
            )
            held.append(chance[(low <= delta) & (delta <= high)].sum())
            held_ratio.append(chance[(ratio_low <= p1 / p0) & (p1 / p0 <= ratio_high)].sum())
    assert min(held) > 0.90
    assert 0.945 < np.mean(held) < 0.97
    assert min(held_ratio) > 0.90
    assert 0.945 < np.mean(held_ratio) < 0.98


def test_no_event_is_no_certainty():
    low, high = difference_interval(0, 20, 0, 20, Z)
    assert float(low) < -0.1
    assert float(high) > 0.1
    assert [float(end) for end in ratio_interval(0, 20, 0, 20, Z)] == [0.0, np.inf]
    assert lift_from_moments(arm(0, 20), arm(0, 20)).evidence == "too_small"


def test_a_handful_is_too_small_however_clear_it_looks():
    found = lift_from_moments(arm(5, 5), arm(0, 5))
    assert found.p_value < 0.01
    assert (found.evidence, found.doubts) == ("too_small", ("few_units",))
