"""The record of the models in words: which was chosen, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keepwell.web import formats


def findings(models: Mapping[str, Any]) -> list[str]:
    """Sentences that the models' own record carries."""
    found = []
    for _name, model in sorted(models.items()):
        if isinstance(model, Mapping):
            found += [str(model[key]) for key in ("why", "finding", "message") if model.get(key)]
    return found


def details(models: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every recorded figure, by its path."""
    return list(_flat(models, ""))


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, float):
        yield path, f"{value:.6g}"
    elif isinstance(value, list | tuple):
        yield path, ", ".join(f"{one:.4g}" if isinstance(one, float) else str(one) for one in value)
    else:
        yield path, formats.DASH if value is None else str(value)
