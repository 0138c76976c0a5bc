"""The holdout comparison: decisions, fallbacks, and a real shop where the model loses."""

import json
from datetime import UTC, date, datetime

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.science import rhythm
from keepwell.science.clv import ModifiedBetaGeo
from keepwell.science.validation import ReturnCurve, ShrunkenRate, holdout, naive_rate, validate
from keepwell.science.validation.fallbacks import DEFAULT_STRENGTH
from keepwell.science.validation.holdout import horizon_of

pytestmark = pytest.mark.science


def compared(orders, split_on, end_on, unit):
    """The report for real orders, with the silence ratio among the rules."""
    past = rhythm.summarize(orders, split_on)
    table = holdout(orders, split_on, end_on, unit).join(past, "customer_id").to_pyarrow()
    column = {name: table[name].to_numpy() for name in table.column_names if name != "customer_id"}
    intervals = [column[name] for name in ("intervals", "interval_median_days", "interval_log_variance")]
    silence = rhythm.Rhythm().fit(*intervals).score(*intervals, column["silence_days"])
    return validate(
        column["frequency"],
        column["recency"],
        column["T"],
        column["actual"],
        horizon_of(split_on, end_on, unit),
        silence_ratio=silence.silence_ratio,
    )


def test_cdnow_keeps_the_model(cdnow):
    report = compared(cdnow, date(1997, 9, 30), date(1998, 6, 30), "W")
    assert (report.customers, report.repeat_buyers, report.horizon) == (2357, 946, 39)
    assert (report.purchases_method, report.alive_method) == ("mbg", "mbg")
    purchases = {score.method: score for score in report.purchases}
    assert purchases["mbg"].mae == pytest.approx(0.765, abs=5e-4)
    assert purchases["mbg"].mae < purchases["naive_rate"].mae
    assert purchases["mbg"].aggregate_error == pytest.approx(-0.162, abs=5e-4)
    alive = {score.method: score.auc for score in report.alive}
    assert alive["mbg"] >= 0.68
    assert alive["bg"] < 0.5
    assert alive["recency"] == pytest.approx(0.771, abs=5e-4)
    assert "beaten_by_recency" in report.codes("mbg")  # said, though the model is kept


def test_online_retail_falls_back_and_says_why(online_retail):
    """Strong seasons and wholesale buyers: the fit ends on the boundary and loses to the naive rate."""
    report = compared(online_retail, date(2011, 8, 31), date(2011, 12, 9), "D")
    assert (report.purchases_method, report.alive_method) == ("shrunken_rate", "return_curve")
    for method in ("mbg", "bg"):
        assert {"fit_on_boundary", "beaten_by_naive_rate", "aggregate_bias"} <= set(report.codes(method))
    beaten = next(f for f in report.findings if f.code == "beaten_by_naive_rate" and f.method == "mbg")
    assert beaten.figures["mae"] == pytest.approx(0.997, abs=5e-4)
    assert beaten.figures["naive_mae"] == pytest.approx(0.967, abs=5e-4)
    purchases = {score.method: score for score in report.purchases}
    for better in ("mae", "rmse"):
        assert getattr(purchases["shrunken_rate"], better) < getattr(purchases["mbg"], better)
    curve = report.curve
    assert curve is not None
    soon, late = curve.probability_of_return([1.0, 250.0])
    assert soon > 0.7
    assert late < 0.4


def market(n, seed, leave):
    """A shop of n customers, seen for 60 weeks and 30 more; at each purchase `leave` of them go for good."""
    rng = np.random.default_rng(seed)
    rate, clock = rng.gamma(1.2, 1 / 12, n), np.zeros(n)
    x, t_x, actual = np.zeros(n), np.zeros(n), np.zeros(n)
    there = np.arange(n)[rng.random(n) > leave]
    while there.size:
        clock[there] += rng.exponential(1 / rate[there])
        there = there[clock[there] < 90]
        early = there[clock[there] < 60]
        x[early] += 1
        t_x[early] = clock[early]
        actual[there[clock[there] >= 60]] += 1
        there = there[rng.random(there.size) > leave]
    return x, t_x, np.full(n, 60.0), actual


def test_a_shop_where_customers_leave_keeps_the_model():
    report = validate(*market(6_000, 1, leave=0.35), 30)
    assert (report.purchases_method, report.alive_method) in {("mbg", "mbg"), ("bg", "mbg")}
    assert {found.code for found in report.findings if found.method == "mbg"} <= {"beaten_by_recency"}


def test_a_shop_where_nobody_leaves_falls_back():
    report = validate(*market(4_000, 2, leave=0.0), 30)
    assert (report.purchases_method, report.alive_method) == ("shrunken_rate", "return_curve")
    assert "fit_on_boundary" in report.codes("mbg")
    shrunken = next(score for score in report.purchases if score.method == "shrunken_rate")
    assert abs(shrunken.aggregate_error) < 0.05


@pytest.mark.parametrize("n", [1, 60])
def test_too_few_customers_are_not_judged(n):
    x, t_x, T, actual = market(n, 3, leave=0.2)
    report = validate(x, t_x, T, actual, 30)
    assert report.codes() == ("too_few_customers",)
    assert report.findings[0].figures["customers"] == n
    assert (report.purchases_method, report.alive_method) == ("shrunken_rate", "return_curve")
    assert report.rate.strength == DEFAULT_STRENGTH
    assert report.curve is None
    assert report.purchases == ()


def test_nobody_came_back():
    x, t_x, T, _ = market(500, 4, leave=0.2)
    report = validate(x, t_x, T, np.zeros(500), 30)
    assert report.codes() == ("too_few_customers",)
    assert report.findings[0].figures["returned"] == 0


def test_everybody_came_back():
    x, t_x, T, _ = market(500, 4, leave=0.2)
    report = validate(x, t_x, T, np.ones(500), 30)
    assert report.curve is not None
    assert report.curve.probability_of_return([5.0]) == pytest.approx([1.0])


def test_the_report_is_json():
    report = validate(*market(800, 5, leave=0.3), 30)
    again = json.loads(json.dumps(report.to_dict()))
    assert again["purchases_method"] == report.purchases_method
    assert ReturnCurve.from_dict(again["curve"]) == report.curve
    assert ShrunkenRate(**again["rate"]) == report.rate


def test_holdout_counts_days_after_the_split():
    moments = {
        "a": [(1, 9), (1, 10), (5, 0), (11, 0), (11, 5), (20, 0), (31, 0)],
        "b": [(2, 0)],
        "c": [(15, 0)],
    }
    rows = [(who, datetime(2026, 1, d, h, tzinfo=UTC)) for who, at in moments.items() for d, h in at]
    orders = ibis.memtable(
        pa.table(
            {
                "customer_id": [r[0] for r in rows],
                "ordered_at": [r[1] for r in rows],
                "amount": [1.0] * len(rows),
            }
        )
    )
    split_on, end_on = date(2026, 1, 10), date(2026, 1, 30)
    got = {row["customer_id"]: row for row in holdout(orders, split_on, end_on).to_pyarrow().to_pylist()}
    assert got.keys() == {"a", "b"}  # c came later
    assert (got["a"]["frequency"], got["a"]["recency"], got["a"]["actual"]) == (1, 4.0, 2)
    assert got["b"]["actual"] == 0
    assert horizon_of(split_on, end_on, "W") == pytest.approx(20 / 7)
    with pytest.raises(ValueError, match="until"):
        holdout(orders, split_on, split_on)


@given(
    st.lists(st.tuples(st.floats(0, 300), st.booleans()), min_size=1, max_size=60),
    st.lists(st.floats(0, 400), min_size=2, max_size=10),
)
def test_return_curve_falls_and_keeps_the_mean(rows, asked):
    silence, returned = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    curve = ReturnCurve.learn("silence", silence, returned, 90)
    answers = curve.probability_of_return(sorted(asked))
    assert (np.diff(answers) <= 1e-12).all()
    assert ((answers >= 0) & (answers <= 1)).all()
    assert min(returned) <= curve.probabilities[-1] <= curve.probabilities[0] <= max(returned)


def test_return_curve_finds_a_known_one():
    rng = np.random.default_rng(6)
    silence = rng.uniform(0, 200, 50_000)
    returned = (rng.random(silence.size) < np.exp(-silence / 80)).astype(float)
    curve = ReturnCurve.learn("silence", silence, returned, 90)
    asked = np.array([10.0, 50, 100, 180])
    np.testing.assert_allclose(curve.probability_of_return(asked), np.exp(-asked / 80), atol=0.03)


@given(st.floats(0.01, 5), st.floats(0, 4), st.integers(0, 20), st.floats(0.5, 200))
def test_shrunken_rate_lies_between_own_and_population(rate, strength, frequency, age):
    rule = ShrunkenRate(rate, strength)
    got = rule.expected_purchases(10, [frequency], [age])[0]
    own = naive_rate(10, [frequency], [age])[0]
    assert min(own, 10 * rate) - 1e-9 <= got <= max(own, 10 * rate) + 1e-9


def test_simple_rates_of_the_newborn():
    assert naive_rate(10, [0], [0]).tolist() == [0]
    assert ShrunkenRate(0.1, 1.0).expected_purchases(10, [0], [0]).tolist() == [1]
    assert ShrunkenRate(0.1, 0.0).expected_purchases(10, [0], [0]).tolist() == [0]
    assert ShrunkenRate(0.0, 1.0).expected_purchases(10, [0], [5]).tolist() == [0]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"actual": [1.5]}, "actual"),
        ({"actual": [1, 1]}, "actual"),
        ({"horizon": 0}, "horizon"),
        ({"silence_ratio": [1, 2]}, "silence_ratio"),
        ({"recency": [9]}, "recency"),
    ],
)
def test_errors_name_the_argument(change, name):
    arguments = {"frequency": [1], "recency": [3], "T": [5], "actual": [1], "horizon": 4} | change
    with pytest.raises(ValueError, match=name):
        validate(**arguments)


def test_models_are_asked_nothing_they_do_not_know():
    """The choice depends on the calibration alone for its fits: the holdout never leaks into parameters."""
    x, t_x, T, actual = market(1_000, 7, leave=0.3)
    before = validate(x, t_x, T, actual, 30)
    after = validate(x, t_x, T, actual + 1, 30)
    alive = [{score.method for score in report.alive} for report in (before, after)]
    assert alive[0] == alive[1]
    fitted = ModifiedBetaGeo().fit(x, t_x, T)
    expected = fitted.expected_purchases(30, x, t_x, T)
    score = next(s for s in before.purchases if s.method == "mbg")
    assert score.mae == pytest.approx(np.abs(expected - actual).mean(), rel=1e-9)
