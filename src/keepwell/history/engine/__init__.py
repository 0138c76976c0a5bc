"""Engines that read the history: the choice is made here and nowhere else."""

from __future__ import annotations

from django.conf import settings

from keepwell.history.engine.base import Engine
from keepwell.history.engine.duck import DuckDBEngine

__all__ = ["Engine", "engine"]


def engine() -> Engine:
    """A new engine of the configured kind (KEEPWELL_ENGINE); close it, or use it as a context manager.

    Raises ValueError for an engine that this release does not have.
    """
    name = str(settings.KEEPWELL_ENGINE or "duckdb")
    if name == "duckdb":
        return DuckDBEngine()
    raise ValueError(f"KEEPWELL_ENGINE: {name!r} is not an engine of this release; supported: duckdb")
