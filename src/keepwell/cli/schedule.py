"""When the nightly cycle is due: a function of times, without a clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def last_due(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The newest instant at or before `now` at which the clock of `zone` showed `hour`:00.

    >>> from datetime import UTC
    >>> last_due(datetime(2026, 5, 2, 1, 30, tzinfo=UTC), 3, ZoneInfo("UTC")).isoformat()
    '2026-05-01T03:00:00+00:00'
    """
    local = now.astimezone(zone)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if today <= local:
        return today
    # Wall-clock arithmetic: the same hour of the day before, also where the clocks changed in between.
    return (today.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=zone)


def is_due(now: datetime, hour: int, zone: ZoneInfo, last_started_at: datetime | None) -> bool:
    """Whether a cycle should run: none has started since the last time that it fell due."""
    return last_started_at is None or last_started_at < last_due(now, hour, zone)
