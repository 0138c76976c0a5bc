"""Checks of what a caller passes in; every error names the argument."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def vector(name: str, values: ArrayLike) -> Floats:
    """`values` as a 1-d float64 array of finite numbers that are not negative.

    Raises:
        ValueError: naming the argument, when it is not such an array.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers: {error}") from None
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, it has {array.ndim}")
    # The sum is finite only when every element is (or overflows, which no customer does).
    if array.size and not np.isfinite(array.sum()):
        raise ValueError(f"{name} must be finite: it holds NaN or infinity")
    if array.size and array.min() < 0:
        raise ValueError(f"{name} must not be negative: its least value is {array.min():g}")
    return array


def same_length(**arrays: Floats) -> None:
    """Raise ValueError unless every array has as many elements as the first."""
    (first, size), *rest = ((name, array.size) for name, array in arrays.items())
    for name, other in rest:
        if other != size:
            raise ValueError(f"{name} has {other} elements, {first} has {size}")


def counts(name: str, values: ArrayLike) -> Floats:
    """`values` as whole numbers, still as float64."""
    array = vector(name, values)
    if array.size and not np.array_equal(array, np.rint(array)):
        raise ValueError(f"{name} must hold whole numbers")
    return array


def histories(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Checked frequency, recency and T: recency at most T, and 0 where there is no repeat purchase."""
    x, t_x, age = counts("frequency", frequency), vector("recency", recency), vector("T", T)
    same_length(frequency=x, recency=t_x, T=age)
    if (t_x > age).any():
        raise ValueError("recency is the age at the last purchase: it must not exceed T")
    if t_x[x == 0].any():
        raise ValueError("recency must be 0 where frequency is 0: there was no repeat purchase")
    return x, t_x, age


def weight_vector(weights: ArrayLike | None, like: Floats) -> Floats | None:
    """Checked weights, or None."""
    if weights is None:
        return None
    array = vector("weights", weights)
    same_length(frequency=like, weights=array)
    if not array.any():
        raise ValueError("weights must not all be 0")
    return array


def require_fitted(model: Any) -> None:
    """Raise RuntimeError when `model` has no fitted parameters."""
    if not hasattr(model, "params_"):
        raise RuntimeError(f"{type(model).__name__} is not fitted: call fit first")
