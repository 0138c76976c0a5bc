"""Live facts that the outside is told of."""

from __future__ import annotations


def subscribe() -> None:
    """Listen to the facts that make events."""
