"""When a message goes that waits for an hour of the day: pure, on the customer's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from keepwell.outreach.policy.contracts import Intent, Rules
from keepwell.outreach.policy.core import opens


def at_hour(
    hours: Sequence[int],
    *,
    start: datetime,
    until: datetime | None,
    zones: Sequence[ZoneInfo],
    rules: Rules,
    intent: Intent,
) -> datetime:
    """The moment for a message that may go from `start` on: the best of `hours` that is possible; UTC.

    Possible is what comes within the day that follows `start`, not after `until`, and is quiet nowhere that
    the customer may be. Where no hour is, it goes as early as the quiet hours allow; where even that is after
    `until`, at `start`, and the policy says why not.
    """
    for hour in hours:
        moment = shows(hour, start, zones[0])
        if moment is None or (until is not None and moment > until):
            continue
        if opens(moment, zones, rules, intent) == moment:
            return moment
    earliest = opens(start, zones, rules, intent)
    return earliest if until is None or earliest <= until else start.astimezone(UTC)


def shows(hour: int, start: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment from `start` on at which clocks in `zone` show `hour`; None on a day that skips it.

    >>> from zoneinfo import ZoneInfo
    >>> noon = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    >>> str(shows(2, noon, ZoneInfo("Europe/Berlin")))
    '2026-03-30 00:00:00+00:00'
    """
    local = start.astimezone(zone)
    if local.hour == hour:
        return start.astimezone(UTC)
    for days in (0, 1):
        wall = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0) + timedelta(days=days)
        moment = wall.astimezone(UTC)
        # Where clocks skip the hour, there is no such moment on that day.
        if moment >= start and moment.astimezone(zone).hour == hour:
            return moment
    return None
