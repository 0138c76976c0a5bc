"""The recommender: learn once from purchases, suggest for any customers in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from keepwell.science.recommend import repeats, similarity
from keepwell.science.recommend.purchases import Purchases

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE = -1
BATCH = 256  # customers at a time: a batch holds BATCH x products numbers
HISTORY_MAX = 200  # products of one customer that are looked at, the newest first
TIE = 1e-9  # the weight of the place by popularity, so that no two products are equal


class Why(IntEnum):
    """What spoke most for a suggestion."""

    NOTHING = 0
    TOGETHER = 1  # bought together with `because`
    AGAIN = 2  # bought before, and time for it again
    CATEGORY = 3  # of a category that the customer likes
    POPULAR = 4  # many buy it: nothing better is known


@dataclass(frozen=True)
class Suggestions:
    """For each of n customers k products, the best first; NONE where there are no more.

    `because` is the product bought that spoke most for it, where `why` is TOGETHER or AGAIN, else NONE.
    """

    product: Ints
    score: Floats
    why: Ints
    because: Ints


class Recommender:
    """Item-to-item recommendations with a reason; see the package for sources.

    Args:
        most_neighbours: how many neighbours of a product are kept.
        shrinkage: common buyers at which half of the likeness of two products is believed.
        half_life_days: after this time a purchase says half as much.
        affinity: weight of the liked categories beside co-purchase; popularity, repeat: the same.
        least_repeat: share of buyers who buy again from which on a product may be shown to those who have it.
        settled_days: how long a buyer must have had time to come back, to count for that share.
    """

    def __init__(
        self,
        *,
        most_neighbours: int = 50,
        shrinkage: float = 5.0,
        half_life_days: float = 180.0,
        affinity: float = 0.15,
        popularity: float = 0.02,
        repeat: float = 2.0,
        least_repeat: float = 0.15,
        settled_days: int = 60,
    ) -> None:
        self.most_neighbours = most_neighbours
        self.shrinkage = shrinkage
        self.half_life_days = half_life_days
        self.affinity = affinity
        self.popularity = popularity
        self.repeat = repeat
        self.least_repeat = least_repeat
        self.settled_days = settled_days

    def fit(self, bought: Purchases, *, products: int, category: Ints | None = None, today: int) -> Self:
        """Learn from purchases up to day `today` of `products` products.

        `category` (products,) are numbers from 0, -1 for none. Raises ValueError where a product has no place
        in them or something was bought after `today`.
        """
        groups = np.full(products, NONE, np.int64) if category is None else np.asarray(category, np.int64)
        if groups.shape != (products,):
            raise ValueError("category: one number for each product")
        self._check(bought, products, today)
        short = bought.newest(HISTORY_MAX)
        self.products_, self.today_, self.category_ = products, today, groups
        self.neighbours_ = similarity.neighbours(
            short, products, most=self.most_neighbours, shrinkage=self.shrinkage
        )
        self.repeats_ = repeats.learn(bought, products, groups, today=today, settled_days=self.settled_days)
        counts = np.bincount(bought.product, self._weight(bought), minlength=products)
        self.popularity_ = counts / counts.max() if counts.any() else counts
        place = np.empty(products)
        place[np.lexsort((np.arange(products), -counts))] = np.arange(products, 0, -1)
        self._tie = TIE * place / max(products, 1)
        # Keys in order, to look likeness up for many pairs at once.
        coo = self.neighbours_.tocoo()
        self._keys = coo.row.astype(np.int64) * products + coo.col.astype(np.int64)
        self._values = coo.data
        order = np.argsort(self._keys)
        self._keys, self._values = self._keys[order], self._values[order]
        return self

    def _check(self, bought: Purchases, products: int, today: int) -> None:
        if len(bought) and int(bought.product.max()) >= products:
            raise ValueError("purchases: a product has a number that is not below `products`")
        if len(bought) and int(bought.last_day.max()) > today:
            raise ValueError("purchases: something was bought after `today`")

    def _weight(self, bought: Purchases) -> Floats:
        weight: Floats = np.exp2((bought.last_day - self.today_) / self.half_life_days)
        return weight

    def recommend(
        self,
        bought: Purchases,
        *,
        customers: int,
        k: int = 5,
        available: Flags | None = None,
        excluded: tuple[Ints, Ints] | None = None,
    ) -> Suggestions:
        """The best `k` for each of `customers` customers by what they bought (no row: what is popular).

        `available` (products,) says what may be shown at all; `excluded` are pairs of customer and product
        that may not. Never suggested: those, what nobody ever bought, and what the customer has and is not
        bought again, or whose time has not come.
        """
        self._check(bought, self.products_, self.today_)
        parts = list(self._batches(bought, customers, k, available, excluded))
        if not parts:
            empty = np.zeros((0, k))
            whole = empty.astype(np.int64)
            return Suggestions(whole, empty, whole, whole)
        return Suggestions(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _batches(
        self,
        bought: Purchases,
        customers: int,
        k: int,
        available: Flags | None,
        excluded: tuple[Ints, Ints] | None,
    ) -> Iterator[tuple[Ints, Floats, Ints, Ints]]:
        shown = self.popularity_ > 0
        if available is not None:
            shown = shown & np.asarray(available, np.bool_)
        who, what = (np.zeros(0, np.int64),) * 2 if excluded is None else map(np.asarray, excluded)
        for start in range(0, customers, BATCH):
            stop = min(start + BATCH, customers)
            rows = slice(*np.searchsorted(bought.customer, [start, stop]))
            mine = bought.rows(np.arange(rows.start, rows.stop))
            mine = Purchases(mine.customer - start, mine.product, mine.times, mine.first_day, mine.last_day)
            here = (who >= start) & (who < stop)
            yield self._batch(mine, stop - start, k, shown, (who[here] - start, what[here]))

    def _batch(
        self, mine: Purchases, count: int, k: int, shown: Flags, excluded: tuple[Ints, Ints]
    ) -> tuple[Ints, Floats, Ints, Ints]:
        short = mine.newest(HISTORY_MAX)
        weight = self._weight(short)
        history = sparse.csr_array((weight, (short.customer, short.product)), shape=(count, self.products_))
        together = (history @ self.neighbours_).toarray()
        together /= np.maximum(together.max(axis=1, keepdims=True), TIE)
        liked = self.affinity * self._liked(short, weight, count) * self.popularity_
        popular = self.popularity * self.popularity_
        total = together + liked + popular + self._tie
        again = self._again(mine, count)
        total += again
        total[:, ~shown] = -np.inf
        # What one has is shown again only when it is time for it.
        total[mine.customer, mine.product] = np.where(
            again[mine.customer, mine.product] > 0, total[mine.customer, mine.product], -np.inf
        )
        total[excluded] = -np.inf
        product, score = _best(total, k)
        row = np.arange(count)[:, None]
        place = np.maximum(product, 0)
        pulls = np.stack([together[row, place], again[row, place], liked[row, place]], axis=2)
        why = np.array([Why.TOGETHER, Why.AGAIN, Why.CATEGORY])[pulls.argmax(axis=2)]
        why = np.where(pulls.max(axis=2) > 0, why, Why.POPULAR)
        why = np.where(product == NONE, Why.NOTHING, why).astype(np.int64)
        because = self._because(short, weight, product)
        because = np.where(why == Why.TOGETHER, because, np.where(why == Why.AGAIN, product, NONE))
        return product, score, why, because

    def _liked(self, short: Purchases, weight: Floats, count: int) -> Floats:
        """The share of each product's category in what a customer bought; 0 where none is known."""
        groups = int(self.category_.max()) + 1 if self.category_.size else 0
        if groups < 1:
            return np.zeros((count, self.products_))
        group = self.category_[short.product]
        known = group >= 0
        share = np.zeros((count, groups))
        np.add.at(share, (short.customer[known], group[known]), weight[known])
        share /= np.maximum(share.sum(axis=1, keepdims=True), TIE)
        spread: Floats = np.where(self.category_ >= 0, share[:, np.maximum(self.category_, 0)], 0.0)
        return spread

    def _again(self, mine: Purchases, count: int) -> Floats:
        """How much speaks for buying again what one has: nothing before half of the usual time has passed."""
        found = np.zeros((count, self.products_))
        usual = self.repeats_.gap_days[mine.product]
        own = (mine.last_day - mine.first_day) / np.maximum(mine.times - 1, 1)
        gap = np.where(mine.times > 1, (own * (mine.times - 1) + usual) / mine.times, usual)
        waited = self.today_ - mine.last_day
        due = (waited >= 0.5 * gap) & self.repeats_.again(self.least_repeat)[mine.product]
        rate = self.repeats_.rate[mine.product]
        # Who bought it n times will rather buy it again than who did once (a beta prior of one buyer).
        rate = (mine.times - 1 + rate) / mine.times
        found[mine.customer, mine.product] = np.where(due, self.repeat * rate * self._weight(mine), 0.0)
        return found

    def _because(self, short: Purchases, weight: Floats, product: Ints) -> Ints:
        """For each suggestion the product bought that contributed most to it; NONE for none."""
        count, k = product.shape
        best = np.full((count, k), NONE, np.int64)
        if not len(short) or not self._keys.size:
            return best
        wanted = product[short.customer]  # (rows, k)
        keys = short.product[:, None] * self.products_ + wanted
        at = np.minimum(np.searchsorted(self._keys, keys), self._keys.size - 1)
        pull = np.where((self._keys[at] == keys) & (wanted >= 0), self._values[at], 0.0) * weight[:, None]
        for place in range(k):
            order = np.lexsort((short.product, -pull[:, place], short.customer))
            who = short.customer[order]
            first = np.r_[True, np.diff(who) != 0]
            chosen = order[first]
            strong = pull[chosen, place] > 0
            best[short.customer[chosen[strong]], place] = short.product[chosen[strong]]
        return best


def _best(total: Floats, k: int) -> tuple[Ints, Floats]:
    """The `k` greatest of each row, greatest first; NONE and 0 where there are fewer."""
    count, width = total.shape
    product = np.full((count, k), NONE, np.int64)
    score = np.zeros((count, k))
    most = min(k, width)
    if most:
        near = np.argpartition(-total, most - 1, axis=1)[:, :most]
        value = np.take_along_axis(total, near, axis=1)
        order = np.argsort(-value, axis=1, kind="stable")
        value = np.take_along_axis(value, order, axis=1)
        found = np.isfinite(value)
        product[:, :most] = np.where(found, np.take_along_axis(near, order, axis=1), NONE)
        score[:, :most] = np.where(found, value, 0.0)
    return product, score
