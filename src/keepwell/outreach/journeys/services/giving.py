"""How long the codes hold that a journey gives: those of the birthday's month end with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from keepwell.outreach.journeys.core.graph import DayRule, Start
from keepwell.outreach.journeys.core.walking import Walker, month_end

MONTH = "birthday_month"


def ends(
    start: Start | None,
    walkers: Sequence[Walker],
    zones_of: Callable[[Sequence[Walker]], Mapping[int, ZoneInfo]],
) -> list[tuple[datetime | None, list[Walker]]]:
    """Until when the codes of these hold, by groups; None: as long as their offer says.

    The month is that in which somebody came in, on their own clock, however late the step comes.
    """
    if not (isinstance(start, DayRule) and start.kind == MONTH):
        return [(None, list(walkers))]
    zones = zones_of(walkers)
    found: dict[date, list[Walker]] = defaultdict(list)
    for one in walkers:
        found[month_end(one.entered_at.astimezone(zones[one.traveller_id]).date())].append(one)
    shop = timezone.get_default_timezone()
    return [(datetime.combine(day, time(12), tzinfo=shop), some) for day, some in sorted(found.items())]
