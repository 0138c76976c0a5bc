"""A user's calendar feed (RFC 5545): tasks by number of customer, names only where the user chose so."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import icalendar
from django.db.models import Q
from django.utils import translation

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.outreach import core, labels, users
from keepwell.outreach.contracts import FeedView, TaskView
from keepwell.outreach.models import CalendarFeed, Task
from keepwell.outreach.views import task_views

PAST = timedelta(days=30)
FUTURE = timedelta(days=180)
LENGTH = timedelta(minutes=30)
EVENTS_MAX = 1_000


def fingerprint(secret: str) -> str:
    """What is kept of a secret; it is long and random, so one plain hash will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def feed_of(user_id: int) -> FeedView | None:
    """A user's feed without its secret, or None."""
    row = CalendarFeed.objects.filter(user=user_id).first()
    return FeedView(row.created_at, row.with_names, row.last_read_at) if row else None


def user_by_secret(secret: str) -> int | None:
    """Whose feed has this secret; None where there is none or the user may not do tasks any more."""
    row = CalendarFeed.objects.filter(token_hash=fingerprint(secret)).select_related("user").first()
    if row is None or not access.may(row.user, Permission.VIEW_TASKS):
        return None
    return row.user_id


def calendar(*, user_id: int, now: datetime, host: str) -> bytes:
    """The feed's iCalendar document in the user's language; `host` makes the events' ids their own."""
    row = CalendarFeed.objects.select_related("user").get(user=user_id)
    planned = Q(planned_at__gte=now - PAST, planned_at__lt=now + FUTURE)
    by_due = Q(planned_at=None, due_at__gte=now - PAST, due_at__lt=now + FUTURE)
    rows = Task.objects.filter(planned | by_due, assignee=user_id, status__in=core.ACTIVE)
    tasks = task_views(rows.order_by("id")[:EVENTS_MAX])
    names = _names(row, tasks)
    with translation.override(row.user.language or translation.get_language() or "en"):
        document: Any = icalendar.Calendar()
        document.add("prodid", "-//Keepwell//Tasks//EN")
        document.add("version", "2.0")
        document.add("x-wr-calname", "Keepwell")
        document.add("refresh-interval;value=duration", "PT15M")
        for task in tasks:
            document.add_component(_event(task, names.get(task.customer_id, ""), now, host, row.user_id))
    return bytes(document.to_ical())


def _names(row: CalendarFeed, tasks: tuple[TaskView, ...]) -> dict[str, str]:
    """Names, where the user chose so, of those customers whom the user may see now."""
    if not row.with_names:
        return {}
    numbers = {task.customer_id for task in tasks} - {""}
    owners = access.owners_within(row.user, Permission.VIEW_CUSTOMERS)
    if owners is not None:
        known = customers.owners_of(numbers)
        numbers = {number for number in numbers if known.get(number) in owners}
    return customers.names(numbers)


def _event(task: TaskView, name: str, now: datetime, host: str, user_id: int) -> icalendar.Event:
    event = icalendar.Event()
    who = " ".join(part for part in (name, task.customer_id) if part)
    kind = str(labels.KIND[task.kind])
    event.add("uid", f"task-{task.task_id}@{host}")
    event.add("dtstamp", now)
    event.add("summary", f"{kind} · {who}" if who else kind)
    if task.planned_at is not None:
        event.add("dtstart", task.planned_at)
        event.add("dtend", task.planned_at + LENGTH)
    elif task.due_at is not None:
        day = task.due_at.astimezone(users.zone_of(users.get(user_id))).date()
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    return event
