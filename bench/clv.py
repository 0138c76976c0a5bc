"""Fitting BG/NBD: CPU time beside `lifetimes` at equal log-likelihood.

`python -m bench.clv [--quick]` prints the rows; `run()` returns them.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers import UNAVAILABLE, ask, cpu_seconds
from keepwell.science.clv import BetaGeo, ModifiedBetaGeo
from keepwell.science.clv.grouping import Histories
from keepwell.science.clv.likelihood import NAMES, GeoLikelihood

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def histories(customers: int, *, days: bool, seed: int = 0) -> np.ndarray:
    """(3, n) frequency, recency, T in weeks, from CDNOW's parameters; in continuous time or whole days."""
    rng = np.random.default_rng(seed)
    T = rng.integers(13 * 7, 78 * 7, customers) / 7 if days else rng.uniform(13, 78, customers)
    rate = rng.gamma(CDNOW["r"], 1 / CDNOW["alpha"], customers)
    leave = rng.beta(CDNOW["a"], CDNOW["b"], customers)
    x, t_x, clock = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    there = np.arange(customers)
    while there.size:
        clock[there] += rng.exponential(1 / rate[there])
        there = there[clock[there] < T[there]]
        x[there] += 1
        t_x[there] = clock[there]
        there = there[rng.random(there.size) > leave[there]]
    return np.array([x, np.minimum(np.ceil(t_x * 7) / 7, T) if days else t_x, T])


def cpu_of(call: Any, repeats: int = 3) -> float:
    """Median CPU seconds of a call."""
    taken = []
    for _ in range(repeats):
        start = cpu_seconds()
        call()
        taken.append(cpu_seconds() - start)
    return statistics.median(taken)


def log_likelihood(data: np.ndarray, params: dict[str, float]) -> float:
    """Of BG/NBD, at somebody else's parameters."""
    target = GeoLikelihood(Histories(*data, np.ones(data.shape[1])), modified=False)
    return target(np.log([params[name] for name in NAMES]))[0]


def beside_lifetimes(customers: int, *, days: bool) -> list[dict[str, Any]]:
    """Time and log-likelihood of one set of histories."""
    data = histories(customers, days=days)
    kind = f"{customers:,} customers, {'whole days' if days else 'continuous time'}"
    ours = cpu_of(lambda: BetaGeo().fit(*data))
    model = BetaGeo().fit(*data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "histories.npy"
        np.save(path, data)
        peer = ask("fit", path)
    time_row = {
        "name": f"BG/NBD fit, {kind}",
        "ours": ours,
        "peer": peer and peer["cpu_seconds"],
        "ratio": peer and peer["cpu_seconds"] / ours,
        "requirement": ">= 20 times faster",
        "unit": "CPU s",
        "note": "peer: lifetimes 0.11.3" if peer else UNAVAILABLE,
    }
    theirs = peer and log_likelihood(data, peer["params"])
    likelihood_row = {
        "name": f"BG/NBD log-likelihood, {kind}",
        "ours": f"{model.log_likelihood_:,.2f}",
        "peer": f"{theirs:,.2f}" if theirs else None,
        "ratio": theirs and model.log_likelihood_ / theirs,
        "requirement": "equal to five digits",
        "unit": "",
        "note": "converged" if model.converged_ else "not converged",
    }
    return [time_row, likelihood_row]


def run(quick: bool = False) -> list[dict[str, Any]]:
    """The rows of the report."""
    customers = 100_000 if quick else 1_000_000
    rows = [row for days in (False, True) for row in beside_lifetimes(customers, days=days)]
    data = histories(customers, days=False)
    model = ModifiedBetaGeo().fit(*data)
    others = {
        "MBG/NBD fit": lambda: ModifiedBetaGeo().fit(*data),
        "MBG/NBD P(alive)": lambda: model.probability_alive(*data),
        "MBG/NBD expected purchases, 52 weeks": lambda: model.expected_purchases(52, *data),
    }
    for name, call in others.items():
        rows.append(
            {
                "name": f"{name}, {customers:,} customers, continuous time",
                "ours": cpu_of(call),
                "peer": None,
                "ratio": None,
                "requirement": "",
                "unit": "CPU s",
                "note": "",
            }
        )
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    print(json.dumps(run(parser.parse_args().quick), indent=1))
