"""How good suggestions are: learnt from the time before a day, looked up in the time after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.science.recommend.purchases import Purchases
from keepwell.science.recommend.recommender import Recommender

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Quality:
    """Of `customers` who bought in both times: shares in 0…1 for `k` suggestions.

    `hit` is the share of them who bought at least one that was suggested, `recall` the mean share of what
    they bought that was suggested (of at most k); `popular_…` the same of what sells most.
    """

    customers: int
    k: int
    hit: float
    recall: float
    popular_hit: float
    popular_recall: float


def hit_rate(
    model: Recommender,
    customer: Ints,
    product: Ints,
    day: Ints,
    *,
    split: int,
    k: int = 10,
    category: Ints | None = None,
    only_new: bool = False,
) -> Quality:
    """Fit `model` on the lines up to day `split` and look its suggestions up in the lines after it.

    With `only_new` only what a customer buys for the first time counts, and the popular list leaves out what
    they have. Raises ValueError where nobody bought both before and after.
    """
    products = int(product.max()) + 1
    before = day <= split
    known = Purchases.of_lines(customer[before], product[before], day[before])
    after = np.unique(np.stack([customer[~before], product[~before]], axis=1), axis=0)
    if only_new:
        had = known.customer * products + known.product
        after = after[~np.isin(after[:, 0] * products + after[:, 1], had)]
    people = np.intersect1d(known.customer, after[:, 0])
    if not people.size:
        raise ValueError("nobody bought both before and after the day")
    chosen = np.isin(known.customer, people)
    mine = known.rows(chosen)
    mine = Purchases.of_pairs(
        np.searchsorted(people, mine.customer), mine.product, mine.times, mine.first_day, mine.last_day
    )
    model.fit(known, products=products, category=category, today=split)
    excluded = (mine.customer, mine.product) if only_new else None
    found = model.recommend(mine, customers=people.size, k=k, excluded=excluded).product
    nobody = Purchases.of_pairs([], [], [], [], [])
    popular = model.recommend(nobody, customers=people.size, k=k, excluded=excluded).product
    later = after[np.isin(after[:, 0], people)]
    keys = np.searchsorted(people, later[:, 0]) * products + later[:, 1]
    sizes = np.minimum(np.bincount(np.searchsorted(people, later[:, 0]), minlength=people.size), k)
    ours, theirs = (_hits(one, keys, products) for one in (found, popular))
    return Quality(
        customers=int(people.size),
        k=k,
        hit=float(np.mean(ours > 0)),
        recall=float(np.mean(ours / sizes)),
        popular_hit=float(np.mean(theirs > 0)),
        popular_recall=float(np.mean(theirs / sizes)),
    )


def _hits(product: Ints, keys: Ints, products: int) -> Ints:
    rows = np.arange(product.shape[0])[:, None] * products + product
    hits: Ints = (np.isin(rows, keys) & (product >= 0)).sum(axis=1)
    return hits
