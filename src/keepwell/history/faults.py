"""Named points that a test may stop at; nothing happens there in production."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_probe: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Say that the work has come to `point`, between two steps that a crash may separate."""
    if _probe is not None:
        _probe(point)


@contextmanager
def probe(function: Callable[[str], None]) -> Iterator[None]:
    """Call `function` at every point while the block runs."""
    global _probe
    before, _probe = _probe, function
    try:
        yield
    finally:
        _probe = before
