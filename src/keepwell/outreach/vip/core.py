"""Working hours, duty and due times as functions of values: no Django, no clock, no store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from keepwell.outreach.vip.contracts import Gap, VipRules


def at_work(at: datetime, rules: VipRules, zone: ZoneInfo) -> bool:
    """Whether `at` is in the working hours on the shop's clock.

    >>> monday = datetime(2026, 11, 23, 4, tzinfo=UTC)  # noon in Shanghai
    >>> at_work(monday, VipRules(), ZoneInfo("Asia/Shanghai"))
    True
    """
    local = at.astimezone(zone)
    return local.weekday() in rules.work_days and rules.work_from <= local.time() < rules.work_until


def nights(rules: VipRules, zone: ZoneInfo, *, since: datetime, days: int) -> Iterator[Gap]:
    """The times outside the working hours from `since` on, for so many days."""
    end = since + timedelta(days=days)
    cursor = since
    first = since.astimezone(zone).date()
    for day in (first + timedelta(days=number) for number in range(days + 2)):
        if day.weekday() not in rules.work_days:
            continue
        opens = datetime.combine(day, rules.work_from, tzinfo=zone).astimezone(UTC)
        closes = datetime.combine(day, rules.work_until, tzinfo=zone).astimezone(UTC)
        if closes <= cursor:
            continue
        if opens > cursor and cursor < end:
            yield Gap(cursor, min(opens, end))
        cursor = max(cursor, closes)
    if cursor < end:
        yield Gap(cursor, end)


def uncovered(times: Sequence[Gap], shifts: Sequence[tuple[datetime, datetime]]) -> list[Gap]:
    """The parts of `times` in which nobody of `shifts` (from, until) is on duty."""
    found = []
    for one in times:
        cursor = one.starts_at
        for begins, ends in sorted(shifts):
            if ends <= cursor or begins >= one.ends_at:
                continue
            if begins > cursor:
                found.append(Gap(cursor, begins))
            cursor = max(cursor, ends)
        if cursor < one.ends_at:
            found.append(Gap(cursor, one.ends_at))
    return found


def due(asked: datetime | None, *, hours: int, now: datetime) -> datetime:
    """When something is due for a VIP customer: within `hours`, sooner where it was due sooner."""
    latest = now + timedelta(hours=hours)
    return min(asked, latest) if asked is not None else latest


def is_guided(rules: VipRules, *, needs: Collection[str], birth_on: date | None, today: date) -> bool:
    """Whether somebody with these needs, born then, is shown large, simple pages that say what to do.

    >>> is_guided(VipRules(), needs=(), birth_on=date(1961, 11, 23), today=date(2026, 11, 23))
    True
    """
    if not set(rules.guided_needs).isdisjoint(needs):
        return True
    if rules.guided_age is None or birth_on is None:
        return False
    years = today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))
    return years >= rules.guided_age
