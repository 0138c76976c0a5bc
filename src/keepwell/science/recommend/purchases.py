"""Who bought what: one row for each customer and product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Purchases:
    """Pairs of customer and product, each pair once, by customer and then product.

    `customer` and `product` are numbers from 0, `times` days on which it was bought (>= 1), `first_day` and
    `last_day` days on any one calendar.
    """

    customer: Ints
    product: Ints
    times: Ints
    first_day: Ints
    last_day: Ints

    @classmethod
    def of_pairs(
        cls,
        customer: ArrayLike,
        product: ArrayLike,
        times: ArrayLike,
        first_day: ArrayLike,
        last_day: ArrayLike,
    ) -> Self:
        """Of columns of one length, n rows each, in any order; all integers.

        Raises ValueError where lengths differ, a pair comes twice, or a figure cannot be.
        """
        columns = [np.asarray(one, np.int64) for one in (customer, product, times, first_day, last_day)]
        if len({one.shape for one in columns}) != 1 or columns[0].ndim != 1:
            raise ValueError("purchases: columns must be one-dimensional and of one length")
        who, what, count, first, last = columns
        if who.size and (min(int(who.min()), int(what.min())) < 0 or int(count.min()) < 1):
            raise ValueError("purchases: numbers from 0, times from 1")
        if np.any(first > last):
            raise ValueError("purchases: first_day is after last_day")
        order = np.lexsort((what, who))
        columns = [one[order] for one in columns]
        if np.any((np.diff(columns[0]) == 0) & (np.diff(columns[1]) == 0)):
            raise ValueError("purchases: a pair of customer and product comes twice")
        return cls(*columns)

    @classmethod
    def of_lines(cls, customer: ArrayLike, product: ArrayLike, day: ArrayLike) -> Self:
        """Of the lines of orders, n rows each; the same product twice on one day is bought once.

        >>> made = Purchases.of_lines([0, 0, 0], [2, 2, 2], [5, 5, 9])
        >>> made.times.tolist(), made.first_day.tolist(), made.last_day.tolist()
        ([2], [5], [9])
        """
        lines = np.stack([np.asarray(one, np.int64) for one in (customer, product, day)], axis=1)
        lines = np.unique(lines, axis=0)
        if not len(lines):
            return cls.of_pairs([], [], [], [], [])
        starts = np.flatnonzero(np.r_[True, np.any(np.diff(lines[:, :2], axis=0) != 0, axis=1)])
        ends = np.r_[starts[1:], len(lines)]
        return cls(lines[starts, 0], lines[starts, 1], ends - starts, lines[starts, 2], lines[ends - 1, 2])

    def __len__(self) -> int:
        return int(self.customer.size)

    def newest(self, most: int) -> Self:
        """Of each customer the `most` products bought last; of the same day those with the lower number."""
        order = np.lexsort((self.product, -self.last_day, self.customer))
        who = self.customer[order]
        starts = np.flatnonzero(np.r_[True, np.diff(who) != 0]) if who.size else np.zeros(0, np.int64)
        sizes = np.diff(np.r_[starts, who.size])
        place = np.arange(who.size) - np.repeat(starts, sizes)
        return self.rows(np.sort(order[place < most]))

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """The chosen rows, which must stay in order."""
        return type(self)(
            self.customer[chosen],
            self.product[chosen],
            self.times[chosen],
            self.first_day[chosen],
            self.last_day[chosen],
        )
