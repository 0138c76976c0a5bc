"""What identity takes and gives: frozen values."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class IdentityError(ValueError):
    """A merge or split that cannot be done; the message says why and what to do."""


@dataclass(frozen=True)
class MergeView:
    """One merge: `merged_id` leads to `kept_id` until it is undone. `blocked_by`: undo that merge first."""

    merge_id: int
    kept_id: str
    merged_id: str
    at: datetime
    actor: str
    reason: str
    undone_at: datetime | None
    undone_by: str
    blocked_by: int | None = None


@dataclass(frozen=True)
class CandidateView:
    """Two records that may be one person; `reasons` are codes, `score` is between 0 and 1."""

    candidate_id: int
    first_id: str
    second_id: str
    score: float
    reasons: tuple[str, ...]
    found_at: datetime


@dataclass(frozen=True)
class FieldChoice:
    """One field of two records; `chosen` says whose value the surviving record gets by default."""

    name: str
    kept: Any
    merged: Any
    chosen: str

    @property
    def is_conflict(self) -> bool:
        """Whether both say something, and not the same."""
        return bool(self.kept) and bool(self.merged) and self.kept != self.merged


@dataclass(frozen=True)
class Merger:
    """How a room carries its rows over.

    `merge(kept_id, merged_id, at)` runs in the merge's transaction and returns what `split(kept_id,
    merged_id, memo, at)` needs to restore everything; the memo is JSON and kept sealed. `models` are the
    labels (`app.Model`) that this room takes care of; all others that point to a customer are carried over
    by moving their rows.
    """

    name: str
    merge: Callable[[str, str, datetime], Any]
    split: Callable[[str, str, Any, datetime], None]
    models: Collection[str] = ()
