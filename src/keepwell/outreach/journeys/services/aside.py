"""Who gets nothing of a step's marketing: whom all marketing leaves alone, and the journey's own control."""

from __future__ import annotations

from collections.abc import Sequence

from keepwell.outreach.journeys.core.controlling import is_marketing
from keepwell.outreach.journeys.core.graph import Message, Task
from keepwell.outreach.journeys.core.walking import Walker
from keepwell.outreach.journeys.naming import CONTROL
from keepwell.outreach.policy import queries as policy

ASIDE = "kept_aside"


def kept_aside(task: Task, walkers: Sequence[Walker]) -> set[str]:
    """Who gets no such task, so that there is somebody to compare with; service is owed to all."""
    if not is_marketing(task):
        return set()
    return policy.held_out([walker.customer_id for walker in walkers])


def passed_over(step: Message | Task, walkers: Sequence[Walker]) -> dict[int, str]:
    """Who is control and gets nothing of a step's marketing; service is owed to all."""
    if not is_marketing(step):
        return {}
    return {walker.traveller_id: ASIDE for walker in walkers if CONTROL in walker.memo}
