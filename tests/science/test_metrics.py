"""Measures of prediction: closed forms, brute force, invariants."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.science import metrics

pytestmark = pytest.mark.science

OUTCOMES = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=2, max_size=40)


def pairs_won(outcome, score):
    """AUC by its definition: every positive against every negative."""
    positives = [s for y, s in zip(outcome, score, strict=True) if y]
    negatives = [s for y, s in zip(outcome, score, strict=True) if not y]
    won = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positives for n in negatives]
    return sum(won) / len(won) if won else math.nan


@given(OUTCOMES)
def test_auc_is_the_share_of_pairs_won(rows):
    outcome, score = zip(*rows, strict=True)
    assert metrics.auc(outcome, score) == pytest.approx(pairs_won(outcome, score), nan_ok=True)


@given(OUTCOMES)
def test_auc_knows_order_alone(rows):
    outcome, score = (np.array(column) for column in zip(*rows, strict=True))
    expected = metrics.auc(outcome, score)
    assert metrics.auc(outcome, np.exp(score)) == pytest.approx(expected, nan_ok=True)
    assert metrics.auc(outcome, -score) == pytest.approx(1 - expected, nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(0, 3)), min_size=2, max_size=20))
def test_weights_stand_for_repeated_rows(rows):
    outcome, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    if not weight.any():
        with pytest.raises(ValueError, match="weights"):
            metrics.auc(outcome, score, weight)
        return
    repeated = np.repeat(np.arange(len(rows)), weight)
    for measure in (metrics.auc, metrics.gini, metrics.mae, metrics.rmse, metrics.aggregate_error):
        assert measure(outcome, score, weight) == pytest.approx(
            measure(outcome[repeated], score[repeated]), nan_ok=True
        )


def test_errors_of_a_worked_case():
    actual, predicted = [0, 2, 4], [1, 2, 1]
    assert metrics.mae(actual, predicted) == pytest.approx(4 / 3)
    assert metrics.rmse(actual, predicted) == pytest.approx(math.sqrt(10 / 3))
    assert metrics.aggregate_error(actual, predicted) == pytest.approx(-1 / 3)
    assert metrics.brier([0, 1, 1], [0.5, 1, 0]) == pytest.approx(1.25 / 3)


def test_measures_without_an_answer_are_nan():
    assert math.isnan(metrics.auc([1, 1], [0.1, 0.2]))
    assert math.isnan(metrics.aggregate_error([0, 0], [1, 1]))


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4)), min_size=1, max_size=50), st.integers(1, 12))
def test_calibration_keeps_totals_and_order(rows, bins):
    actual, predicted = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    table = metrics.calibration(actual, predicted, bins)
    assert sum(row.count for row in table) == len(rows)
    assert sum(row.count * row.predicted for row in table) == pytest.approx(predicted.sum())
    assert sum(row.count * row.actual for row in table) == pytest.approx(actual.sum())
    assert len(table) <= bins
    means = [row.predicted for row in table]
    assert means == sorted(set(means))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: metrics.auc([0, 2], [1, 1]), "outcome"),
        (lambda: metrics.auc([0, 1], [1, math.nan]), "score"),
        (lambda: metrics.mae([0, 1], [1]), "predicted"),
        (lambda: metrics.mae([[0]], [[1]]), "actual"),
        (lambda: metrics.mae([0], [1], [-1]), "weights"),
        (lambda: metrics.brier([0, 1], [0.5, 1.5]), "probability"),
        (lambda: metrics.calibration([0, 1], [0, 1], 0), "bins"),
    ],
)
def test_errors_name_the_argument(call, name):
    with pytest.raises(ValueError, match=name):
        call()
