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


Text16 = Annotated[str, Field(max_length=16), AfterValidator(_no_nul)]
Text40 = Annotated[str, Field(max_length=40), AfterValidator(_no_nul)]
Text80 = Annotated[str, Field(max_length=80), AfterValidator(_no_nul)]
Text120 = Annotated[str, Field(max_length=120), AfterValidator(_no_nul)]
Text200 = Annotated[str, Field(max_length=200), AfterValidator(_no_nul)]
Text254 = Annotated[str, Field(max_length=254), AfterValidator(_no_nul)]
Text400 = Annotated[str, Field(max_length=400), AfterValidator(_no_nul)]
Text2000 = Annotated[str, Field(max_length=2000), AfterValidator(_no_nul)]
Said80 = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_no_nul)]
Said500 = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_no_nul)]
Said2000 = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_no_nul)]
