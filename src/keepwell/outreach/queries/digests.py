"""What the daily message says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.outreach import core, users
from keepwell.outreach.contracts import Digest
from keepwell.outreach.models import DigestMessage, NotificationChoice
from keepwell.outreach.queries import notices, tasks

TASKS_SHOWN = 15


def due(now: datetime) -> Iterator[Digest]:
    """The daily messages whose hour has come where the reader is, and that have not been finished."""
    for row in NotificationChoice.objects.filter(digest=True, user__is_active=True).select_related("user"):
        local = now.astimezone(users.zone_of(row.user))
        if not row.user.email or local.weekday() not in row.digest_days or local.hour < row.digest_hour:
            continue
        finished = DigestMessage.objects.filter(user=row.user_id, day=local.date()).exclude(finished_at=None)
        if finished.exists() or not access.may(row.user, Permission.VIEW_TASKS):
            continue
        yield compose(row.user_id, now)


def compose(user_id: int, now: datetime) -> Digest:
    """One user's message of now; raises LookupError where there is no such user."""
    user = users.get(user_id)
    if user is None:
        raise LookupError(user_id)
    zone = users.zone_of(user)
    day = now.astimezone(zone).date()
    page = tasks.due(assignee_id=user_id, until=core.end_of(day, zone), limit=tasks.PAGE_MAX)
    overdue = [one for one in page.rows if one.at is not None and one.at < now]
    return Digest(
        user_id=user_id,
        email=user.email,
        name=users.name_of(user),
        language=user.language,
        day=day,
        tasks=page.rows[:TASKS_SHOWN],
        total=page.total,
        overdue=len(overdue),
        at_stake=sum((one.at_stake or Decimal(0) for one in page.rows), Decimal(0)),
        currency=next((one.currency for one in page.rows if one.currency), ""),
        notices=tuple(one for one in notices.newest(user_id, limit=20) if one.read_at is None),
    )
