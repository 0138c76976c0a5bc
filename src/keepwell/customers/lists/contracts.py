"""What the part takes and gives: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# A page offers it for 30 seconds; a slow click still finds what it wants back.
UNDO_SHOWN = timedelta(seconds=30)
UNDO_KEPT = timedelta(seconds=90)
CUSTOMERS_MAX = 50_000
"""So many customers can be changed at once."""


class ListError(ValueError):
    """Something that cannot be done; the message is for people."""


@dataclass(frozen=True)
class ViewRow:
    """A saved view; `is_mine` for who saved it."""

    view_id: int
    name: str
    query: str
    columns: tuple[str, ...]
    shared: bool
    is_mine: bool


@dataclass(frozen=True)
class Bulk:
    """A change of many customers: `customers` were changed, and it can be taken back for a while."""

    change_id: int
    kind: str
    customers: int
    memo: Mapping[str, Any]
    done_at: datetime
