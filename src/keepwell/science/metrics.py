"""Measures of how good a prediction was. All are pure functions of (n,) arrays of numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def auc(outcome: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Area under the ROC curve: how often a positive scores above a negative, ties counting half.

    Hanley & McNeil (1982), Radiology 143, 29-36: the Mann-Whitney statistic over the number of pairs.

    Args:
        outcome: (n,) 0 or 1.
        score: (n,) any numbers; higher means more likely 1.
        weights: (n,) how much each row counts; 1 by default.

    Returns:
        0 to 1; NaN when all outcomes are alike, for then there is no pair to compare.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    y, s, w = checked(weights, outcome=outcome, score=score)
    if not np.isin(y, (0, 1)).all():
        raise ValueError("outcome must hold 0 and 1 only")
    values, of = np.unique(s, return_inverse=True)
    positive = np.bincount(of, weights=w * y, minlength=values.size)
    negative = np.bincount(of, weights=w * (1 - y), minlength=values.size)
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs) if pairs > 0 else float("nan")


def gini(outcome: ArrayLike, score: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient of a ranking, 2 AUC - 1: 0 for a coin, 1 for a perfect order.

    >>> gini([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    0.75
    """
    return 2 * auc(outcome, score, weights) - 1


def mae(actual: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Mean absolute error.

    >>> mae([1, 2], [1, 4])
    1.0
    """
    y, p, w = checked(weights, actual=actual, predicted=predicted)
    return float(np.average(np.abs(y - p), weights=w))


def rmse(actual: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Root of the mean squared error.

    >>> rmse([1, 2], [1, 4]) ** 2
    2.0000000000000004
    """
    y, p, w = checked(weights, actual=actual, predicted=predicted)
    return float(np.sqrt(np.average((y - p) ** 2, weights=w)))


def aggregate_error(actual: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Relative error of the predicted total: -0.1 is a tenth too low; NaN when the actual total is 0.

    >>> aggregate_error([1, 3], [1, 2])
    -0.25
    """
    y, p, w = checked(weights, actual=actual, predicted=predicted)
    total = float((w * y).sum())
    return float((w * p).sum()) / total - 1 if total else float("nan")


def brier(outcome: ArrayLike, probability: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Mean squared error of probabilities (Brier 1950, Monthly Weather Review 78, 1-3).

    >>> brier([0, 1], [0.5, 1.0])
    0.125
    """
    y, p, w = checked(weights, outcome=outcome, probability=probability)
    if p.size and (p.min() < 0 or p.max() > 1):
        raise ValueError("probability must lie between 0 and 1")
    return float(np.average((y - p) ** 2, weights=w))


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """One band of predictions: how many, what was predicted on average, what came about on average."""

    count: int
    predicted: float
    actual: float


def calibration(actual: ArrayLike, predicted: ArrayLike, bins: int = 10) -> list[CalibrationRow]:
    """Predicted against actual means in bands of equal size, lowest predictions first.

    Equal predictions stay in one band, so there may be fewer bands than `bins`.

    Args:
        actual: (n,) outcomes.
        predicted: (n,) predictions of them.
        bins: bands at most.

    Returns:
        One row per band.

    >>> [(row.count, row.predicted, row.actual) for row in calibration([0, 1, 1, 1], [0.2, 0.4, 0.9, 0.7], 2)]
    [(2, 0.30000000000000004, 0.5), (2, 0.8, 1.0)]
    """
    y, p, _ = checked(None, actual=actual, predicted=predicted)
    if bins < 1:
        raise ValueError(f"bins must be at least 1, it is {bins}")
    _, of, size = np.unique(p, return_inverse=True, return_counts=True)
    middle = np.cumsum(size) - size / 2
    band = np.minimum((middle * bins / p.size).astype(np.int64), bins - 1)[of]
    return [
        CalibrationRow(int(inside.sum()), float(p[inside].mean()), float(y[inside].mean()))
        for inside in (band == k for k in np.unique(band))
    ]


def checked(weights: ArrayLike | None, **arrays: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Two named arrays and the weights, as float64 of one length.

    Raises:
        ValueError: naming the array that is not 1-d, finite, and as long as the others.
    """
    given = {name: np.asarray(values, dtype=np.float64) for name, values in arrays.items()}
    first, second = given.values()
    given["weights"] = np.ones_like(first) if weights is None else np.asarray(weights, dtype=np.float64)
    for name, array in given.items():
        if array.ndim != 1 or array.size == 0:
            raise ValueError(f"{name} must have one dimension and at least one element")
        if array.size != first.size:
            raise ValueError(f"{name} has {array.size} elements, {next(iter(given))} has {first.size}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} must be finite")
    if given["weights"].min() < 0 or not given["weights"].any():
        raise ValueError("weights must not be negative, nor all 0")
    return first, second, given["weights"]
