"""What is not kept for ever."""

from __future__ import annotations

from datetime import datetime

from keepwell.integrations.services import delivering, receiving


def tidy(*, now: datetime) -> int:
    """Forget old message ids and settled deliveries; returns how many."""
    return receiving.tidy(now=now) + delivering.tidy(now=now)
