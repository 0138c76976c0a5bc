"""The one place that reads the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def end_of_day(day: date) -> datetime:
    """The last microsecond of `day` in UTC: what `--as-of 2011-08-31` means."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def last_due(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The newest instant at or before `now` at which the clock of `zone` showed `hour`:00.

    >>> last_due(datetime(2026, 5, 2, 1, 30, tzinfo=UTC), 3, ZoneInfo("UTC")).isoformat()
    '2026-05-01T03:00:00+00:00'
    """
    local = now.astimezone(zone)
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if today <= local:
        return today
    # Wall-clock arithmetic: the same hour of the day before, also where the clocks changed in between.
    return (today.replace(tzinfo=None) - timedelta(days=1)).replace(tzinfo=zone)


def parse_as_of(text: str) -> datetime:
    """An instant from an ISO date (its last microsecond) or an ISO date-time (UTC where no zone is given).

    Raises ValueError when `text` is neither.
    """
    if len(text) == 10:
        return end_of_day(date.fromisoformat(text))
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
