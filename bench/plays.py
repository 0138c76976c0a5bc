"""Plays whose truth is known: do intervals hold the true lift, and do looks at any time raise false alarms?

`python -m bench --only plays [--quick]`. Each play is dealt out by the product's own functions, happens in a
simulated shop that goes on living for 60 days, and is read by the function that reads every play. The truth
is the expectation over all luck of what the treatment changes for those who were dealt into the arm, known
to the simulator alone (`Market.outlook`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.experiment import row
from keepwell.plays.experiments.core import Limits, deal, shares
from keepwell.plays.experiments.outcomes import Metric, Outcomes, Sample, measure, past
from keepwell.science.simulate import TREATMENTS, Market

END = date(2026, 3, 1)
DAY_MICROSECONDS = 86_400 * 1_000_000
OUTCOME_DAYS, LOOKS = 60, 40
SHARES = shares(0.2, {"a": 1.0})
ARMS = tuple(SHARES)
NO_LIMITS = Limits(dict.fromkeys(ARMS, Decimal(0)), dict.fromkeys(ARMS, ""), None, {})
QUIET_DAYS = (30, 300)  # since the last order: whom a shop would try to win back
SMALL = (60, 100, 150, 250, 400)
# Of the logarithm of what customers buy for, beside what the market makes of them: one in a hundred for ten
# times as much as usual and more.
GREAT_BUYERS = 1.5
MEASURED = (Metric.RETENTION, Metric.REVENUE, Metric.MARGIN)


@dataclass
class Shop:
    """A market at its present day, and what the shop knows of its customers."""

    market: Market
    ids: np.ndarray[Any, Any]
    quiet: np.ndarray[Any, Any]  # places of customers who have fallen silent
    orders: np.ndarray[Any, Any]  # of the year before
    revenue: np.ndarray[Any, Any]
    scale: np.ndarray[Any, Any]  # by which each customer buys more, or less, than the market makes them

    @classmethod
    def open(cls, customers: int, seed: int, spread: float = 0.0) -> Shop:
        """A shop after some two years; `spread` is that of the logarithm of customers' `scale`."""
        normal = np.random.default_rng([seed, 5]).normal(size=customers)
        scale = np.exp(spread * normal - spread**2 / 2)
        market = Market(customers=customers, days=700, end=END, seed=seed)
        who, day, amount, _ = counted(market.run().tables["orders"])
        year = (day > -365) & (day <= 0)
        last = np.full(customers, -np.inf)
        np.maximum.at(last, who, day)
        quiet = np.flatnonzero((-last > QUIET_DAYS[0]) & (-last <= QUIET_DAYS[1]))
        return cls(
            market,
            np.array(market.customer_ids.to_pylist(), dtype=object),
            quiet,
            np.bincount(who[year], minlength=customers).astype(np.float64),
            np.bincount(who[year], amount[year], minlength=customers) * scale,
            scale,
        )

    def plays(self, size: int, luck: int) -> Iterator[np.ndarray[Any, Any]]:
        """The quiet ones in groups of `size`, by lot."""
        mixed = np.random.default_rng([luck, 7]).permutation(self.quiet)
        for start in range(0, mixed.size - size + 1, size):
            yield np.sort(mixed[start : start + size])

    def dealt(self, who: np.ndarray[Any, Any], salt: str, cost: float = 0.0) -> Sample:
        """The members of a play, dealt out in strata of what they bought before."""
        strata = np.minimum(self.orders[who], 3).astype(int).astype(str)
        ids = self.ids[who].tolist()
        drawn = deal(ids, strata.tolist(), SHARES, NO_LIMITS, salt=salt)
        return Sample(
            customer_id=tuple(ids),
            arm=drawn.arm,
            propensity=drawn.propensity,
            entered=np.zeros(who.size),
            cost=np.where(drawn.arm == 1, cost, 0.0),
            past=past(self.orders[who], np.log1p(self.revenue[who])),
        )


def counted(orders: pa.Table) -> tuple[np.ndarray[Any, Any], ...]:
    """Customer's place, day after `END`, amount and margin of the orders that count."""
    kept = orders.filter(pc.is_in(orders["status"], pa.array(["placed", "paid"])))
    who = pc.cast(pc.utf8_slice_codeunits(kept["customer_id"], 1), pa.int64()).to_numpy() - 1
    at = pc.cast(kept["ordered_at"], pa.int64()).to_numpy()
    day = at / DAY_MICROSECONDS - (END - date(1970, 1, 1)).days
    amount = pc.cast(kept["amount"], pa.float64()).to_numpy()
    return who, day, amount, amount - pc.cast(kept["cost"], pa.float64()).to_numpy()


class Happened:
    """The orders of a continuation, by customer."""

    def __init__(self, orders: pa.Table, scale: np.ndarray[Any, Any]) -> None:
        self.customers = scale.size
        self.who, self.day, self.amount, self.margin = counted(orders)
        self.amount, self.margin = self.amount * scale[self.who], self.margin * scale[self.who]

    def to(self, who: np.ndarray[Any, Any], days: float) -> Outcomes:
        """What became of some customers within `days`."""
        mine = (self.day > 0) & (self.day <= days)
        first = np.full(self.customers, np.inf)
        np.minimum.at(first, self.who[mine], self.day[mine])
        nothing = np.zeros(who.size)

        def summed(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
            return np.bincount(self.who[mine], values[mine], minlength=self.customers)[who]

        return Outcomes(
            next_day=first[who],
            revenue=summed(self.amount),
            contribution=summed(self.margin),
            satisfaction=np.full(who.size, np.nan),
            complaints=nothing,
            unsubscribed=nothing,
        )


@dataclass
class Tally:
    """What was found of one metric, one element for each play."""

    truth: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    estimate: list[float] = field(default_factory=list)
    doubted: list[bool] = field(default_factory=list)

    def add(self, truth: float, lift: Any) -> None:
        """One play."""
        self.truth.append(truth)
        self.low.append(lift.low)
        self.high.append(lift.high)
        self.estimate.append(lift.difference)
        self.doubted.append(bool(set(lift.doubts) - {"wide"}))

    def covered(self) -> np.ndarray[Any, Any]:
        """(plays,) whether the truth lies within the interval."""
        truth = np.array(self.truth)
        return (np.array(self.low) <= truth) & (truth <= np.array(self.high))


def one_world(shop: Shop, luck: int, size: int, found: dict[Metric, Tally], always: Tally) -> None:
    """All plays that fit into one continuation; they do not touch each other."""
    codes = list(TREATMENTS)
    plan: dict[str, str] = {}
    dealt = []
    for number, who in enumerate(shop.plays(size, luck)):
        code = codes[(luck + number) % len(codes)]
        units = shop.dealt(who, f"play-{luck}-{number}", TREATMENTS[code].cost)
        plan |= dict.fromkeys(shop.ids[who[units.arm == 1]].tolist(), code)
        dealt.append((who, units))
    market = shop.market
    treated, untreated = market.outlook(OUTCOME_DAYS, plan), market.outlook(OUTCOME_DAYS)
    truths = {
        Metric.RETENTION: treated.kept - untreated.kept,
        Metric.REVENUE: (treated.revenue - untreated.revenue) * shop.scale,
        Metric.MARGIN: (treated.margin - untreated.margin) * shop.scale,
    }
    orders = (
        market.fork(luck).advance(END + timedelta(days=OUTCOME_DAYS), plan, with_truth=False).tables["orders"]
    )
    happened = Happened(orders, shop.scale)
    for who, units in dealt:
        outcomes = happened.to(who, OUTCOME_DAYS)
        arm = who[units.arm == 1]
        for result in measure(units, outcomes, ARMS, planned_units=None):
            if result.metric in truths:
                truth = float(truths[result.metric][arm].mean())
                spent = float(units.cost.max()) if result.metric is Metric.MARGIN else 0.0
                found[result.metric].add(truth - spent, result.lifts["a"])
        watched = measure(units, outcomes, ARMS, planned_units=float(size))
        always.add(
            float(truths[Metric.RETENTION][arm].mean()),
            next(one.lifts["a"] for one in watched if one.metric is Metric.RETENTION),
        )


def share(values: np.ndarray[Any, Any]) -> float:
    """Percent."""
    return 100 * float(values.mean()) if values.size else float("nan")


def tallies(opened: list[Shop], plays: int, size: int) -> tuple[dict[Metric, Tally], Tally]:
    """At least so many plays of `size` in these shops by turns: at the end, and retention at any time."""
    found, always = {metric: Tally() for metric in MEASURED}, Tally()
    luck = 0
    while len(always.truth) < plays:
        luck += 1
        one_world(opened[luck % len(opened)], luck, size, found, always)
    return found, always


def small_plays(plays: int, customers: int, shops: int) -> list[dict[str, Any]]:
    """How often the interval of retention holds the truth where arms have few orders."""
    opened = [Shop.open(customers, seed) for seed in range(1, shops + 1)]
    rows = []
    for size in SMALL:
        tally = tallies(opened, plays, size)[0][Metric.RETENTION]
        doubted = float(np.mean(tally.doubted[:plays]))
        half = float(np.median(np.array(tally.high[:plays]) - np.array(tally.low[:plays])) / 2)
        note = f"half an interval {half:.3g} in the middle; not trusted {doubted:.0%}"
        name = f"coverage: retention, {plays:,} small plays of {size:,}"
        rows.append(row(name, share(tally.covered()[:plays]), "%", requirement="93–97 %", note=note))
    return rows


def trusted_row(name: str, tally: Tally, plays: int) -> dict[str, Any]:
    """Coverage of those plays whose interval the product reads."""
    read = ~np.array(tally.doubted)[:plays]
    low, high, truth = (np.array(getattr(tally, one))[:plays][read] for one in ("low", "high", "truth"))
    held, count = share((low <= truth) & (truth <= high)), int(read.sum())
    swing = 196 * (held / 100 * (1 - held / 100) / count) ** 0.5 if count else float("nan")
    note = (
        f"{count:,} plays, so ± {swing:.1f} points; of the others nothing is said; above the interval "
        f"{share(truth > high):.1f} %, below it {share(truth < low):.1f} %; "
        f"half an interval {float(np.median(high - low)) / 2 if count else float('nan'):.3g} in the middle"
    )
    return row(name, held, "%", requirement="93–97 %", note=note)


def great_buyers(plays: int, size: int, customers: int, shops: int) -> list[dict[str, Any]]:
    """Coverage of money where a few customers buy for very much more than the others."""
    opened = [Shop.open(customers, seed, GREAT_BUYERS) for seed in range(1, shops + 1)]
    found, _ = tallies(opened, plays, size)
    rows = []
    for metric in (Metric.REVENUE, Metric.MARGIN):
        tally = found[metric]
        all_of = share(tally.covered()[:plays])
        one = trusted_row(
            f"coverage: {metric.value}, with great buyers, those that are trusted", tally, plays
        )
        rows.append(one | {"note": f"{one['note']}; all plays {all_of:.1f} %"})
    return rows


def coverage(plays: int, size: int, customers: int, shops: int) -> list[dict[str, Any]]:
    """How often the 95 % interval of a play holds the true lift."""
    found, always = tallies([Shop.open(customers, seed) for seed in range(1, shops + 1)], plays, size)
    rows = []
    for metric, tally in found.items():
        covered, doubted = tally.covered()[:plays], np.array(tally.doubted)[:plays]
        truth, estimate = np.array(tally.truth)[:plays], np.array(tally.estimate)[:plays]
        width = float(np.median(np.array(tally.high)[:plays] - np.array(tally.low)[:plays]) / 2)
        note = (
            f"mean true lift {truth.mean():+.4g}, mean measured {estimate.mean():+.4g}, "
            f"half an interval {width:.3g} in the middle; not trusted {doubted.mean():.0%}"
        )
        if metric is Metric.RETENTION:
            rows.append(
                row(f"coverage: {metric.value}, the first 200 plays", share(covered[:200]), "%",
                    requirement="93–97 %", note="200 alone swing by ± 3 points")
            )  # fmt: skip
        name = f"coverage: {metric.value}, {plays:,} plays of {size:,}"
        rows.append(row(name, share(covered), "%", requirement="93–97 %", note=note))
        if doubted.any():
            rows.append(trusted_row(f"coverage: {metric.value}, those that are trusted", tally, plays))
    held = share(always.covered()[:plays])
    note = "the interval shown while a play runs"
    rows.append(
        row("coverage: retention, for looks at any time", held, "%", requirement=">= 95 %", note=note)
    )
    return rows


def null_plays(plays: int, size: int, customers: int) -> list[dict[str, Any]]:
    """How often a play whose arms are treated alike is said to have an effect, at any of 40 looks.

    Everybody is dealt out at once; each look reads the days that have passed, as the page of a play does.
    """
    shop = Shop.open(customers, 99)
    alarms: dict[tuple[Metric, bool], list[bool]] = {
        (metric, watched): [] for metric in MEASURED for watched in (True, False)
    }
    luck = 0
    while len(alarms[Metric.RETENTION, True]) < plays:
        luck += 1
        until = END + timedelta(days=OUTCOME_DAYS)
        happened = Happened(
            shop.market.fork(luck).advance(until, with_truth=False).tables["orders"], shop.scale
        )
        for number, who in enumerate(shop.plays(size, luck)):
            sample = shop.dealt(who, f"null-{luck}-{number}")
            for key, raised in looks(sample, happened, who).items():
                alarms[key].append(raised)
    rows = []
    for metric in MEASURED:
        kept = 100 * float(np.mean(alarms[metric, True][:plays]))
        naive = float(np.mean(alarms[metric, False][:plays]))
        note = f"the interval for one look: {naive:.1%}; {LOOKS} looks, {plays:,} plays of {size:,}"
        rows.append(
            row(f"false alarms at any look: {metric.value}", kept, "%", requirement="at most 5 %", note=note)
        )
    return rows


def looks(sample: Sample, happened: Happened, who: np.ndarray[Any, Any]) -> dict[tuple[Metric, bool], bool]:
    """Whether any of the looks at one play said that it helped or harmed, by metric and kind of interval."""
    raised = {(metric, watched): False for metric in MEASURED for watched in (True, False)}
    for look in range(1, LOOKS + 1):
        outcomes = happened.to(who, OUTCOME_DAYS * look / LOOKS)
        for watched in (True, False):
            planned = float(len(sample)) if watched else None
            for result in measure(sample, outcomes, ARMS, planned_units=planned):
                if result.metric in MEASURED and result.lifts["a"].evidence in ("helped", "harmed"):
                    raised[result.metric, watched] = True
    return raised


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Measure; `quick` takes a tenth of the plays."""
    if quick:
        return (
            coverage(200, 1000, 8_000, 2)
            + great_buyers(200, 1000, 8_000, 2)
            + small_plays(200, 8_000, 2)
            + null_plays(40, 1000, 8_000)
        )
    return (
        coverage(3_000, 1_000, 20_000, 4)
        + great_buyers(3_000, 1_000, 20_000, 8)
        + small_plays(1_600, 8_000, 4)
        + null_plays(400, 1_000, 20_000)
    )
