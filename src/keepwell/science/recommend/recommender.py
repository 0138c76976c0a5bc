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
BATCH = 1_000  # customers at a time: a batch holds BATCH x HISTORY_MAX x neighbours numbers at most
POPULAR_MAX = 100  # candidates for everybody: the most popular of all
PER_CATEGORY = 5  # and of each category
LEADING_MAX = 1_000  # of all categories together: every customer of a batch has a row for each
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
        """Candidates are the neighbours of what they bought, what is popular at all and in each category, and
        what they have: nothing else could come out first.
        """
        short = mine.newest(HISTORY_MAX)
        weight = self._weight(short)
        shape = (count, self.products_)
        history = sparse.csr_array((weight, (short.customer, short.product)), shape=shape)
        together = (history @ self.neighbours_).tocsr()
        together.sort_indices()
        peak = np.maximum(np.asarray(together.max(axis=1).todense()).ravel(), TIE)
        sizes = np.diff(together.indptr)
        rows = np.repeat(np.arange(count), sizes)
        together.data = together.data / peak[rows]
        share = self._share(short, weight, count)
        common = self._common(shown)
        barred = np.unique(
            np.r_[_keys(mine.customer, mine.product, self.products_), _keys(*excluded, self.products_)]
        )
        again = self._again(mine)
        due = (again > 0) & ~_among(
            _keys(mine.customer, mine.product, self.products_), np.unique(_keys(*excluded, self.products_))
        )
        whole = together.indices.astype(np.int64)
        fresh = ~_flags(common, self.products_)[whole] & shown[whole]
        fresh &= ~_among(_keys(rows, whole, self.products_), barred)
        everybody = np.repeat(np.arange(count), common.size)
        offered = np.tile(common, count)
        wide = ~_among(_keys(everybody, offered, self.products_), barred)
        own = due & shown[mine.product]
        who = np.concatenate([rows[fresh], everybody[wide], mine.customer[own]])
        what = np.concatenate([whole[fresh], offered[wide], mine.product[own]])
        pull = np.stack(
            [
                np.r_[
                    together.data[fresh],
                    _values(together, everybody[wide], offered[wide]),
                    _values(together, mine.customer[own], mine.product[own]),
                ],
                np.r_[np.zeros(int(fresh.sum() + wide.sum())), again[own]],
                self._liked(share, who, what),
            ]
        )
        score = pull.sum(axis=0) + self.popularity * self.popularity_[what] + self._tie[what]
        at = _best(who, score, count, k)
        found, place = at >= 0, np.maximum(at, 0)
        if not who.size:
            return _nothing(count, k)
        product = np.where(found, what[place], NONE)
        pulls = pull[:, place]
        why = np.array([Why.TOGETHER, Why.AGAIN, Why.CATEGORY])[pulls.argmax(axis=0)]
        why = np.where(pulls.max(axis=0) > 0, why, Why.POPULAR)
        why = np.where(found, why, Why.NOTHING).astype(np.int64)
        because = self._because(short, weight, product)
        because = np.where(why == Why.TOGETHER, because, np.where(why == Why.AGAIN, product, NONE))
        return product, np.where(found, score[place], 0.0), why, because

    def _common(self, shown: Flags) -> Ints:
        """What may suit anybody: the most popular of all and of each category, among what may be shown."""
        order = np.lexsort((np.arange(self.products_), -self.popularity_))
        order = order[shown[order]]
        group = self.category_[order]
        by_group = order[np.lexsort((np.arange(order.size), group))]
        starts = np.searchsorted(np.sort(group), np.sort(group), side="left")
        leading = by_group[np.arange(order.size) - starts < PER_CATEGORY]
        if leading.size > LEADING_MAX:
            leading = order[_flags(leading, self.products_)[order]][:LEADING_MAX]
        common: Ints = np.unique(np.r_[order[:POPULAR_MAX], leading])
        return common

    def _share(self, short: Purchases, weight: Floats, count: int) -> Floats:
        """The share of each category in what each customer bought; the last column stands for none."""
        groups = int(self.category_.max()) + 1 if self.category_.size else 0
        share = np.zeros((count, max(groups, 0) + 1))
        group = self.category_[short.product]
        known = group >= 0
        np.add.at(share, (short.customer[known], group[known]), weight[known])
        share /= np.maximum(share.sum(axis=1, keepdims=True), TIE)
        return share

    def _liked(self, share: Floats, who: Ints, what: Ints) -> Floats:
        """What the liked categories say for each pair of customer and product."""
        liked: Floats = self.affinity * share[who, self.category_[what]] * self.popularity_[what]
        return liked

    def _again(self, mine: Purchases) -> Floats:
        """How much speaks for buying again what one has: nothing before half of the usual time has passed."""
        usual = self.repeats_.gap_days[mine.product]
        own = (mine.last_day - mine.first_day) / np.maximum(mine.times - 1, 1)
        gap = np.where(mine.times > 1, (own * (mine.times - 1) + usual) / mine.times, usual)
        waited = self.today_ - mine.last_day
        due = (waited >= 0.5 * gap) & self.repeats_.again(self.least_repeat)[mine.product]
        # Who bought it n times will rather buy it again than who did once (a beta prior of one buyer).
        rate = (mine.times - 1 + self.repeats_.rate[mine.product]) / mine.times
        again: Floats = np.where(due, self.repeat * rate * self._weight(mine), 0.0)
        return again

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


def _keys(who: Ints, what: Ints, products: int) -> Ints:
    keys: Ints = np.asarray(who, np.int64) * products + np.asarray(what, np.int64)
    return keys


def _among(keys: Ints, known: Ints) -> Flags:
    """Which keys are among `known`, which is in order."""
    if not known.size:
        return np.zeros(keys.size, np.bool_)
    at = np.minimum(np.searchsorted(known, keys), known.size - 1)
    found: Flags = known[at] == keys
    return found


def _flags(chosen: Ints, size: int) -> Flags:
    flags = np.zeros(size, np.bool_)
    flags[chosen] = True
    return flags


def _values(matrix: sparse.csr_array, rows: Ints, columns: Ints) -> Floats:
    """The entries at these places; 0 where there is none."""
    width = matrix.shape[1]
    owners = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    known = _keys(owners, matrix.indices, width)
    wanted = _keys(rows, columns, width)
    if not known.size:
        return np.zeros(wanted.size)
    at = np.minimum(np.searchsorted(known, wanted), known.size - 1)
    found: Floats = np.where(known[at] == wanted, matrix.data[at], 0.0)
    return found


def _nothing(count: int, k: int) -> tuple[Ints, Floats, Ints, Ints]:
    none = np.full((count, k), NONE, np.int64)
    return none, np.zeros((count, k)), np.zeros((count, k), np.int64), none


def _best(who: Ints, score: Floats, count: int, k: int) -> Ints:
    """Places of the `k` greatest scores of each customer, greatest first; -1 where there are fewer."""
    best = np.full((count, k), -1, np.int64)
    order = np.argsort(who, kind="stable")
    sizes = np.bincount(who, minlength=count)
    width = int(sizes.max()) if sizes.size else 0
    if not width:
        return best
    # Candidates side by side, one row for each customer: a selection costs less than a sort of them all.
    inside = np.arange(width)[None, :] < sizes[:, None]
    padded = np.full((count, width), -np.inf)
    places = np.full((count, width), -1, np.int64)
    padded[inside], places[inside] = score[order], order
    most = min(k, width)
    near = np.argpartition(-padded, most - 1, axis=1)[:, :most]
    value = np.take_along_axis(padded, near, axis=1)
    near = np.take_along_axis(near, np.argsort(-value, axis=1, kind="stable"), axis=1)
    best[:, :most] = np.take_along_axis(places, near, axis=1)
    return best
