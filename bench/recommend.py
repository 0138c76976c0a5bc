"""Recommendations: hit rate beside what sells most, time and memory of a large shop.

`python -m bench.recommend [--quick]` prints the rows; `run()` returns them.
"""

import argparse
import json
import resource
import time
from typing import Any

import duckdb
import numpy as np

from bench.cdnow import data_folder
from keepwell.science.recommend import Purchases, Recommender, hit_rate

SPLIT_DAYS = 60
K = 10
LINES = """
SELECT dense_rank() OVER (ORDER BY CustomerID) - 1 AS customer,
    dense_rank() OVER (ORDER BY Description) - 1 AS product, InvoiceDate::DATE - DATE '2010-01-01' AS day
FROM read_parquet('{path}')
WHERE Quantity > 0 AND UnitPrice > 0 AND CustomerID IS NOT NULL AND Description IS NOT NULL
"""


def _row(name: str, ours: float, peer: float | None, unit: str, note: str) -> dict[str, Any]:
    ratio = round(ours / peer, 2) if peer else None
    return {
        "name": name, "ours": round(ours, 3), "peer": peer and round(peer, 3), "ratio": ratio,
        "requirement": "", "unit": unit, "note": note,
    }  # fmt: skip


def quality() -> list[dict[str, Any]]:
    """Hit rate and recall on Online Retail, its last 60 days held out; none where the data are not there."""
    path = data_folder() / "online_retail" / "online_retail_full.parquet"
    if not path.exists():
        return []
    found = duckdb.sql(LINES.format(path=path)).fetchnumpy()
    who, what, day = (np.asarray(found[one], np.int64) for one in ("customer", "product", "day"))
    rows = []
    for label, only_new in (("all purchases", False), ("products new to the customer", True)):
        one = hit_rate(
            Recommender(), who, what, day, split=int(day.max()) - SPLIT_DAYS, k=K, only_new=only_new
        )
        note = f"{one.customers:,} customers, {SPLIT_DAYS} days held out; peer: what sells most"
        rows.append(_row(f"hit rate@{K}, {label}", one.hit, one.popular_hit, "share", note))
        rows.append(_row(f"recall@{K}, {label}", one.recall, one.popular_recall, "share", note))
    return rows


def size(customers: int, products: int) -> list[dict[str, Any]]:
    """Seconds to learn and to suggest 5 to each, and the most memory that it took."""
    rng = np.random.default_rng(1)
    lines = customers * 20
    popular = (products * rng.random(lines) ** 2.5).astype(np.int64)
    bought = Purchases.of_lines(rng.integers(0, customers, lines), popular, rng.integers(0, 700, lines))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.perf_counter()
    model = Recommender().fit(bought, products=products, category=np.arange(products) % 40, today=700)
    learnt = time.perf_counter()
    model.recommend(bought, customers=customers, k=5)
    done = time.perf_counter()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    note = f"{customers:,} customers, {products:,} products, {len(bought):,} pairs"
    return [
        _row("to learn", learnt - begun, None, "s", note),
        _row("5 for each customer", done - learnt, None, "s", note),
        _row("memory beside the purchases", most - before, None, "MiB", note),
    ]


def run(quick: bool = False) -> list[dict[str, Any]]:
    """The rows of the report."""
    return quality() + (size(10_000, 5_000) if quick else size(100_000, 20_000))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    for row in run(parser.parse_args().quick):
        print(json.dumps(row))
