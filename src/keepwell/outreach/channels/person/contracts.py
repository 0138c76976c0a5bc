"""What errands take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SHIPPING = ("packed", "shipped", "arrived", "returned")


@dataclass(frozen=True)
class ErrandView:
    """What a person does for a message; `words` are what is said or written, opened from their seal."""

    message_id: str
    task_id: int
    customer_id: str
    channel: str
    assignee_id: int | None
    made_at: datetime
    shipping: str
    tracking: str
    content: str
    words: str = ""
