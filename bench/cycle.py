"""A whole cycle on 10 thousand, 100 thousand and 1 million customers with 20 orders each.

`python -m bench.cycle --customers N` measures one size. Every size runs in a process and a home folder of its
own; time and peak memory are taken per step.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ORDERS_EACH = 20
DAYS = 720
AS_OF = datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)
SIZES = (10_000, 100_000, 1_000_000)
PART = 1_000_000  # orders generated at a time
SEED = 20_251_231


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Rows for the report: one per size and step, and one total per size."""
    rows = []
    for customers in SIZES[:2] if quick else SIZES:
        rows += measure_apart(customers)
    return rows


def measure_apart(customers: int) -> list[dict[str, Any]]:
    """`measure` in a process and a home of its own."""
    with tempfile.TemporaryDirectory(prefix="keepwell-bench-") as folder:
        environment = os.environ | {
            "KEEPWELL_HOME": folder,
            "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
        }
        for name in ("DATABASE_URL", "KEEPWELL_LAKE"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "bench.cycle", "--inside", "--customers", str(customers)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)


def generate(folder: Path, customers: int) -> list[Path]:
    """Orders of a shop in which customers buy at different rates and some leave, as Parquet facts.

    Every customer has about `ORDERS_EACH` orders: gaps are drawn around the customer's own mean and scaled to
    the time until the customer left.
    """
    from keepwell.history.schemas import FACT_TABLES

    schema = FACT_TABLES["orders"].arrow_schema
    rng = np.random.default_rng(SEED)
    files = []
    each = max(1, PART // ORDERS_EACH)
    for start in range(0, customers, each):
        count = min(each, customers - start)
        path = folder / f"orders-{start:09d}.parquet"
        pq.write_table(_orders(rng, start, count, schema), path, row_group_size=122_880)
        files.append(path)
    return files


def _orders(rng: np.random.Generator, start: int, count: int, schema: pa.Schema) -> pa.Table:
    first = rng.uniform(0, DAYS * 0.6, count)
    stay = np.where(rng.random(count) < 0.35, rng.beta(2, 2, count), 1.0)
    position = np.sort(rng.random((count, ORDERS_EACH)), axis=1)
    position[:, 0] = 0.0
    at = first[:, None] + position * ((DAYS - first) * stay)[:, None]
    amount = np.exp(rng.normal(3.5, 0.6, count))[:, None] * rng.gamma(4.0, 0.25, (count, ORDERS_EACH))
    n = count * ORDERS_EACH
    origin = AS_OF - timedelta(days=DAYS)
    instants = np.datetime64(origin.replace(tzinfo=None), "us") + (at.ravel() * 86_400e6).astype(
        "timedelta64[us]"
    )
    ids = np.repeat(np.arange(start, start + count), ORDERS_EACH)
    cents = np.maximum(np.rint(amount.ravel() * 100), 1.0)
    columns: dict[str, Any] = {
        "order_id": pa.array([f"o{k}" for k in range(start * ORDERS_EACH, start * ORDERS_EACH + n)]),
        "customer_id": pa.array([f"c{k:07d}" for k in ids.tolist()]),
        "ordered_at": pa.array(instants).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")),
        "amount": pa.array(cents / 100).cast(pa.decimal128(18, 4)),
        "currency": pa.array(["EUR"] * n),
        "status": pa.array(["paid"] * n),
        "source": pa.array(["bench"] * n),
        "recorded_at": pa.array([AS_OF] * n, pa.timestamp("us", tz="UTC")),
        "live": pa.array(np.zeros(n, dtype=bool)),
        "revises": pa.array(np.zeros(n, dtype=bool)),
    }
    arrays = [columns.get(field.name, pa.nulls(n, field.type)) for field in schema]
    return pa.Table.from_arrays([a.cast(f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema)


def peak_mb() -> float:
    """The process's peak resident memory since the last `forget_peak`, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


def forget_peak() -> None:
    """Begin to measure the peak anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def measure(customers: int) -> list[dict[str, Any]]:
    """Generate, append, run the cycle; one row per step."""
    import django

    django.setup()
    from django.core.management import call_command

    from keepwell.foundation.home import Home
    from keepwell.history import services as history
    from keepwell.insight import services

    call_command("migrate", verbosity=0)
    files = generate(Home.current().staging_dir, customers)
    history.append(table="orders", staged=files, batch_id="bench")
    peaks: dict[str, float] = {}
    now = {"step": ""}

    def progress(step: str, _share: float, _rows: int) -> None:
        if step != now["step"]:
            forget_peak()
            now["step"] = step
        peaks[step] = max(peaks.get(step, 0.0), peak_mb())

    cpu, wall = time.process_time(), time.perf_counter()
    cycle = services.run_cycle(as_of=AS_OF, actor="bench", progress=progress)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    name = f"{customers:,} customers"
    rows = [
        {
            "name": f"{name}: {step.name}",
            "ours": step.seconds,
            "unit": "s",
            "note": f"peak {peaks.get(step.name, 0):,.0f} MB",
        }
        for step in cycle.steps
    ]
    total = {"name": f"{name}: whole cycle", "ours": round(wall, 2), "unit": "s"}
    return [*rows, total | {"note": f"{cpu:.1f} s CPU, peak {max(peaks.values()):,.0f} MB"}]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=SIZES[0])
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    rows = measure(options.customers) if options.inside else measure_apart(options.customers)
    print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
