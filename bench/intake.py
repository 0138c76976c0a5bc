"""Import of orders against the engine's bare CSV-to-Parquet copy: `python -m bench.intake --rows N`."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

ROWS = 10_000_000
QUICK_ROWS = 1_000_000
ORDERS_PER_CUSTOMER = 20
PER_CENT_AT_LEAST = 0.4
MEMORY_MIB_AT_MOST = 2_048


def write_orders(path: Path, rows: int) -> None:
    """A CSV of orders in no particular order of customer, time or number."""
    customers = max(rows // ORDERS_PER_CUSTOMER, 1)
    duckdb.sql(f"""
        COPY (
            SELECT 'A' || lpad((i * 7368787 % {rows * 10 + 7})::VARCHAR, 10, '0') AS order_id,
                   'C' || lpad((hash(i) % {customers})::VARCHAR, 7, '0') AS customer_id,
                   strftime(TIMESTAMP '2023-01-01' + to_seconds((hash(i, 1) % 94608000)::BIGINT),
                            '%Y-%m-%d %H:%M:%S') AS ordered_at,
                   (hash(i, 2) % 50000 / 100.0 + 1)::DECIMAL(18, 2) AS amount,
                   'EUR' AS currency,
                   ['web', 'store', 'app'][1 + (hash(i, 3) % 3)::BIGINT] AS channel
            FROM range({rows}) t(i)
        ) TO '{path}' (HEADER)""")


def _used() -> dict[str, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


def bare_copy(path: Path) -> dict[str, float]:
    """The peer: what the engine needs to copy the same file, types guessed, nothing checked."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    before = _used()["cpu_s"]
    connection.execute(f"COPY (FROM read_csv('{path}')) TO '{path}.bare.parquet' (FORMAT parquet)")
    return {"cpu_s": _used()["cpu_s"] - before, "peak_mib": _used()["peak_mib"]}


def ours(path: Path) -> dict[str, float]:
    """`import_paths` into an empty home, with all its checks, to the committed fact."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "keepwell.foundation.settings"
    django.setup()
    from django.core.management import call_command

    from keepwell.foundation.home import Home
    from keepwell.intake import services

    Home.current().create()
    call_command("migrate", verbosity=0)
    before = _used()["cpu_s"]
    report = services.import_paths(paths=[path], actor="bench", now=datetime(2026, 6, 1, tzinfo=UTC))
    accepted = report.counts("orders").accepted
    return {"cpu_s": _used()["cpu_s"] - before, "peak_mib": _used()["peak_mib"], "accepted": accepted}


def _apart(what: str, path: Path, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own, so that peak memory is its own."""
    environment = {**os.environ, "KEEPWELL_HOME": str(folder / "home")}
    environment.pop("DATABASE_URL", None)
    environment.pop("KEEPWELL_LAKE", None)
    command = [sys.executable, "-m", "bench.intake", "--side", what, "--file", str(path)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def run(quick: bool = False, *, rows: int | None = None) -> list[dict[str, Any]]:
    """Both sides on one file; ratios of CPU time, since cores may be shared."""
    rows = rows or (QUICK_ROWS if quick else ROWS)
    with tempfile.TemporaryDirectory(prefix="keepwell-bench-") as name:
        folder = Path(name)
        path = folder / "orders.csv"
        write_orders(path, rows)
        peer = _apart("bare", path, folder)
        mine = _apart("ours", path, folder)
    assert mine["accepted"] == rows, f"{mine['accepted']} of {rows} orders were accepted"
    note = f"{rows:,} orders, {rows // ORDERS_PER_CUSTOMER:,} customers, CPU seconds on 2 cores"
    return [
        {
            "name": "import against the engine's bare CSV-to-Parquet copy",
            "ours": round(mine["cpu_s"], 2),
            "peer": round(peer["cpu_s"], 2),
            "ratio": round(peer["cpu_s"] / mine["cpu_s"], 3),
            "requirement": f">= {PER_CENT_AT_LEAST}",
            "unit": "s CPU",
            "note": note,
        },
        {
            "name": "peak memory of that import",
            "ours": round(mine["peak_mib"]),
            "peer": round(peer["peak_mib"]),
            "ratio": round(mine["peak_mib"] / peer["peak_mib"], 2),
            "requirement": f"<= {MEMORY_MIB_AT_MOST} MiB",
            "unit": "MiB",
            "note": note,
        },
    ]


def main() -> None:
    """Print the measurements as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--side", choices=("bare", "ours"))
    parser.add_argument("--file", type=Path)
    chosen = parser.parse_args()
    if chosen.side:
        print(json.dumps(bare_copy(chosen.file) if chosen.side == "bare" else ours(chosen.file)))
    else:
        print(json.dumps(run(rows=chosen.rows), indent=2))


if __name__ == "__main__":
    main()
