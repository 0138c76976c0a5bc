"""When the nightly cycle is due: a function of times, without a clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from keepwell.foundation.clock import last_due

__all__ = ["is_due", "last_due"]


def is_due(now: datetime, hour: int, zone: ZoneInfo, last_started_at: datetime | None) -> bool:
    """Whether a cycle should run: none has started since the last time that it fell due."""
    return last_started_at is None or last_started_at < last_due(now, hour, zone)
