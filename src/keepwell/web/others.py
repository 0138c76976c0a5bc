"""What else the day brings: what rooms below keep for somebody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.web.today import Line


def other_lines(
    user: Any, now: datetime, zone: ZoneInfo, *, since: date | None = None, until: date | None = None
) -> list[Line]:
    """Promises due, handovers and approvals waiting, days to remember; of today or of a period."""
    return []
