"""Sums of an arm: they can be split, added and collected by a database without changing the answer."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import skew

from keepwell.science.experiment import Moments, lift, lift_from_moments, moments_by_arm
from keepwell.science.experiment.verdict import skewness

pytestmark = pytest.mark.science

numbers = st.floats(-1e4, 1e4, allow_nan=False).map(lambda v: round(v, 3))
units = st.lists(st.tuples(numbers, st.floats(0.1, 50), numbers, st.floats(1, 20)), min_size=1, max_size=40)


def of(rows, weighted=True):
    y, d, x, w = np.array(rows).T
    return Moments.of(y, denominator=d, covariate=x, weights=w if weighted else None)


def assert_same(found, wanted):
    assert (found.units, found.events, found.binary) == (wanted.units, wanted.events, wanted.binary)
    assert found.weight == pytest.approx(wanted.weight)
    assert found.weight_squared == pytest.approx(wanted.weight_squared)
    np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-9, atol=1e-6)
    size = 1 + np.abs(wanted.mean).max() + np.sqrt(np.abs(wanted.scatter).max())
    scale = wanted.weight_squared * size
    np.testing.assert_allclose(found.drift / scale, wanted.drift / scale, atol=1e-9)
    np.testing.assert_allclose(found.scatter / scale / size, wanted.scatter / scale / size, atol=1e-9)
    third = np.full(4, float(wanted.third[0])) * size ** np.arange(4)
    np.testing.assert_allclose(found.third / third, wanted.third / third, atol=1e-8)


@given(units, units, st.booleans())
def test_parts_added_are_the_whole_in_any_order(one, other, weighted):
    whole = of(one + other, weighted)
    assert_same(of(one, weighted) + of(other, weighted), whole)
    assert_same(of(other, weighted) + of(one, weighted), whole)
    empty = Moments.empty(3, ratio=True)
    assert_same(empty + whole, whole)
    assert_same(whole + empty, whole)


@given(units, st.booleans())
def test_a_copy_by_way_of_json_is_the_same(rows, weighted):
    found = of(rows, weighted)
    assert_same(Moments.from_dict(found.to_dict()), found)


def test_a_database_collects_the_sums():
    rng = np.random.default_rng(5)
    n = 5000
    paid = np.where(rng.random(n) < 0.3, rng.lognormal(3, 1, n), 0.0)
    before = rng.gamma(2, 20, n) + 0.5 * paid
    treated = rng.random(n) < 0.4
    base = duckdb.connect()
    base.register("given", pa.table({"treated": treated, "y": paid, "x": before}))
    rows = base.execute(
        """SELECT count(*), count(*) FILTER (WHERE y <> 0), sum(y), sum(x), sum(y * y), sum(x * y),
        sum(x * x), sum(y * y * y) FROM given GROUP BY treated ORDER BY treated"""
    ).fetchall()
    arms = [
        Moments.from_sums(units=n, events=e, sums=[y, x], products=[[yy, xy], [xy, xx]], cubes=yyy)
        for n, e, y, x, yy, xy, xx, yyy in rows
    ]
    found, wanted = lift_from_moments(arms[1], arms[0]), lift(paid, treated, covariate=before)
    assert found.difference == pytest.approx(wanted.difference, rel=1e-9)
    assert found.low == pytest.approx(wanted.low, rel=1e-9)
    assert found.relative_high == pytest.approx(wanted.relative_high, rel=1e-9)
    assert found.variance_reduction == pytest.approx(wanted.variance_reduction, rel=1e-9)
    assert found.evidence == wanted.evidence


def test_weighted_sums_of_a_database():
    rng = np.random.default_rng(6)
    y, w = rng.gamma(2, 3, 500), rng.uniform(1, 9, 500)
    found = Moments.from_sums(
        units=500, events=500, sums=[w @ y], products=[[(w * w) @ (y * y)]], weight=w.sum(),
        weight_squared=w @ w, squared_sums=[(w * w) @ y], cubes=[(w**3) @ y**j for j in range(4)],
    )  # fmt: skip
    assert_same(found, Moments.of(y, weights=w))


def test_arms_are_told_apart_and_blocks_do_not_matter():
    rng = np.random.default_rng(7)
    y, arm = rng.normal(50, 3, 50_000), rng.integers(0, 3, 50_000)
    for a, found in enumerate(moments_by_arm(y, arm, 3)):
        mine = y[arm == a]
        assert found.units == mine.size
        assert found.mean[0] == pytest.approx(mine.mean(), rel=1e-12)
        assert found.covariance_of_mean[0, 0] == pytest.approx(mine.var(ddof=1) / mine.size, rel=1e-10)


def test_no_digits_are_lost_far_from_zero():
    y = np.array([1.0, 2.0, 3.0, 4.0]) + 1e9
    found = Moments.of(y[:1]) + Moments.of(y[1:])
    assert found.scatter[0, 0] == pytest.approx(5.0, abs=1e-6)


def test_skewness_of_a_difference():
    rng = np.random.default_rng(8)
    y = rng.exponential(1, 4000)
    one, few = Moments.of(y), Moments.of(rng.exponential(1, 40))
    assert skewness(one, Moments.of(y)) == pytest.approx(0, abs=1e-12)
    pooled = skew(np.concatenate([y, y[:40]]))
    # the mean of forty decides: - skewness / sqrt(40), but for the small share of the larger arm
    assert skewness(one, few) == pytest.approx(-pooled / np.sqrt(40), rel=0.1)


def test_the_weight_of_an_arm_does_not_say_whose_shape_counts():
    """Four fifths treated: weights of 1.25 and 5 change no mean, nor what is thought of it."""
    rng = np.random.default_rng(9)
    much, little = rng.exponential(1, 800), rng.uniform(0, 1, 200)
    much[0] = 90.0
    plain = skewness(Moments.of(much), Moments.of(little))
    weighted = skewness(
        Moments.of(much, weights=np.full(800, 1.25)), Moments.of(little, weights=np.full(200, 5.0))
    )
    assert weighted == pytest.approx(plain, rel=1e-9)
    assert plain < -1


@settings(max_examples=25)
@given(st.lists(st.integers(0, 1), min_size=2, max_size=30))
def test_yes_and_no_are_known(values):
    assert Moments.of(values).binary
    assert not Moments.of([*values, 2]).binary
    assert Moments.of(values).events == sum(values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"outcome": [[1]]}, "outcome must have one dimension"),
        ({"outcome": [np.nan]}, "outcome must be finite"),
        ({"outcome": [1, 2], "denominator": [1]}, "denominator has 1 elements"),
        ({"outcome": [1, 2], "covariate": [[1, 2]]}, "covariate must have 2 rows"),
        ({"outcome": [1, 2], "covariate": [1, np.inf]}, "covariate must be finite"),
        ({"outcome": [1, 2], "weights": [1, 0]}, "weights must be above 0"),
    ],
)
def test_what_cannot_be_used_is_named(arguments, message):
    outcome = arguments.pop("outcome")
    with pytest.raises(ValueError, match=message):
        Moments.of(outcome, **arguments)


def test_sums_that_cannot_be_are_named():
    with pytest.raises(ValueError, match="events must be between"):
        Moments.from_sums(units=1, events=2, sums=[1], products=[[1]])
    with pytest.raises(ValueError, match="products must be finite, of shape"):
        Moments.from_sums(units=1, events=1, sums=[1, 2], products=[[1]])
    with pytest.raises(ValueError, match="go together"):
        Moments.from_sums(units=1, events=1, sums=[1], products=[[1]], weight=2)
    with pytest.raises(ValueError, match="different columns"):
        Moments.of([1.0]) + Moments.of([1.0], covariate=[1.0])
    with pytest.raises(ValueError, match="arm must be 2 integers"):
        moments_by_arm([1.0, 2.0], [0, 3], 2)
    with pytest.raises(ValueError, match="probability must be above 0"):
        moments_by_arm([1.0, 2.0], [0, 1], 2, probability=[0.5, 0])
