"""The one place that reads the time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def end_of_day(day: date) -> datetime:
    """The last microsecond of `day` in UTC: what `--as-of 2011-08-31` means."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def parse_as_of(text: str) -> datetime:
    """An instant from an ISO date (its last microsecond) or an ISO date-time (UTC where no zone is given).

    Raises ValueError when `text` is neither.
    """
    if len(text) == 10:
        return end_of_day(date.fromisoformat(text))
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
