"""Owners and handovers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class HandoverStatus(StrEnum):
    """Where a handover is: it waits until the receiver confirms or declines, or it is taken back."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class OwnershipView:
    """Who looked after a customer, from when to when."""

    owner_id: int
    owner: str
    started_at: datetime
    ended_at: datetime | None
    reason: str
    assigned_by: str


@dataclass(frozen=True)
class HandoverView:
    """Customers that change hands once the receiver confirms; `moved_ids` are those that did."""

    handover_id: int
    from_owner_id: int
    from_owner: str
    to_owner_id: int
    to_owner: str
    status: HandoverStatus
    due_on: date
    reason: str
    open_matters: str
    preferences: str
    customer_ids: tuple[str, ...]
    moved_ids: tuple[str, ...]
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_reason: str

    def is_overdue(self, today: date) -> bool:
        """Whether it still waits though its deadline is over."""
        return self.status is HandoverStatus.WAITING and self.due_on < today
