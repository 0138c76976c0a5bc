"""Counting a segment with three behavioural conditions, and the bare query beside it.

Wall time in milliseconds: the median and the 95th percentile of counts whose conditions differ each time, so
that nothing is answered from an earlier one. The bare query reads the lake's Parquet files without Keepwell's
store: what the same question costs where facts are not kept for it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

from bench.cycle import AS_OF, generate, peak_mb

SIZES = (100_000, 1_000_000)
ROUNDS = 40
BARE_ROUNDS = 5
LIMIT_MS = 500


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Rows for the report; every size in a process and a home of its own."""
    rows: list[dict[str, Any]] = []
    for customers in SIZES[:1] if quick else SIZES:
        rows += _apart(customers)
    return rows


def _apart(customers: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="keepwell-bench-") as folder:
        environment = os.environ | {
            "KEEPWELL_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
        }
        for name in ("DATABASE_URL", "KEEPWELL_LAKE"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "bench.segments", str(customers)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout.splitlines()[-1])


def definition(place: int) -> dict[str, Any]:
    """Orders in 90 days, money spent in a year, and silence in a month; other limits each time."""
    bought = {"column": "status", "is": "in", "value": ["placed", "paid"]}
    orders = {"facts": "orders", "where": [bought]}
    return {
        "all": [
            orders
            | {
                "measure": "count",
                "window": {"within_days": 90 + place % 7},
                "is": "at_least",
                "value": 1 + place % 4,
            },
            orders
            | {
                "measure": "sum",
                "column": "amount",
                "window": {"within_days": 365 - place % 11},
                "is": "at_least",
                "value": 50 + place,
            },
            {
                "not": orders
                | {
                    "measure": "count",
                    "window": {"within_days": 20 + place % 13},
                    "is": "at_least",
                    "value": 1,
                }
            },
        ]
    }


def ever(place: int) -> dict[str, Any]:
    """The same with a condition over all facts: no block can be skipped."""
    rule = definition(place)
    rule["all"][1]["window"] = {}
    return rule


def always(place: int) -> dict[str, Any]:
    """Number, money and silence over all time: answered from quarters."""
    paid = {"column": "status", "is": "in", "value": ["placed", "paid"]}
    orders = {"facts": "orders", "where": [paid]}
    return {
        "all": [
            orders | {"measure": "count", "is": "at_least", "value": 5 + place % 5},
            orders | {"measure": "sum", "column": "amount", "is": "at_least", "value": 200 + place},
            orders | {"measure": "last", "is": "at_least", "value": 60 + place},
        ]
    }


def bare(files: str, place: int) -> str:
    """The question of `definition(place)` put to the lake's files."""
    now = f"TIMESTAMPTZ '{AS_OF.isoformat()}'"

    def since(days: int) -> str:
        return f"ordered_at > {now} - INTERVAL {days} DAY"

    return f"""
        SELECT count(*) FROM (
          SELECT customer_id, count(*) FILTER (WHERE {since(90 + place % 7)}) AS a,
                 sum(amount) FILTER (WHERE {since(365 - place % 11)}) AS b,
                 count(*) FILTER (WHERE {since(20 + place % 13)}) AS d
          FROM read_parquet({files}) WHERE status IN ('placed', 'paid') AND ordered_at <= {now}
            AND {since(365)} GROUP BY customer_id)
        WHERE a >= {1 + place % 4} AND b >= {50 + place} AND d = 0"""


def _times(ask: Any, rounds: int) -> list[float]:
    found = []
    for place in range(rounds):
        started = time.perf_counter()
        ask(place)
        found.append((time.perf_counter() - started) * 1_000)
    return found


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def measure(customers: int) -> list[dict[str, Any]]:
    """Generate, make the store, count."""
    import django

    django.setup()
    from django.core.management import call_command

    from keepwell.foundation.home import Home
    from keepwell.history import queries as history
    from keepwell.history import services
    from keepwell.history.engine import engine
    from keepwell.insight.segments import queries, store

    call_command("migrate", verbosity=0)
    files = generate(Home.current().staging_dir, customers)
    services.append(table="orders", staged=files, batch_id="bench")
    services.compact(table="orders")
    from keepwell.customers import services as records

    records.ensure(customer_ids=[f"c{k:07d}" for k in range(customers)], source="bench", at=AS_OF)
    started = time.perf_counter()
    built = store.build(at=AS_OF + timedelta(days=1), cycle_id="bench", as_of=AS_OF, scores=None, plan=None)
    building = time.perf_counter() - started
    size = built.path.stat().st_size / 1e6
    name = f"{customers:,} customers"
    queries.count(definition(0))
    windowed = _times(lambda place: queries.count(definition(place)), ROUNDS)
    everything = _times(lambda place: queries.count(ever(place)), ROUNDS // 2)
    whole = _times(lambda place: queries.count(always(place)), ROUNDS // 2)
    with engine() as bare_engine:
        paths = history.files_at("orders", history.versions()["orders"])
        listed = str(
            [str(one.path) for one in paths if one.path.suffix == ".parquet" and "_log" not in one.name]
        )
        plain = _times(lambda place: bare_engine.rows(bare(listed, place)), BARE_ROUNDS)
        same = bare_engine.rows(bare(listed, 3))[0]
        assert next(iter(same.values())) == queries.count(definition(3)).size
    bare_ms = statistics.median(plain)

    def row(what: str, value: float, unit: str, **more: Any) -> dict[str, Any]:
        return {"name": f"{name}: {what}", "ours": value, "unit": unit, **more}

    compared = {"peer": bare_ms, "ratio": statistics.median(windowed) / bare_ms}
    return [
        row("three conditions within a year, median", statistics.median(windowed), "ms", **compared),
        row("three conditions within a year, p95", _p95(windowed), "ms", requirement=f"<= {LIMIT_MS}"),
        row("one of them over all time, p95", _p95(everything), "ms", requirement=f"<= {LIMIT_MS}"),
        row("all three over all time, median", statistics.median(whole), "ms"),
        row("all three over all time, p95", _p95(whole), "ms", requirement=f"<= {LIMIT_MS}"),
        row("making the store", building, "s", note=f"{size:,.0f} MB; peak {peak_mb():,.0f} MB"),
    ]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
