"""Plans under a budget and capacities: time, and distance to what no plan can pass.

`python -m bench.allocate [--quick]` prints a table; `run()` gives the same as a list.
"""

import argparse
import json
import time
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from keepwell.science.allocate import Plan, gain_curve, plan_budget

SHARES = np.array([0.04, 0.015, 0.003, 0.0004, 0.001])  # places as a share of the customers


def correlated(customers: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Heavy-tailed values, gains that follow value and risk, costs that partly follow value."""
    rng = np.random.default_rng(seed)
    value = rng.lognormal(5, 1.4, customers)
    risk = rng.beta(0.7, 2.5, customers)
    price = np.array([0.5, 5, 20, 90, 45])
    effect = np.array([0.04, 0.10, 0.18, 0.40, 0.25])
    luck = rng.lognormal(-0.1, 0.5, (customers, 5))
    gain = value[:, None] * risk[:, None] * effect * luck - rng.exponential(2, (customers, 5))
    cost = np.round(price * rng.lognormal(0, 0.1, (customers, 5)) + 0.004 * value[:, None] * (price > 1), 2)
    return gain, cost


def by_tier(customers: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Gains from a table of assumptions: few different rows, so ties in great number."""
    rng = np.random.default_rng(seed)
    table = np.round(rng.lognormal(3, 1, (12, 5)), 0)
    kind = rng.choice(12, customers, p=rng.dirichlet(np.full(12, 2.0)))
    return table[kind], np.tile([1.0, 5.0, 20.0, 90.0, 45.0], (customers, 1))


def linear_bound(gain: np.ndarray, cost: np.ndarray, budget: float, capacity: np.ndarray | None) -> float:
    """The value of the linear relaxation by scipy's HiGHS."""
    n, k = gain.shape
    cells = np.arange(n * k)
    rows = [
        csr_matrix((np.ones(n * k), (cells // k, cells)), shape=(n, n * k)),
        csr_matrix(cost.reshape(1, -1)),
    ]
    limits = [np.ones(n), np.array([budget])]
    if capacity is not None:
        rows.append(csr_matrix((np.ones(n * k), (cells % k, cells)), shape=(k, n * k)))
        limits.append(capacity)
    found = linprog(
        -gain.ravel(), A_ub=vstack(rows), b_ub=np.concatenate(limits), bounds=(0, 1), method="highs"
    )
    return float(-found.fun)


def _timed(call: Any) -> tuple[Any, float]:
    start = time.process_time()
    answer = call()
    return answer, time.process_time() - start


def _check(plan: Plan, cost: np.ndarray, budget: float, capacity: np.ndarray | None) -> None:
    rows = np.flatnonzero(plan.choice >= 0)
    assert cost[rows, plan.choice[rows]].sum() <= budget
    if capacity is not None:
        assert (np.bincount(plan.choice + 1, minlength=cost.shape[1] + 1)[1:] <= capacity).all()


def _row(
    name: str, ours: float, peer: float | None, requirement: str, unit: str, note: str
) -> dict[str, Any]:
    ratio = None if peer is None or ours == 0 else peer / ours
    return {
        "name": name, "ours": ours, "peer": peer, "ratio": ratio, "requirement": requirement, "unit": unit,
        "note": note,
    }  # fmt: skip


def _large(customers: int) -> list[dict[str, Any]]:
    results = []
    limits = np.floor(SHARES * customers)
    for label, make in (("correlated", correlated), ("by tier", by_tier)):
        gain, cost = make(customers)
        cases = [
            ("budget", 1.0 * customers, None, 1e-6),
            ("budget and capacities", 0.5 * customers, limits, 1e-3),
            ("tight budget and capacities", 0.2 * customers, limits, 1e-3),
        ]
        for title, budget, capacity, gap in cases:
            plan, seconds = _timed(lambda g=gain, c=cost, b=budget, m=capacity: plan_budget(g, c, b, m))
            _check(plan, cost, budget, capacity)
            full = (
                ""
                if capacity is None
                else "; full: "
                + ", ".join(
                    str(j) for j in np.flatnonzero(np.bincount(plan.choice + 1, minlength=6)[1:] == capacity)
                )
            )
            name = f"plan_budget {customers:,} × 5, {label}, {title}"
            note = f"spent {plan.cost / budget:.1%} of the budget{full}"
            results.append(_row(f"{name}: CPU", seconds, None, "at most 5", "s", note))
            results.append(
                _row(f"{name}: gap", plan.gap, None, f"at most {gap:g}", "share of the bound", note)
            )
        _, seconds = _timed(lambda g=gain, c=cost: gain_curve(g, c))
        results.append(_row(f"gain_curve {customers:,} × 5, {label}", seconds, None, "", "s", "101 points"))
    return results


def _peer(customers: int) -> list[dict[str, Any]]:
    results = []
    gain, cost = correlated(customers, seed=1)
    for title, capacity in (("budget", None), ("budget and capacities", np.floor(SHARES * customers))):
        budget = 0.5 * customers
        plan, ours = _timed(lambda m=capacity, b=budget: plan_budget(gain, cost, b, m))
        bound, peer = _timed(lambda m=capacity, b=budget: linear_bound(gain, cost, b, m))
        name = f"plan_budget {customers:,} × 5, {title}, against the linear relaxation by HiGHS"
        note = (
            f"gain {plan.gain / bound - 1:+.2e} and bound {plan.upper_bound / bound - 1:+.2e} against HiGHS"
        )
        results.append(_row(name, ours, peer, "", "s", note))
    return results


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Measure; `quick` takes a tenth of the customers."""
    return _peer(2_000 if quick else 10_000) + _large(100_000 if quick else 1_000_000)


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the customers")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    chosen = parser.parse_args()
    results = run(chosen.quick)
    if chosen.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))
        return
    for row in results:
        peer = "" if row["peer"] is None else f" peer {row['peer']:.3g} ({row['ratio']:.1f}×)"
        wanted = f" [{row['requirement']}]" if row["requirement"] else ""
        print(f"{row['name']}: {row['ours']:.3g} {row['unit']}{wanted}{peer} — {row['note']}")


if __name__ == "__main__":
    main()
