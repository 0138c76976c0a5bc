"""Plain values out of JSON, or an error that names the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any


class DefinitionError(ValueError):
    """A definition that makes no sense; `path` says where, e.g. `steps.mail.next`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or 'definition'}: {message}")
        self.path = path
        self.message = message


def clock_time(value: Any, path: str) -> time:
    """A time of day, to the minute."""
    try:
        return time.fromisoformat(value).replace(second=0, microsecond=0, tzinfo=None)
    except (TypeError, ValueError):
        raise DefinitionError(path, "expected a time of day like 09:30") from None


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """A mapping."""
    if not isinstance(value, Mapping):
        raise DefinitionError(path, "expected a mapping")
    return value


def sequence(value: Any, path: str) -> Sequence[Any]:
    """A list."""
    if not isinstance(value, list | tuple):
        raise DefinitionError(path, "expected a list")
    return value


def words_of(value: Any, path: str) -> str:
    """A text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise DefinitionError(path, "required")
    if len(value) > 200 or "\x00" in value:
        raise DefinitionError(path, "at most 200 characters")
    return value.strip()


def optional(value: Any, path: str) -> str:
    """A text, or none."""
    return "" if value in (None, "") else words_of(value, path)


def integer(value: Any, path: str, low: int, high: int) -> int:
    """A whole number between two."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise DefinitionError(path, "expected a whole number")
    if not low <= value <= high:
        raise DefinitionError(path, f"must be between {low} and {high}")
    return value


def boolean(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise DefinitionError(path, "expected true or false")
    return value


def only(given: Mapping[str, Any], path: str, known: frozenset[str] | set[str]) -> None:
    """No other names than those known."""
    for name in given:
        if name not in known:
            raise DefinitionError(f"{path}.{name}" if path else str(name), "unknown")
