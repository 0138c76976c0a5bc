"""Kill `keepwell import` while it reads a file of orders."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from crash_parts.asking import ask
from crash_parts.running import Bench, Companion, conclude, keepwell, killed, timed

OVERLAP = 0.1
COLUMNS = ("order_id", "customer_id", "ordered_at", "amount", "currency", "status", "campaign")


def run(bench: Bench, rounds: int, rows: int) -> None:
    """Import `rounds` files, each killed at least once and then done again, and count the orders."""
    sizes = {f"file{number}": rows for number in range(rounds + 1)}
    files = [_write(bench.work / f"file{number}.csv", number, rows) for number in range(rounds + 1)]
    usual = timed(bench, "import", str(files[0]), "--json")
    with Companion(bench, "reader", "import", json.dumps(sizes)) as reader:
        for number, path in enumerate(files[1:], 1):
            end = killed(bench, usual, "import", str(path))
            how = "ended before" if end.finished else "killed"
            print(f"  import {number}: {how} after {end.after_seconds:.2f} s; {end.last_words}", flush=True)
            keepwell(bench, "import", str(path), "--json")
            answer = json.loads(keepwell(bench, "import", str(path), "--json"))
            counts = answer["tables"]["orders"]
            bench.check(counts["accepted"] == 0, f"{path.name} again: {counts['accepted']} accepted")
        conclude(bench, reader)
    _count(bench, sizes)


def _count(bench: Bench, sizes: dict[str, int]) -> None:
    answer = ask(
        bench,
        "from keepwell.history import queries as q; from keepwell.history.engine import engine;"
        "r = engine(); t = q.scan('orders', engine=r);"
        "a = t.group_by('campaign').agg(n=t.count(), k=t.order_id.nunique(), s=t.amount.sum());"
        "rows = r.execute(a).to_pylist();"
        "print(json.dumps({x['campaign']: [x['n'], x['k'], str(x['s'])] for x in rows if x['campaign']}))",
    )
    found = json.loads(answer)
    print(f"  {sum(n for n, _, _ in found.values())} orders of {len(found)} files in the lake", flush=True)
    for name, rows in sizes.items():
        n, distinct, total = found.get(name, (0, 0, "0"))
        expected = sum(_amount(i) for i in range(rows))
        bench.check(
            n == distinct == rows and float(total) == expected,
            f"{name}: {n} rows of {distinct} orders, sum {total}; expected {rows}, sum {expected}",
        )


def _write(path: Path, number: int, rows: int) -> Path:
    """A file of its own `rows` orders, and the last tenth of the file before it once more."""
    repeated = range(int(rows * (1 - OVERLAP)), rows) if number else range(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(number - 1, index) for index in repeated)
        writer.writerows(_row(number, index) for index in range(rows))
    return path


def _row(number: int, index: int) -> tuple[object, ...]:
    day, minute = 1 + index % 28, index % 60
    return (
        f"{number:03d}-{index:07d}",
        f"c{index % 1999}",
        f"2025-{1 + number % 12:02d}-{day:02d}T08:{minute:02d}:00Z",
        _amount(index),
        "CNY",
        "paid",
        f"file{number}",
    )


def _amount(index: int) -> int:
    return 1 + index % 50
