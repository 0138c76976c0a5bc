"""Trends: probabilities that a rate changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.science import trend
from keepwell.science.trend import RatePrior

pytestmark = pytest.mark.science
PRIOR = RatePrior(1.0, 30.0)
counts = st.integers(0, 200)
times = st.floats(1, 2000)


def test_the_closed_form_equals_a_simulation():
    rng = np.random.default_rng(11)
    for recent, earlier in ((0, 12), (3, 4), (9, 12)):
        one = rng.gamma(1 + recent, 1 / (30 + 90), 400_000)
        other = rng.gamma(1 + earlier, 1 / (30 + 360), 400_000)
        expected = (one < other).mean()
        found = trend.probability_fell(recent, 90, earlier, 360, PRIOR)
        assert found == pytest.approx(expected, abs=0.004)


def test_without_evidence_it_is_even():
    assert trend.probability_fell(0, 0, 0, 0, PRIOR) == pytest.approx(0.5)


@given(recent=counts, earlier=counts, t1=times, t0=times)
def test_falls_and_rises_mirror_each_other(recent, earlier, t1, t0):
    fell = trend.probability_fell(recent, t1, earlier, t0, PRIOR)
    rose = trend.probability_fell(earlier, t0, recent, t1, PRIOR)
    assert fell + rose == pytest.approx(1)


@given(recent=counts, earlier=counts, t1=times, t0=times)
def test_fewer_recent_events_make_a_fall_more_probable(recent, earlier, t1, t0):
    more = trend.probability_fell(recent + 1, t1, earlier, t0, PRIOR)
    fewer = trend.probability_fell(recent, t1, earlier, t0, PRIOR)
    assert fewer >= more - 1e-12


def test_bulk_is_less_certain_than_single_items():
    single = trend.probability_fell(10, 90, 80, 360, PRIOR)
    bulk = trend.probability_fell(10, 90, 80, 360, PRIOR, dispersion=20.0)
    assert 0.5 < bulk < single
    assert trend.dispersion_of(10 * 20.0**2, 10 * 20.0) == 20
    assert trend.dispersion_of(0, 0) == 1


def test_the_prior_knows_the_mean_rate():
    rng = np.random.default_rng(5)
    exposure = rng.uniform(50, 400, 20_000)
    count = rng.poisson(rng.gamma(1.2, 0.02 / 1.2, 20_000) * exposure)
    prior = trend.rate_prior(count, exposure)
    assert prior.shape / prior.rate == pytest.approx(0.02, rel=0.03)
    assert prior.shape == pytest.approx(1.2, rel=0.1)
    assert trend.rate_prior([], []) == trend.rate_prior([0, 0], [10, 10]) == RatePrior(0.5, 0.5)


def test_named_trends():
    recent, earlier = np.array([0, 4, 30, 0, 5]), np.array([40, 16, 16, 0, 0])
    t1, t0 = np.full(5, 90.0), np.array([360, 360, 360, 360, 0.0])
    fell = trend.probability_fell(recent, t1, earlier, t0, PRIOR)
    named = [trend.TRENDS[code] for code in trend.classify(fell, recent, t1, earlier, t0)]
    assert named == ["falling", "steady", "rising", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((-1, 1, 1, 1), "recent "), ((1, -1, 1, 1), "recent_exposure"), ((1, 1, -1, 1), "earlier ")],
)
def test_negative_counts_are_refused(arguments, name):
    with pytest.raises(ValueError, match=name):
        trend.probability_fell(*arguments, PRIOR)
    with pytest.raises(ValueError, match="dispersion"):
        trend.probability_fell(1, 1, 1, 1, PRIOR, dispersion=0.5)
