"""Which scheduled backups to keep: a function of times, without a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Keep:
    """How many days, weeks and months keep their newest backup."""

    days: int = 7
    weeks: int = 4
    months: int = 6

    @classmethod
    def parse(cls, text: str) -> Keep:
        """Read "7,4,6"; raises ValueError. At least one backup is always kept.

        >>> Keep.parse("7,4,6")
        Keep(days=7, weeks=4, months=6)
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            raise ValueError(f"KEEPWELL_BACKUP_KEEP: {text!r} should look like 7,4,6 (days, weeks, months)")
        return cls(*map(int, parts))


def kept(taken: Sequence[datetime], keep: Keep) -> set[datetime]:
    """What to keep of `taken`: the newest of each of the last days, weeks and months that have one."""
    newest_first = sorted(taken, reverse=True)
    periods: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (keep.days, lambda at: at.date()),
        (keep.weeks, lambda at: at.isocalendar()[:2]),
        (keep.months, lambda at: (at.year, at.month)),
    )
    answer = set(newest_first[:1])
    for count, period in periods:
        seen: dict[object, datetime] = {}
        for at in newest_first:
            seen.setdefault(period(at), at)
        answer |= set(list(seen.values())[:count])
    return answer
