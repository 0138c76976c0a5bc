"""Sample-ratio mismatch, and guard rails."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaln

from keepwell.science.experiment import Moments, guard_rail, lift, lift_from_moments, mismatch
from keepwell.science.experiment.balance import CONCENTRATIONS, always_valid_p

pytestmark = pytest.mark.science


def test_chi_square_as_by_scipy():
    counts, shares = [5050, 2930, 2020], [0.5, 0.3, 0.2]
    found = mismatch(counts, shares)
    wanted = stats.chisquare(counts, np.array(shares) * 10_000)
    assert found.chi_square == pytest.approx(wanted.statistic)
    assert found.p_value == pytest.approx(wanted.pvalue)
    assert not found.alarm
    assert [arm.expected for arm in found.arms] == pytest.approx([5000, 3000, 2000])


def test_two_arms_by_the_beta_function():
    a, b, p = 540, 460, 0.5
    ratios = [
        betaln(c * p + a, c * p + b) - betaln(c * p, c * p) - a * math.log(p) - b * math.log(p)
        for c in CONCENTRATIONS
    ]
    wanted = min(1.0, 1 / np.mean(np.exp(ratios)))
    found = mismatch([a, b], [p, p])
    assert found.p_value_any_time == pytest.approx(wanted)
    assert found.arms[0].p_value_any_time == pytest.approx(wanted)
    assert found.arms[0].p_value == pytest.approx(found.p_value)


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.9, 0.1], [0.4, 0.3, 0.2, 0.1]])
def test_false_alarms_over_all_looks(shares):
    """Counts without mismatch, looked at after every batch of 50, up to 5,000 units."""
    counts = np.random.default_rng(50).multinomial(50, shares, (1000, 100)).cumsum(axis=1).astype(float)
    p = always_valid_p(counts[:, :, None, :], np.array([shares]))
    assert p[3, 70] == pytest.approx(mismatch(counts[3, 70], shares).p_value_any_time)
    expected = counts.sum(axis=2, keepdims=True) * shares
    once = stats.chi2.sf(((counts - expected) ** 2 / expected).sum(axis=2), len(shares) - 1)
    assert (p < 0.05).any(axis=1).mean() <= 0.05
    assert (once < 0.05).any(axis=1).mean() > 0.25


def test_a_lost_twentieth_is_found_in_its_arm():
    rng = np.random.default_rng(51)
    counts = rng.multinomial(60_000, [1 / 3] * 3)
    counts[2] -= rng.binomial(counts[2], 0.05)
    found = mismatch(counts, [1 / 3] * 3)
    assert found.alarm
    assert found.arms[2].p_value_any_time < 0.01
    assert found.arms[2].units < found.arms[2].expected
    assert found.arms[2].p_value_any_time < min(arm.p_value_any_time for arm in found.arms[:2])


def test_strata_with_shares_of_their_own():
    fair = mismatch([[500, 500], [900, 100]], [[0.5, 0.5], [0.9, 0.1]])
    assert fair.chi_square == 0
    assert not fair.alarm
    assert mismatch([1400, 600], [0.5, 0.5]).alarm
    # the same sum in each arm, but each stratum is off
    assert mismatch([[700, 300], [700, 300]], [[0.5, 0.5], [0.9, 0.1]]).alarm


def test_nobody_yet():
    found = mismatch([0, 0], [0.5, 0.5])
    assert (found.p_value, found.p_value_any_time, found.alarm) == (1.0, 1.0, False)


@pytest.mark.parametrize(
    ("counts", "shares", "message"),
    [
        ([1, 2], [0.5, 0.3, 0.2], "one shape"),
        ([1], [1.0], "two arms"),
        ([1, -2], [0.5, 0.5], "whole numbers"),
        ([1, 2.5], [0.5, 0.5], "whole numbers"),
        ([1, 2], [0.5, 0.4], "add up to 1"),
        ([1, 2], [1.0, 0.0], "shares must be above 0"),
    ],
)
def test_what_cannot_be_used_is_named(counts, shares, message):
    with pytest.raises(ValueError, match=message):
        mismatch(counts, shares)


def satisfaction(effect, n=4000, planned=None):
    rng = np.random.default_rng(52)
    treated = np.arange(n) % 2 == 0
    noise = rng.normal(0, 1, n)
    noise -= np.where(treated, noise[treated].mean(), noise[~treated].mean())
    return lift(4 + noise + effect * treated, treated, planned_units=planned)


@pytest.mark.parametrize(
    ("effect", "state", "worsened"),
    [
        (0.0, "safe", False),
        (-0.12, "open", True),
        (-0.04, "open", False),
        (-0.3, "breached", True),
        (0.3, "safe", False),
    ],
)
def test_satisfaction_must_not_fall_by_a_tenth(effect, state, worsened):
    found = guard_rail(satisfaction(effect), 0.1)
    assert (found.state, found.worsened, found.alarm) == (state, worsened, worsened)
    turned = guard_rail(satisfaction(-effect), 0.1, higher_is_better=False)
    assert turned.state == state


def test_a_guard_rail_that_is_watched_all_the_time_is_wider():
    once, always = guard_rail(satisfaction(-0.25), 0.15), guard_rail(satisfaction(-0.25, planned=4000), 0.15)
    assert always.worst_loss > once.worst_loss
    tight, loose = (guard_rail(satisfaction(-0.22, planned=n), 0.15) for n in (None, 4000))
    assert (tight.state, loose.state) == ("breached", "open")
    assert loose.alarm


def test_a_guard_rail_on_few_units_stays_open():
    found = guard_rail(lift([1.0, 2.0, 9.0, 3.0], [1, 0, 1, 0]), 0.1)
    assert (found.state, found.alarm) == ("open", False)
    nobody = guard_rail(lift_from_moments(Moments.empty(), Moments.empty()), 0.1)
    assert nobody.worst_loss == math.inf
    with pytest.raises(ValueError, match="margin must be finite and above 0"):
        guard_rail(satisfaction(0.0), 0.0)
