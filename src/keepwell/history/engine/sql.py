"""Small pieces of DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def quote(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string."""
    return "'" + text.replace("'", "''") + "'"


def parquet(paths: Sequence[Path | str], options: str = "") -> str:
    """A table function over Parquet files, matched by column name."""
    names = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{names}]{options})"
