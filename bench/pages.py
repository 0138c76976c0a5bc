"""Server time of pages at 100 thousand (quick) or 1 million customers with 20 orders each, on SQLite.

`python -m bench --only pages`. One home is made as `bench.cycle` makes it, with names and telephone
numbers, sorted files, search and a cycle; then each page is asked for through the whole application, by
turns for other customers, without a network in between. The bare query beside it reads the same rows from
the same files, and nothing else. `KEEPWELL_BENCH_HOME` names a home to make once and keep.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from bench.cycle import AS_OF, SEED, generate

ASKED = 60
WARM = 6
LIMITS_MS = {"customer": 150, "list": 250, "search": 250, "segment": 500}
NAMES = ("Li Wei", "王小明", "Anna Schmidt", "José García", "Nguyễn An", "张伟", "Maria Rossi", "Sam Okafor")
SEGMENT: dict[str, Any] = {
    "all": [
        {
            "facts": "orders",
            "measure": "count",
            "window": {"within_days": 365},
            "is": "at_least",
            "value": 3,
        },
        {
            "facts": "orders",
            "measure": "sum",
            "column": "amount",
            "window": {"within_days": 365},
            "is": "at_least",
            "value": 200,
        },
        {
            "not": {
                "facts": "orders",
                "measure": "count",
                "window": {"within_days": 30},
                "is": "at_least",
                "value": 1,
            }
        },
    ]
}


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Rows for the report: the 95th percentile of each page in milliseconds, the bare query beside it."""
    customers = 100_000 if quick else 1_000_000
    kept = os.environ.get("KEEPWELL_BENCH_HOME")
    with tempfile.TemporaryDirectory(prefix="keepwell-bench-") as folder:
        environment = os.environ | {
            "KEEPWELL_HOME": kept or folder,
            "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
            "KEEPWELL_CONFIDENTIALITY": "off",
        }
        for name in ("DATABASE_URL", "KEEPWELL_LAKE"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "bench.pages", "--customers", str(customers)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)


def prepare(customers: int) -> None:
    """Facts, records with names, sorted files, search, a cycle, an account; or what an earlier run left."""
    from django.core.management import call_command

    from keepwell.accounts import queries as accounts
    from keepwell.accounts.services import create_first_administrator
    from keepwell.customers import queries, services
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.search import services as search
    from keepwell.foundation import clock
    from keepwell.foundation.home import Home
    from keepwell.history import services as history
    from keepwell.insight import services as insight

    Home.current().create()
    call_command("migrate", verbosity=0)
    if queries.count() == customers and accounts.anybody_exists():
        return
    tell("facts")
    files = generate(Home.current().staging_dir, customers)
    history.append(table="orders", staged=files, batch_id="bench")
    history.compact()
    tell("records")
    rows = (
        CustomerRow(
            customer_id=f"c{number:07d}",
            name=f"{NAMES[number % len(NAMES)]} {number}",
            phone=f"+86138{number:08d}",
        )
        for number in range(customers)
    )
    services.upsert_many(rows=rows, source="bench", at=clock.now(), actor="bench")
    tell("search")
    search.rebuild(now=clock.now())
    search.build_orders()
    tell("cycle")
    insight.run_cycle(as_of=AS_OF, actor="bench")
    create_first_administrator(username="bench", password="a long enough password")


def tell(step: str) -> None:
    """Where the preparation is."""
    print(f"pages: {step} …", file=sys.stderr, flush=True)


def timed(ask: Callable[[int], None]) -> np.ndarray:
    """Wall and CPU milliseconds, (2, `ASKED`), of requests after some that are not counted."""
    found = []
    for number in range(WARM + ASKED):
        started, used = time.perf_counter(), time.process_time()
        ask(number)
        found.append((time.perf_counter() - started, time.process_time() - used))
    return np.array(found[WARM:]).T * 1000


def measure(customers: int) -> list[dict[str, Any]]:
    """One row per page."""
    import django

    django.setup()
    prepare(customers)
    from django.test import Client

    import keepwell.web.wsgi  # noqa: F401 - what a server's process does before its first request
    from keepwell.accounts.models import User
    from keepwell.insight import queries as insight
    from keepwell.insight.segments import queries as segments
    from keepwell.web import lists

    client = Client()
    client.force_login(User.objects.get(username="bench"))
    picked = np.random.default_rng(SEED).integers(0, customers, WARM + ASKED)
    numbers = [f"c{number:07d}" for number in picked]
    cycle = insight.current_cycle()
    assert cycle is not None

    orders = [sign + name for name in lists.ORDERS for sign in ("", "-")]
    filters = [f"{name}={value}" for name, values in lists.LABELS.items() for value in values]

    def get(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        assert len(answer.content) > 100

    def count(_number: int) -> None:
        segments.count(SEGMENT)

    pages: list[tuple[str, str, Callable[[int], None]]] = [
        ("customer page", "customer", lambda n: get(f"/customers/{numbers[n]}/")),
        ("at risk, first page", "list", lambda n: get("/at-risk/")),
        ("at risk, page 40", "list", lambda n: get("/at-risk/?page=40")),
        ("customers, first page", "list", lambda n: get("/customers/")),
        ("customers, each order", "list", lambda n: get(f"/customers/?order={orders[n % len(orders)]}")),
        ("customers, each filter", "list", lambda n: get(f"/customers/?{filters[n % len(filters)]}")),
        (
            "customers, filter and order",
            "list",
            lambda n: get(f"/customers/?{filters[n % len(filters)]}&order={orders[n % len(orders)]}"),
        ),
        (
            "customers, deep page",
            "list",
            lambda n: get(f"/customers/?order={orders[n % len(orders)]}&page={picked[n] // 50 + 1}"),
        ),
        ("customers, one tier", "list", lambda n: get(f"/customers/?tier=mid&page={n % 9 + 1}")),
        ("customers, words", "list", lambda n: get(f"/customers/?q={NAMES[n % len(NAMES)]}")),
        ("search: name", "search", lambda n: get(f"/find/?s={NAMES[n % len(NAMES)]}")),
        ("search: pinyin", "search", lambda n: get(f"/find/?s={('wangxiaoming', 'zhangwei', 'wxm')[n % 3]}")),
        ("search: end of telephone", "search", lambda n: get(f"/find/?s={picked[n] % 10_000:04d}")),
        ("search: order", "search", lambda n: get(f"/find/?s=o{picked[n]}")),
        ("search: number", "search", lambda n: get(f"/find/?s={numbers[n]}")),
        ("search: telephone", "search", lambda n: get(f"/find/?s=%2B86138{picked[n]:08d}")),
        ("count of three conditions", "segment", count),
    ]
    bare = dict(bare_queries(numbers, cycle.cycle_id))
    rows = []
    for name, kind, ask in pages:
        ours, peer = timed(ask), timed(bare[kind])
        rows.append(
            {
                "name": f"{customers:,} customers: {name}",
                "ours": round(float(np.percentile(ours[0], 95)), 1),
                "peer": round(float(np.percentile(peer[0], 95)), 1),
                "unit": "ms, p95",
                "requirement": f"≤ {LIMITS_MS[kind]} at 1,000,000",
                "note": f"median {np.median(ours[0]):.1f}, CPU {np.median(ours[1]):.1f}; "
                f"bare {np.median(peer[0]):.1f}, CPU {np.median(peer[1]):.1f}",
            }
        )
    return rows


def bare_queries(numbers: list[str], cycle_id: str) -> Iterator[tuple[str, Callable[[int], None]]]:
    """The rows that a page shows, read by SQL from the same files: what no page can be quicker than."""
    import duckdb

    from keepwell.foundation.home import Home
    from keepwell.history import queries as history

    state = sqlite3.connect(Home.current().state_path)
    key = state.execute("SELECT id FROM insight_cycle WHERE cycle_id = ?", [cycle_id]).fetchone()[0]
    lake = duckdb.connect()
    lake.execute("SET parquet_metadata_cache = true")
    files = history.files_at("orders", history.versions()["orders"])
    data = [
        str(file.path) for file in files if file.path.suffix == ".parquet" and "_delta_log" not in file.name
    ]

    def customer(number: int) -> None:
        one = numbers[number]
        state.execute(
            "SELECT * FROM insight_score WHERE cycle_id = ? AND customer_id = ?", [key, one]
        ).fetchall()
        state.execute("SELECT * FROM customers_customer WHERE customer_id = ?", [one]).fetchall()
        lake.execute("SELECT * FROM read_parquet(?) WHERE customer_id = ?", [data, one]).to_arrow_table()

    def first_rows(_number: int) -> None:
        query = "SELECT * FROM insight_score WHERE cycle_id = ? ORDER BY expected_loss DESC LIMIT 50"
        state.execute(query, [key]).fetchall()

    def beginning(number: int) -> None:
        query = "SELECT * FROM customers_customer WHERE customer_id >= ? AND customer_id < ? LIMIT 20"
        state.execute(query, [numbers[number][:6], numbers[number][:6] + "~"]).fetchall()

    def members(_number: int) -> None:
        year, month = AS_OF - timedelta(days=365), AS_OF - timedelta(days=30)
        lake.execute(
            "SELECT count(*) FROM (SELECT customer_id FROM read_parquet(?) WHERE ordered_at > ? "
            "GROUP BY customer_id HAVING count(*) >= 3 AND sum(amount) >= 200 AND max(ordered_at) <= ?)",
            [data, year, month],
        ).fetchall()

    yield from {"customer": customer, "list": first_rows, "search": beginning, "segment": members}.items()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    options = parser.parse_args()
    print(json.dumps(measure(options.customers), indent=1))


if __name__ == "__main__":
    main()
