"""Read a table as rows."""

from __future__ import annotations

from typing import Any

from keepwell.history import queries
from keepwell.history.engine import engine
from keepwell.history.schemas import FACT_TABLES


def read(table: str = "orders", **options: Any) -> list[dict[str, Any]]:
    """The newest revisions, in order of key."""
    with engine() as reader:
        rows = reader.execute(queries.scan(table, engine=reader, **options)).to_pylist()
    return sorted(rows, key=lambda row: [row[name] for name in FACT_TABLES[table].key])
