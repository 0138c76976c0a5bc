"""What is bought again and what once for good, learnt from who had the time to come back for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.science.recommend.purchases import Purchases

Floats = NDArray[np.float64]
PRIOR_BUYERS = 20.0  # how many buyers of a product weigh as much as what is known of its category
FEW_BUYERS = 50.0  # the same of a category beside the whole shop
USUAL_DAYS = 30.0  # what is assumed of a shop in which nothing was bought twice


@dataclass(frozen=True)
class Repeats:
    """Of each product: the share of its buyers who buy it again, and the usual days until then."""

    rate: Floats
    gap_days: Floats

    def again(self, least: float) -> NDArray[np.bool_]:
        """Which products are bought again often enough to be shown to those who have them."""
        return self.rate >= least


def learn(
    bought: Purchases, products: int, category: NDArray[np.int64], *, today: int, settled_days: int
) -> Repeats:
    """Rates of buying again, those of few buyers drawn to their category's, those to the shop's (beta prior).

    Only buyers count whose first purchase is `settled_days` ago or longer: others had no time to come back.
    """
    settled = bought.rows(today - bought.first_day >= settled_days)
    came_back = (settled.times > 1).astype(np.float64)
    buyers = np.bincount(settled.product, minlength=products).astype(np.float64)
    back = np.bincount(settled.product, came_back, minlength=products)
    overall = float(back.sum() / buyers.sum()) if buyers.sum() else 0.0
    # Category -1 is a group of its own: the products of which nobody has said one.
    group = category + 1
    count = int(group.max()) + 1 if group.size else 0
    group_buyers = np.bincount(group, buyers, minlength=count)
    group_back = np.bincount(group, back, minlength=count)
    by_group = (group_back + FEW_BUYERS * overall) / (group_buyers + FEW_BUYERS)
    rate = (back + PRIOR_BUYERS * by_group[group]) / (buyers + PRIOR_BUYERS)
    again = bought.rows(bought.times > 1)
    gaps = (again.last_day - again.first_day).astype(np.float64)
    intervals = (again.times - 1).astype(np.float64)
    usual = float(gaps.sum() / intervals.sum()) if intervals.sum() else USUAL_DAYS
    days = np.bincount(again.product, gaps, minlength=products)
    counted = np.bincount(again.product, intervals, minlength=products)
    return Repeats(rate, (days + PRIOR_BUYERS * usual) / (counted + PRIOR_BUYERS))
