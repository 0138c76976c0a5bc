"""Types of fields that several operations share."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Path, Query
from pydantic import AfterValidator, Field, StringConstraints

from keepwell.api.cursors import LENGTH_MAX

LIMIT = 50
LIMIT_MAX = 200
# What PostgreSQL cannot keep, and no one can read.
NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"


def _no_nul(value: Any) -> Any:
    if "\x00" in value:
        raise ValueError("must not contain a NUL character")
    return value


CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=NO_CONTROL)]
CustomerPath = Annotated[CustomerId, Path(description="Your customer number")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_CONTROL)]
Cursor = Annotated[
    str | None,
    Query(
        None,
        max_length=LENGTH_MAX,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="The `next_cursor` of the page before",
    ),
]
Limit = Annotated[int, Query(LIMIT, ge=1, le=LIMIT_MAX, description="How many at most")]


def text(longest: int, *, shortest: int = 0) -> Any:
    """Text of at most `longest` characters."""
    return Annotated[str, Field(min_length=shortest, max_length=longest), AfterValidator(_no_nul)]
