"""Simulated experiments whose truth is known: how often do intervals hold it, how often is an alarm false?

Used by the tests (few trials) and by `bench.experiment` (many). Everything goes through the public functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from keepwell.science.experiment import Lift, Moments, lift, lift_from_moments

Trial = tuple[dict[str, object], float]  # arguments of `lift`, true difference
Make = Callable[[np.random.Generator], Trial]


@dataclass(frozen=True)
class Coverage:
    """Shares of the trials: truth inside, below and above the interval; interval not trusted.

    `trusted_inside` is the share with the truth inside of those that were trusted.
    """

    trials: int
    inside: float
    below: float
    above: float
    doubted: float
    trusted_inside: float


def coverage(
    make: Make, trials: int, seed: int = 0, *, relative: bool = False, **options: object
) -> Coverage:
    """Of the intervals of so many trials; `relative`: of the relative lift, `make` giving its truth."""
    rng = np.random.default_rng(seed)
    low, high, doubted, truths = (np.empty(trials) for _ in range(4))
    for i in range(trials):
        arguments, truths[i] = make(rng)
        found: Lift = lift(**arguments, **options)
        ends = (found.relative_low, found.relative_high) if relative else (found.low, found.high)
        low[i], high[i] = ends
        doubted[i] = bool(set(found.doubts) - {"wide"})
    below, above = float((truths < low).mean()), float((truths > high).mean())
    trusted = ((low <= truths) & (truths <= high))[doubted == 0]
    kept = float(trusted.mean()) if trusted.size else float("nan")
    return Coverage(trials, 1 - below - above, below, above, float(doubted.mean()), kept)


def half(rng: np.random.Generator, n: int, share: float = 0.5) -> np.ndarray:
    """Who is treated: exactly a share, by lot."""
    return rng.permutation(n) < round(n * share)


def money(rng: np.random.Generator, n: int, rate: float, spread: float, location: float = 3.0) -> np.ndarray:
    """Revenue of n customers: most buy nothing, the others lognormal."""
    spent = np.zeros(n)
    buyers = rng.binomial(n, rate)
    spent[:buyers] = rng.lognormal(location, spread, buyers)
    return spent


def binary(n: int, share: float, p0: float, p1: float) -> Make:
    """Yes or no."""

    def make(rng: np.random.Generator) -> Trial:
        treated = half(rng, n, share)
        return {"outcome": rng.random(n) < np.where(treated, p1, p0), "treated": treated}, p1 - p0

    return make


def revenue(
    n: int, share: float, rate0: float, rate1: float, spread: float, *, relative: bool = False
) -> Make:
    """Heavy-tailed revenue, mostly zeros; the treatment makes more of them buy."""
    mean = float(np.exp(3 + spread**2 / 2))
    truth = rate1 / rate0 - 1 if relative else (rate1 - rate0) * mean

    def make(rng: np.random.Generator) -> Trial:
        one = round(n * share)
        spent = np.concatenate([money(rng, one, rate1, spread), money(rng, n - one, rate0, spread)])
        return {"outcome": spent, "treated": np.arange(n) < one}, truth

    return make


def with_history(n: int, share: float, effect: float) -> Make:
    """Revenue that resembles that of the time before (CUPED), skewed."""

    def make(rng: np.random.Generator) -> Trial:
        before = rng.exponential(20.0, n)
        treated = half(rng, n, share)
        after = before * (0.2 + rng.random(n) + treated * effect / 20) + rng.exponential(5.0, n)
        return {"outcome": after, "treated": treated, "covariate": before}, effect

    return make


def unequal_probabilities(n: int, effect: float) -> Make:
    """Good customers were treated more often; probabilities are stored (Hájek)."""

    def make(rng: np.random.Generator) -> Trial:
        good = rng.random(n) < 0.3
        p = np.where(good, 0.8, 0.3)
        treated = rng.random(n) < p
        y = rng.gamma(2.0, np.where(good, 20.0, 8.0)) + effect * treated * (1 + good)
        return {"outcome": y, "treated": treated, "propensity": p}, effect * 1.3

    return make


def ratio(n: int, share: float, raise_: float) -> Make:
    """Revenue per order; those who order more pay less each time."""
    price = 30.0

    def make(rng: np.random.Generator) -> Trial:
        treated = half(rng, n, share)
        eager = rng.gamma(2.0, 0.5, n)
        orders = 1 + rng.poisson(2 * eager)
        paid = orders * (price - 4 * eager + raise_ * treated) * rng.gamma(8.0, 1 / 8.0, n)
        return {"outcome": paid, "treated": treated, "denominator": orders}, raise_

    return make


def looks(
    rng: np.random.Generator,
    *,
    each: int,
    count: int,
    share: float,
    rate: float,
    spread: float | None,
    covariate: bool = False,
) -> Iterator[tuple[Moments, Moments]]:
    """Treated and control after each of `count` looks, `each` units coming in between; no effect at all."""
    columns = 2 if covariate else 1
    treated, control = Moments.empty(columns), Moments.empty(columns)
    one = round(each * share)
    for _ in range(count):
        y = (rng.random(each) < rate).astype(float)
        if spread is not None:
            y *= rng.lognormal(3, spread, each)
        x = y * rng.gamma(2.0, 0.5, each) + rng.gamma(2.0, 2.0, each) if covariate else None
        for arm, part in ((True, slice(0, one)), (False, slice(one, each))):
            more = Moments.of(y[part], covariate=None if x is None else x[part])
            if arm:
                treated = treated + more
            else:
                control = control + more
        yield treated, control


def false_alarms(
    trials: int, seed: int = 0, *, planned_units: float, every_day_p: bool = False, **case: object
) -> tuple[float, float]:
    """Shares of trials with an alarm at some look: of the sequence, and of the interval for one look."""
    rng = np.random.default_rng(seed)
    raised, naive = 0, 0
    for _ in range(trials):
        any_time = once = False
        for treated, control in looks(rng, **case):
            any_time |= alarm(lift_from_moments(treated, control, planned_units=planned_units))
            if every_day_p and not once:
                once = alarm(lift_from_moments(treated, control))
        raised, naive = raised + any_time, naive + once
    return raised / trials, naive / trials


def alarm(found: Lift) -> bool:
    """Whether an effect is claimed."""
    return found.evidence in ("helped", "harmed")
