"""Experiments: time beside bare means and hashes, and whether intervals and alarms keep their word.

`python -m bench --only experiment [--quick]`. Coverage and false alarms are shares of simulated experiments
whose truth is known; every one of them goes through the public functions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import numpy as np
from scipy.stats import ttest_ind

from bench import trials
from keepwell.science.experiment import Split, assign, lift

SPLIT = Split.of({"control": 0.5, "mail": 0.3, "call": 0.2})


def row(name: str, ours: float, unit: str, **more: Any) -> dict[str, Any]:
    """A row of the report."""
    blank = {"peer": None, "ratio": None, "requirement": "", "note": ""}
    found = blank | {"name": name, "ours": ours, "unit": unit} | more
    if found["peer"] is not None:
        found["ratio"] = found["peer"] / ours
    return found


def cpu(call: Callable[[], Any], times: int = 3) -> float:
    """The least CPU seconds of some calls."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return min(taken)


def bare(y: np.ndarray, treated: np.ndarray) -> None:
    """What nothing that reads all rows can do without: mean and variance of both arms."""
    for mine in (treated, ~treated):
        arm = y[mine]
        arm.mean(), arm.var(ddof=1)


def lift_speed(n: int) -> list[dict[str, Any]]:
    """`lift` on n rows."""
    rng = np.random.default_rng(1)
    y = np.where(rng.random(n) < 0.3, rng.lognormal(3, 1, n), 0.0)
    treated, x, p = rng.random(n) < 0.5, rng.gamma(2, 10, n), rng.uniform(0.2, 0.8, n)
    limit = cpu(lambda: bare(y, treated))
    welch = cpu(lambda: ttest_ind(y[treated], y[~treated], equal_var=False))
    cases: dict[str, Callable[[], object]] = {
        "money": lambda: lift(y, treated),
        "yes or no": lambda: lift(y > 0, treated),
        "money with a covariate": lambda: lift(y, treated, covariate=x),
        "money with probabilities": lambda: lift(y, treated, propensity=p),
    }
    note = "peer: bare means and variances of both arms"
    rows = [
        row(f"lift, {name}, {n:,} rows", cpu(call), "CPU s", peer=limit, note=note)
        for name, call in cases.items()
    ]
    note = "peer: scipy.stats.ttest_ind, Welch"
    scipy = row(f"lift, money, {n:,} rows: scipy", cpu(cases["money"]), "CPU s", peer=welch, note=note)
    return [*rows, scipy]


def assign_speed(n: int) -> dict[str, Any]:
    """`assign` on n ids."""
    ids = [f"C-{number}" for number in range(n)]

    def hashes() -> None:
        for unit in ids:
            sha256(unit.encode()).digest()

    ours, peer = cpu(lambda: assign(ids, SPLIT, salt="spring"), 2), cpu(hashes, 2)
    wanted, note = "seconds for a million", "peer: bare SHA-256 of each id"
    return row(f"assign, {n:,} ids", ours, "CPU s", peer=peer, requirement=wanted, note=note)


COVERAGE: dict[str, tuple[trials.Make, bool]] = {
    "yes or no, 2 % against 3 %, 500 + 500": (trials.binary(1000, 0.5, 0.02, 0.03), False),
    "yes or no, 5 %, 1,800 + 200": (trials.binary(2000, 0.9, 0.05, 0.05), False),
    "revenue, 5 % buy, lognormal, 1,000 + 1,000": (trials.revenue(2000, 0.5, 0.05, 0.05, 1.0), False),
    "revenue, 5 % against 6 % buy, 2,000 + 2,000": (trials.revenue(4000, 0.5, 0.05, 0.06, 1.0), False),
    "relative lift of the same": (trials.revenue(4000, 0.5, 0.05, 0.06, 1.0, relative=True), True),
    "revenue, 20 % buy, 5,600 + 2,400": (trials.revenue(8000, 0.7, 0.2, 0.21, 0.8), False),
    "with the time before (CUPED), 500 + 500": (trials.with_history(1000, 0.5, 2.0), False),
    "with the time before (CUPED), 2,700 + 300": (trials.with_history(3000, 0.9, 2.0), False),
    "probabilities that differ (Hájek), 1,000": (trials.unequal_probabilities(1000, 2.0), False),
    "revenue per order, 500 + 500": (trials.ratio(1000, 0.5, 2.0), False),
    "at the limit of trust: revenue, 20 % buy, 1,600 + 400": (
        trials.revenue(2000, 0.8, 0.2, 0.2, 0.8),
        False,
    ),
    "not trusted: revenue, 10 % buy, 1,800 + 200": (trials.revenue(2000, 0.9, 0.1, 0.1, 1.0), False),
}


def coverage(count: int) -> list[dict[str, Any]]:
    """How often 95 % intervals hold the truth."""
    rows = []
    for name, (make, relative) in COVERAGE.items():
        found = trials.coverage(make, count, seed=2, relative=relative)
        missed = f"truth below {found.below:.1%}, above {found.above:.1%}"
        trusted = f"; of the trusted {found.trusted_inside:.1%}" if 0 < found.doubted < 1 else ""
        note = f"{missed}; doubted {found.doubted:.0%}{trusted}; {count:,} trials"
        wanted = "" if name.startswith("not trusted") else "93–97 %"
        rows.append(row(f"coverage: {name}", 100 * found.inside, "%", requirement=wanted, note=note))
    return rows


ALARMS: dict[str, dict[str, Any]] = {
    "yes or no, 20 %, half and half": {"share": 0.5, "rate": 0.2, "spread": None},
    "yes or no, 5 %, nine of ten treated": {"share": 0.9, "rate": 0.05, "spread": None},
    "revenue, 10 % buy, half and half": {"share": 0.5, "rate": 0.1, "spread": 1.0},
    "revenue, 30 % buy, eight of ten treated": {"share": 0.8, "rate": 0.3, "spread": 0.7},
    "revenue with a covariate": {"share": 0.5, "rate": 0.2, "spread": 1.0, "covariate": True},
}


def alarms(count: int) -> list[dict[str, Any]]:
    """How often an experiment without effect is said to have one, at any of 40 looks."""
    rows = []
    for name, case in ALARMS.items():
        found, naive = trials.false_alarms(
            count, seed=3, planned_units=4000, every_day_p=True, each=250, count=40, **case
        )
        note = f"the interval for one look: {naive:.1%}; 40 looks up to 10,000 units, {count:,} trials"
        rows.append(row(f"false alarms: {name}", 100 * found, "%", requirement="at most 5 %", note=note))
    return rows


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Measure; `quick` takes a tenth of rows and trials."""
    rows = []
    for n in (100_000, 1_000_000) if quick else (1_000_000, 10_000_000):
        rows += [*lift_speed(n), assign_speed(n)]
    return rows + coverage(200 if quick else 2000) + alarms(40 if quick else 400)
