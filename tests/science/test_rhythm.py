"""The purchase rhythm: aggregates, shrinkage, and what "broken" promises."""

import json
import math
from datetime import UTC, date, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import polygamma

from keepwell.science.rhythm import (
    DEFAULT_DAYS,
    Rhythm,
    inverse_trigamma,
    prior_of_means,
    prior_of_variances,
    summarize,
)

pytestmark = pytest.mark.science

START = datetime(2025, 1, 1, 9, tzinfo=UTC)


def orders(days_by_customer):
    """One order for each day number of each customer."""
    rows = [(who, START + timedelta(days=int(day))) for who, days in days_by_customer.items() for day in days]
    return ibis.memtable(
        pa.table(
            {
                "customer_id": pa.array([who for who, _ in rows], pa.string()),
                "ordered_at": pa.array([at for _, at in rows], pa.timestamp("us", tz="UTC")),
                "amount": pa.array([1.0] * len(rows)),
            }
        )
    )


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(0, 80), min_size=1), min_size=1))
def test_summary_by_hand(days_by_customer):
    table = orders(days_by_customer)
    as_of = (START + timedelta(days=60)).date()
    got = {row["customer_id"]: row for row in summarize(table, as_of).to_pyarrow().to_pylist()}
    for who, days in days_by_customer.items():
        past = sorted({day for day in days if day <= 60})
        if not past:
            assert who not in got
            continue
        gaps, row = np.diff(past), got[who]
        assert row["intervals"] == gaps.size
        assert row["silence_days"] == 60 - past[-1]
        median = None if gaps.size == 0 else pytest.approx(np.median(gaps))
        spread = None if gaps.size < 2 else pytest.approx(np.log(gaps).var(ddof=1), abs=1e-12)
        assert row["interval_median_days"] == median
        assert row["interval_log_variance"] == spread


def customers(n, seed, *, mean=3.4, between=0.6, degrees=8.0, within=0.25):
    """Drawn from the model's own story: counts, medians, log variances, true typical intervals, the next."""
    rng = np.random.default_rng(seed)
    center = rng.normal(mean, between**0.5, n)
    sigma = np.sqrt(within * degrees / rng.chisquare(degrees, n))
    count = rng.integers(0, 12, n)
    logs = [rng.normal(m, s, k) for m, s, k in zip(center, sigma, count, strict=True)]
    median = np.array([np.exp(np.median(gap)) if gap.size else np.nan for gap in logs])
    variance = np.array([gap.var(ddof=1) if gap.size > 1 else np.nan for gap in logs])
    return count, median, variance, np.exp(center), np.exp(rng.normal(center, sigma))


def test_learns_the_population():
    count, median, variance, _, _ = customers(20_000, 1)
    model = Rhythm().fit(count, median, variance)
    assert model.from_data_
    assert model.params_["log_mean"] == pytest.approx(3.4, abs=0.02)
    assert model.params_["between_variance"] == pytest.approx(0.6, rel=0.1)
    assert model.params_["log_variance"] == pytest.approx(0.25, rel=0.08)
    assert model.params_["degrees"] == pytest.approx(8, rel=0.15)


def test_broken_is_a_probability():
    """If silence is one more interval of an intact rhythm, `broken` is uniform, however long the history."""
    count, median, variance, _, following = customers(40_000, 2)
    broken = Rhythm().fit(count, median, variance).score(count, median, variance, following).broken
    for some in (count == 0, count == 1, count == 3, count > 6):
        shares = np.histogram(broken[some], 10, (0, 1))[0] / some.sum()
        np.testing.assert_allclose(shares, 0.1, atol=0.03)


def test_shrinkage_beats_the_bare_median():
    count, median, variance, truth, _ = customers(20_000, 3)
    scores = Rhythm().fit(count, median, variance).score(count, median, variance, np.zeros(count.size))
    for few in (1, 3, 8):
        some = count == few
        bare = np.abs(np.log(median[some] / truth[some])).mean()
        shrunk = np.abs(np.log(scores.rhythm_days[some] / truth[some])).mean()
        assert shrunk < bare


def test_one_time_buyers_get_the_population():
    count, median, variance, _, _ = customers(500, 4)
    model = Rhythm().fit(count, median, variance)
    scores = model.score([0, 5], [None, 30.0], [None, 0.1], [60, 60])
    assert math.isnan(scores.rhythm_days[0])
    assert scores.usual_gap_days[0] == pytest.approx(math.exp(model.params_["log_mean"]))
    assert scores.usual_gap_days[1] == scores.rhythm_days[1]
    assert scores.silence_ratio == pytest.approx(60 / scores.usual_gap_days)
    assert scores.spread_factor[0] > scores.spread_factor[1] > 1


@given(st.integers(0, 30), st.floats(1, 300), st.floats(0, 3))
def test_longer_silence_is_never_less_broken(count, median, variance):
    model = Rhythm().fit(*customers(300, 5)[:3])
    silence = np.array([0.0, 1, 5, 20, 100, 1000, 1e5])
    columns = [np.full(silence.size, value, dtype=float) for value in (count, median, variance)]
    scores = model.score(*columns, silence)
    assert (np.diff(scores.broken) >= 0).all()
    assert scores.broken[-1] > 0.9
    assert ((scores.broken >= 0) & (scores.broken <= 1)).all()


def test_a_clockwork_customer_is_missed_soon():
    model = Rhythm().fit(*customers(2_000, 6)[:3])
    on_time, late = model.score([20, 20], [30, 30], [0, 0], [25, 60]).broken
    assert on_time < 0.4
    assert late > 0.95


@pytest.mark.parametrize(
    "columns",
    [([], [], []), ([0, 0], [None, None], [None, None])],
)
def test_a_shop_without_returns_has_defaults(columns):
    model = Rhythm().fit(*columns)
    assert not model.from_data_
    scores = model.score([0], [None], [None], [45])
    assert scores.usual_gap_days[0] == pytest.approx(DEFAULT_DAYS)
    assert 0 < scores.broken[0] < 0.5


@pytest.mark.parametrize("columns", [([1], [30], [None]), ([2], [30], [0.2]), ([3, 3], [7, 7], [0, 0])])
def test_few_customers_give_finite_scores(columns):
    scores = Rhythm().fit(*columns).score(*columns, [50] * len(columns[0]))
    assert np.isfinite(scores.broken).all()
    assert (scores.rhythm_days > 0).all()


@given(st.floats(1e-4, 50))
def test_inverse_trigamma(value):
    assert polygamma(1, inverse_trigamma(value)) == pytest.approx(value, rel=1e-6)


def test_priors_of_identical_customers():
    within, degrees = prior_of_variances(np.full(50, 4.0), np.full(50, 0.3))
    assert degrees == 1000  # no variation between customers at all
    assert within > 0
    mean, between = prior_of_means(np.full(50, 3.0), np.full(50, 0.1))
    assert (mean, between) == (pytest.approx(3.0), 0.0)


def test_storage_is_json_and_exact():
    model = Rhythm().fit(*customers(300, 7)[:3])
    again = Rhythm.from_dict(json.loads(json.dumps(model.to_dict())))
    assert again.params_ == model.params_
    with pytest.raises(ValueError, match="not of Rhythm"):
        Rhythm.from_dict({"model": "BetaGeo"})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"intervals": [-1]}, "intervals"),
        ({"median_days": [0]}, "median_days"),
        ({"median_days": [3, 4]}, "median_days"),
        ({"log_variance": [None]}, "log_variance"),
        ({"silence_days": [-1]}, "silence_days"),
    ],
)
def test_errors_name_the_argument(change, name):
    columns = {"intervals": [2], "median_days": [5.0], "log_variance": [0.1], "silence_days": [4]} | change
    model = Rhythm().fit([2, 3], [5.0, 6.0], [0.1, 0.2])
    with pytest.raises(ValueError, match=name):
        model.score(**columns)


def test_scoring_needs_a_fit():
    with pytest.raises(RuntimeError, match="not fitted"):
        Rhythm().score([1], [1], [1], [1])


def test_as_of_a_date_counts_whole_days():
    got = summarize(orders({"a": [0, 10]}), date(2025, 1, 31)).to_pyarrow().to_pylist()
    assert got[0]["silence_days"] == 20
