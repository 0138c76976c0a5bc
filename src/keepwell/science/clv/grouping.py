"""Purchase histories reduced to what the likelihood needs.

The gamma functions of BG/NBD depend on the number of purchases alone, so a histogram of it is enough for
them. The rest depends on (x, t_x, T); histories measured on a grid (days, or days / 7) repeat, and equal ones
are counted once. Histories in continuous time are kept as they are.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from keepwell.science.clv.inputs import Floats

# Days and hours measured in days, days measured in weeks.
GRIDS_PER_UNIT = (1.0, 7.0, 24.0)
PROBE = 512


@dataclass(frozen=True, slots=True)
class Histories:
    """Distinct histories and how many customers have each: four arrays of one length."""

    frequency: Floats
    recency: Floats
    T: Floats
    weight: Floats

    def __len__(self) -> int:
        """How many distinct histories there are."""
        return self.frequency.size

    def part(self, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Histories":
        """The histories where `mask` is true."""
        return Histories(self.frequency[mask], self.recency[mask], self.T[mask], self.weight[mask])


class Survivors:
    """How many customers made more than j repeat purchases, for j = 0, 1, ..."""

    def __init__(self, histories: Histories) -> None:
        of_each = np.bincount(histories.frequency.astype(np.int64), weights=histories.weight)
        self.total = float(of_each.sum())
        self.at_least = np.cumsum(of_each[::-1])[::-1]  # [j] customers with x >= j
        self.j = np.arange(of_each.size, dtype=np.float64)

    @cached_property
    def more_than(self) -> Floats:
        """[j] customers with x > j."""
        return np.append(self.at_least[1:], 0.0)


def group(frequency: Floats, recency: Floats, T: Floats, weights: Floats | None) -> Histories:
    """Distinct histories with their summed weights; the rows themselves where time has no grid."""
    grid = grid_of(recency, T)
    keys = None if grid is None else keys_of(frequency, recency, T, grid)
    if keys is None or grid is None:
        return Histories(frequency, recency, T, np.ones_like(T) if weights is None else weights)
    key, span, long = keys
    if weights is None:
        key = np.sort(key)
        starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
        summed = np.diff(np.append(starts, key.size)).astype(np.float64)
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
        starts = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
        summed = np.add.reduceat(weights[order], starts)
    rest, age = np.divmod(key[starts], long)
    x, t_x = np.divmod(rest, span)
    return Histories(x.astype(np.float64), t_x / grid, age / grid, summed)


def grid_of(recency: Floats, T: Floats) -> float | None:
    """Grid points per unit of time when all times lie on one grid, else None."""
    for grid in GRIDS_PER_UNIT:
        if all(on_grid(times[:PROBE], grid) and on_grid(times, grid) for times in (T, recency)):
            return grid
    return None


def on_grid(times: Floats, grid: float) -> bool:
    """Whether every time is a multiple of 1 / grid, but for rounding."""
    scaled = times * grid
    return bool((np.abs(scaled - np.rint(scaled)) <= 1e-9 * (1 + scaled)).all())


def keys_of(
    frequency: Floats, recency: Floats, T: Floats, grid: float
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], int, int] | None:
    """One integer per history, ordered by frequency, recency, T; None when 63 bits are too few."""
    span, long = (int(np.rint(times.max() * grid)) + 1 for times in (recency, T))
    if (float(frequency.max()) + 1) * span * long >= 2.0**62:
        return None
    key = frequency * span
    key += np.rint(recency * grid)
    if (float(frequency.max()) + 1) * span * long < 2.0**53:
        key *= long
        key += np.rint(T * grid)
        return key.astype(np.int64), span, long
    whole = key.astype(np.int64)
    whole *= long
    whole += np.rint(T * grid).astype(np.int64)
    return whole, span, long
