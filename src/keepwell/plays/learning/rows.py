"""Rows for models of who is moved by what: one file for each play in the home folder, under pseudonyms."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.customers.privacy.contracts import Subject
from keepwell.foundation.crypto import pseudonym
from keepwell.foundation.home import Home

MOMENT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("person", pa.string()),
        ("play", pa.string()),
        ("arm", pa.string()),
        ("treatment", pa.string()),
        ("treated", pa.bool_()),
        ("propensity", pa.float64()),
        ("assigned_at", MOMENT),
        ("outcome_days", pa.int32()),
        ("tier", pa.string()),
        ("reason", pa.string()),
        ("risk_level", pa.string()),
        ("clv", pa.float64()),
        ("churn_risk", pa.float64()),
        ("p_alive", pa.float64()),
        ("expected_purchases", pa.float64()),
        ("expected_loss", pa.float64()),
        ("past_orders", pa.float64()),
        ("past_revenue", pa.float64()),
        ("past_margin", pa.float64()),
        ("past_satisfaction", pa.float64()),
        ("ordered", pa.bool_()),
        ("next_day", pa.float64()),
        ("revenue", pa.float64()),
        ("contribution", pa.float64()),
        ("cost", pa.float64()),
        ("satisfaction", pa.float64()),
        ("complaints", pa.float64()),
        ("unsubscribed", pa.float64()),
    ]
)


def folder() -> Path:
    """Where the files are."""
    path = Home.current().root / "learning"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def person(customer_id: str) -> str:
    """The name under which somebody is in the rows: keyed, the same in all plays."""
    return pseudonym(f"learning:{customer_id}")


def write(code: str, columns: Mapping[str, Any]) -> int:
    """Keep the rows of a play, whole or not at all; a second time replaces them."""
    table = pa.table(dict(columns), schema=SCHEMA)
    path = folder() / f"{code}.parquet"
    _replace(path, table)
    return int(table.num_rows)


def read(codes: list[str] | None = None) -> pa.Table:
    """The rows of these plays, or of all, in the order of their codes."""
    found = sorted(folder().glob("*.parquet"))
    tables = [pq.read_table(path, schema=SCHEMA) for path in found if codes is None or path.stem in codes]
    return pa.concat_tables(tables) if tables else SCHEMA.empty_table()


def forget(subject: Subject) -> dict[str, int]:
    """Take a person out of every file."""
    names = pa.array([person(one) for one in subject.customer_ids], pa.string())
    gone = 0
    for path in sorted(folder().glob("*.parquet")):
        table = pq.read_table(path, schema=SCHEMA)
        kept = table.filter(pc.invert(pc.is_in(table["person"], value_set=names)))
        if kept.num_rows < table.num_rows:
            gone += table.num_rows - kept.num_rows
            _replace(path, kept)
    return {"rows": gone}


def _replace(path: Path, table: pa.Table) -> None:
    """Write beside, then rename: readers see the old file or the new one."""
    beside = path.with_suffix(f".{os.getpid()}.part")
    pq.write_table(table, beside, compression="zstd")
    os.replace(beside, path)
