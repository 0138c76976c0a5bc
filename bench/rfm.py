"""RFM summary: CPU time beside the bare query in the engine and beside `lifetimes`.

`python -m bench.rfm [--quick]` prints the rows; `run()` returns them.
"""

import argparse
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from bench.clv import cpu_of
from bench.peers import UNAVAILABLE, ask
from keepwell.science.rfm import summarize
from keepwell.science.rhythm import summarize as summarize_rhythm

AS_OF_ON = date(2024, 9, 30)
DAYS = 1_000
ORDERS_PER_CUSTOMER = 20

# In no order of customers or time: the worst case for the engine, that of a lake never compacted.
ORDERS = """
COPY (
    SELECT 'c' || lpad(CAST(hash(i) % {customers} AS VARCHAR), 8, '0') AS customer_id,
        CAST(TIMESTAMP '2022-01-01'
            + to_microseconds(CAST(hash(7 * i + 1) % ({days} * 86400000000) AS BIGINT))
            AS {time}) AS ordered_at,
        CAST(5 + (hash(13 * i + 3) % 1000000) / 10000.0 AS {amount}) AS amount
    FROM range({orders}) t(i)
) TO '{path}' (FORMAT parquet)
"""

# Written by hand for this engine and these columns; the same definition of every figure.
BARE = """
SELECT customer_id, count(*) - 1 AS frequency, max(day) - min(day) AS recency, {today} - min(day) AS T,
    CASE WHEN count(*) > 1 THEN (sum(amount) - arg_min(amount, day)) / (count(*) - 1) ELSE 0 END AS monetary
FROM (
    SELECT customer_id, CAST(epoch_us(ordered_at) // 86400000000 AS INTEGER) AS day,
        sum(CAST(amount AS DOUBLE)) AS amount
    FROM read_parquet('{path}') WHERE ordered_at < TIMESTAMPTZ '2024-10-01 00:00:00+00' GROUP BY ALL
)
GROUP BY customer_id
"""


def sums_of(table: pa.Table) -> list[float]:
    """Totals of the four figures, to compare results."""
    return [float(pc.sum(table[name]).as_py()) for name in ("frequency", "recency", "T", "monetary")]


def agree(first: list[float], second: list[float]) -> str:
    """Whether two lists of totals are equal but for rounding."""
    same = all(abs(a - b) <= 1e-9 * max(abs(a), 1) for a, b in zip(first, second, strict=True))
    return "equal results" if same else f"results differ: {first} and {second}"


def cpu_on_one_thread(backend: Any, call: Any) -> float:
    """Median CPU seconds of a call while the engine may use one thread only, as `lifetimes` does."""
    before = backend.con.execute("SELECT current_setting('threads')").fetchone()[0]
    backend.con.execute("SET threads = 1")
    try:
        return cpu_of(call)
    finally:
        backend.con.execute(f"SET threads = {before}")


def row(
    name: str, ours: float, peer: float | None, ratio: str, requirement: str, note: str
) -> dict[str, Any]:
    """One row; `ratio` says which way: how much slower or how much faster."""
    value = None if not peer else ours / peer if ratio == "slower" else peer / ours
    return {
        "name": name,
        "ours": ours,
        "peer": peer,
        "ratio": value,
        "requirement": requirement,
        "unit": "CPU s",
        "note": note,
    }


def run(quick: bool = False) -> list[dict[str, Any]]:
    """The rows of the report."""
    orders = 1_000_000 if quick else 10_000_000
    backend = ibis.duckdb.connect()
    sizes = {"customers": orders // ORDERS_PER_CUSTOMER, "days": DAYS, "orders": orders}
    with tempfile.TemporaryDirectory() as folder:
        lake, plain = Path(folder) / "lake.parquet", Path(folder) / "plain.parquet"
        backend.raw_sql(ORDERS.format(path=lake, time="TIMESTAMPTZ", amount="DECIMAL(18, 4)", **sizes))
        backend.raw_sql(ORDERS.format(path=plain, time="TIMESTAMP", amount="DOUBLE", **sizes))
        table = backend.read_parquet(lake)
        bare = BARE.format(path=lake, today=(AS_OF_ON - date(1970, 1, 1)).days)

        def by_hand() -> pa.Table:
            return backend.raw_sql(bare).to_arrow_table()

        def by_us() -> pa.Table:
            return summarize(table, AS_OF_ON).to_pyarrow()

        result = sums_of(by_us())
        ours, hand = cpu_of(by_us), cpu_of(by_hand)
        rhythm = cpu_of(lambda: summarize_rhythm(table, AS_OF_ON).to_pyarrow())
        alone = cpu_on_one_thread(backend, by_us)
        same = agree(result, sums_of(by_hand()))
        name = f"RFM summary, {orders:,} orders, {orders // ORDERS_PER_CUSTOMER:,} customers"
        rows = [row(f"{name}: bare query", ours, hand, "slower", "<= 2 times the query", f"DuckDB; {same}")]
        peer = ask("summarize", plain)
        note = f"lifetimes 0.11.3; {agree(result, peer['sums'])}" if peer else UNAVAILABLE
        seconds = peer and peer["cpu_seconds"]
        each = f"{name}: lifetimes, one thread each"
        rows.append(row(each, alone, seconds, "faster", ">= 8 times faster", note))
        # Two threads that share caches and memory spend more CPU time between them than one alone.
        both = f"{name}: lifetimes, two threads against its one"
        rows.append(row(both, ours, seconds, "faster", "", "CPU time of both threads"))
        rows.append(row(f"Rhythm summary, {orders:,} orders", rhythm, None, "slower", "", ""))
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    print(json.dumps(run(parser.parse_args().quick), indent=1))
