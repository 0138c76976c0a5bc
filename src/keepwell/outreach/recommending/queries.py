"""What became of recommendations: opened, clicked and bought, beside those who did not get them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np

from keepwell.insight import queries as insight
from keepwell.insight.recommending import queries as recommending
from keepwell.outreach.content import queries as content
from keepwell.outreach.recommending import reading
from keepwell.outreach.recommending.contracts import HORIZONS, Figures, Report, Shown
from keepwell.science.experiment import Lift, lift

PERIOD_DAYS = 180
ROWS_MAX = 200


def report(*, days: int = 30) -> Report:
    """What messages of the last 180 days before the current cycle recommended, and what came of it.

    A product counts as bought where the customer bought that very product within `days` after the message,
    for whatever reason. Raises ValueError for an unknown number of days.
    """
    if days not in HORIZONS:
        raise ValueError(f"days must be one of {', '.join(map(str, HORIZONS))}: {days}")
    cycle = insight.current_cycle()
    if cycle is None:
        return Report(days, None, None, (), (), ())
    units = reading.shown(since=cycle.as_of - timedelta(days=PERIOD_DAYS), until=cycle.as_of)
    if not units:
        return Report(days, cycle.as_of, None, (), (), ())
    known = recommending.products({one.product_id for one in units})
    counting = _Counting(units, days, cycle.as_of, insight.totals().customers)
    names = {code: known[code].name or code if code in known else code for code in counting.products}
    texts = {one.code: one.name for one in content.templates()}
    return Report(
        days,
        cycle.as_of,
        counting.figures("", "", list(range(len(units)))),
        counting.by(lambda one: one.product_id, lambda code: names[code]),
        counting.by(lambda one: known[one.product_id].category if one.product_id in known else "", str),
        counting.by(lambda one: one.content, lambda code: texts.get(code, code)),
    )


class _Counting:
    """Everything that was shown, with what is known of each, read once."""

    def __init__(self, units: Sequence[Shown], days: int, as_of: datetime, customers: int) -> None:
        self.units = units
        self.products = {one.product_id for one in units}
        self.bought = reading.bought(units, days=days, as_of=as_of)
        over_at = as_of - timedelta(days=days)
        self.over = np.array([one.at <= over_at for one in units], dtype=bool)
        self.aside = np.array([one.is_aside for one in units], dtype=bool)
        others = reading.bought_by_others(units, days=days, as_of=as_of)
        told: dict[str, set[str]] = defaultdict(set)
        for one in units:
            told[one.product_id].add(one.customer_id)
        rest = {product: max(customers - len(people), 0) for product, people in told.items()}
        self.others = np.array(
            [
                others.get((one.product_id, reading.day_of(one.at)), 0) / rest[one.product_id]
                if rest[one.product_id]
                else np.nan
                for one in units
            ]
        )

    def by(self, key: Callable[[Shown], str], name: Callable[[str], str]) -> tuple[Figures, ...]:
        """Figures of each group that has a code, those shown most first."""
        groups: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.units):
            groups[key(one)].append(place)
        found = [self.figures(code, name(code), places) for code, places in groups.items() if code]
        found.sort(key=lambda one: (-one.shown, one.name, one.code))
        return tuple(found[:ROWS_MAX])

    def figures(self, code: str, name: str, places: list[int]) -> Figures:
        """Figures of the units at these places."""
        at = np.array(places)
        gone = [self.units[place] for place in places if not self.units[place].is_aside]
        judged = at[self.over[at] & ~self.aside[at]]
        aside = at[self.over[at] & self.aside[at]]
        rates = self.others[judged]
        rates = rates[np.isfinite(rates)]
        return Figures(
            code=code,
            name=name,
            shown=len(gone),
            mailed=sum(one.by_mail for one in gone),
            opened=sum(one.opened for one in gone if one.by_mail),
            clicked=sum(one.clicked for one in gone),
            judged=judged.size,
            bought=int(self.bought[judged].sum()),
            others=float(rates.mean()) if rates.size else None,
            aside=aside.size,
            aside_bought=int(self.bought[aside].sum()),
            lift=self._lift(np.r_[judged, aside]) if judged.size and aside.size else None,
        )

    def _lift(self, places: np.ndarray) -> Lift:
        """By customers, who were dealt out once: products of one message are no chances of their own."""
        bought: dict[str, bool] = defaultdict(bool)
        reached: dict[str, bool] = defaultdict(bool)
        for place in places:
            customer = self.units[place].customer_id
            bought[customer] |= bool(self.bought[place])
            reached[customer] |= not self.aside[place]
        outcome = [float(bought[one]) for one in bought]
        return lift(np.array(outcome), np.array([reached[one] for one in bought]))
