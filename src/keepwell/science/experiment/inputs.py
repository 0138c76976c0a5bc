"""Checks of what comes in; every error names the argument."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def vector(name: str, values: ArrayLike, size: int | None = None) -> Floats:
    """`values` as (n,) float64, finite, of `size` elements where it is given.

    Raises:
        ValueError: naming the argument.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, it has {array.ndim}")
    if size is not None and array.size != size:
        raise ValueError(f"{name} has {array.size} elements, {size} are wanted")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array


def covariate_matrix(covariate: ArrayLike | None, size: int) -> Floats | None:
    """One or several covariates as (n, k) float64; None where there is none."""
    if covariate is None:
        return None
    matrix = np.asarray(covariate, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or matrix.shape[0] != size:
        raise ValueError(f"covariate must have {size} rows, its shape is {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("covariate must be finite: fill in the mean, or 0, where it is not known")
    return matrix


def flags(name: str, values: ArrayLike, size: int) -> NDArray[np.bool_]:
    """(n,) of True and False, from booleans or from 0 and 1."""
    array = np.asarray(values)
    if array.shape != (size,):
        raise ValueError(f"{name} must have {size} elements, its shape is {array.shape}")
    if array.dtype == np.bool_:
        return array
    if not np.isin(array, (0, 1)).all():
        raise ValueError(f"{name} must be True or False, 1 or 0")
    return np.asarray(array.astype(np.bool_))


def between(name: str, value: float, low: float, high: float) -> float:
    """`value`, strictly between the two."""
    number = float(value)
    if not low < number < high:
        raise ValueError(f"{name} must be between {low:g} and {high:g}, it is {value}")
    return number


def positive(name: str, value: float) -> float:
    """`value`, finite and above 0."""
    number = float(value)
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be finite and above 0, it is {value}")
    return number


def share_vector(name: str, shares: Iterable[float]) -> Floats:
    """(k,) shares that are not negative and add up to 1."""
    array = vector(name, list(shares))
    if array.size == 0 or array.min() < 0 or abs(array.sum() - 1) > 1e-9:
        raise ValueError(f"{name} must not be negative and must add up to 1, they are {array.tolist()}")
    return array
