"""The names of touchpoints, told by the room that keeps the map."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_known: list[Callable[[], Mapping[str, str]]] = []


def register(known: Callable[[], Mapping[str, str]]) -> None:
    """Say who knows the names by code; called once, when the map's app is ready."""
    _known[:] = [known]


def names() -> dict[str, str]:
    """The name of each touchpoint on the map, by code."""
    return dict(_known[0]()) if _known else {}
