"""The lines of the day's list: tasks, promises, handovers, approvals and days to remember, in one order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight import reasons
from keepwell.outreach import core, labels
from keepwell.outreach.contracts import TaskView
from keepwell.outreach.policy import words as policy_words
from keepwell.outreach.policy.contracts import Verdict
from keepwell.outreach.queries import contacting
from keepwell.outreach.vip import queries as vip

ICONS = {
    "call": "call",
    "visit": "directions_walk",
    "message": "edit_note",
    "follow_up": "reply",
    "approval": "approval",
    "other": "task_alt",
    "promise": "handshake",
    "handover": "move_down",
    "birthday": "cake",
    "date": "event",
    "question": "contact_support",
}
WHY_SHOWN = 2


@dataclass(frozen=True)
class Line:
    """One line of the list. What is no task has a link to where it is done."""

    kind: str
    kind_name: str
    icon: str
    title: str
    customer_id: str
    link: str
    at_stake: Decimal | None = None
    currency: str = ""
    at: datetime | None = None
    on: date | None = None
    overdue: bool = False
    why: tuple[str, ...] = ()
    task: TaskView | None = None
    name: str = ""
    outcomes: tuple[tuple[str, str], ...] = ()
    barred: str = ""  # why the customer may not be contacted now
    barred_why: str = ""
    form: str = ""  # a small template that does what is to be done
    subject: Any = None
    key: str = ""
    is_vip: bool = False
    is_fast: bool = False  # comes first for a special need, not by value

    @property
    def order(self) -> tuple[Any, ...]:
        """VIP customers first, then most at stake; then what is due first."""
        stake = self.at_stake if self.at_stake is not None else Decimal(-1)
        due = self.at.timestamp() if self.at else float("inf")
        return (not self.is_vip, -stake, due, self.kind, self.customer_id)


def task_line(task: TaskView, now: datetime) -> Line:
    """The line of a task."""
    due = task.planned_at or task.due_at
    return Line(
        kind=task.kind,
        kind_name=str(labels.KIND[task.kind]),
        icon=ICONS[task.kind],
        title=task_title(task),
        customer_id=task.customer_id,
        link=reverse("task", args=[task.task_id]),
        at_stake=task.at_stake,
        currency=task.currency,
        at=due,
        overdue=task.is_active and due is not None and due < now,
        why=tuple(reasons.text(one) for one in task.reasons[:WHY_SHOWN]),
        task=task,
        is_vip=task.is_vip,
        outcomes=tuple((str(code), str(labels.OUTCOME[code])) for code in core.outcomes(task.kind)),
    )


def task_title(task: TaskView) -> str:
    """What is to be done: as somebody wrote it, else in the words of its kind."""
    if task.title:
        return task.title
    if task.alert_id is not None and task.attempt > 1:
        return _("Newly at risk: try number %(attempt)s") % {"attempt": task.attempt}
    if task.alert_id is not None and task.kind != "follow_up":
        return _("Newly at risk: get in touch")
    return str(labels.KIND[task.kind])


def valued(lines: Sequence[Line]) -> list[Line]:
    """The lines with what is at stake of their customers, where they do not say themselves."""
    wanted = {line.customer_id for line in lines if line.customer_id and line.at_stake is None}
    known = insight.scores_of(wanted) if wanted else {}
    first = vip.vips({line.customer_id for line in lines if not line.task})
    lines = fast([replace(line, is_vip=line.is_vip or line.customer_id in first) for line in lines])
    return [
        replace(
            line,
            at_stake=known[line.customer_id].expected_loss,
            currency=known[line.customer_id].currency,
        )
        if line.at_stake is None and line.customer_id in known
        else line
        for line in lines
    ]


def fast(lines: Sequence[Line]) -> list[Line]:
    """The lines with which of them come first for a special need alone."""
    known = vip.fast_tracks({line.customer_id for line in lines if line.is_vip})
    return [replace(line, is_fast=line.is_vip and line.customer_id in known) for line in lines]


def barred(lines: Sequence[Line], now: datetime, zone: ZoneInfo) -> list[Line]:
    """The lines with what the contact policy has against getting in touch now."""
    found = contacting.verdicts([line.task.task_id for line in lines if line.task], now=now)
    said = {task_id: verdict for task_id, verdict in found.items() if not verdict}
    return [
        replace(
            line,
            barred=not_now(said[line.task.task_id], zone),
            barred_why=policy_words.sentence(said[line.task.task_id].cause, said[line.task.task_id].figures),
        )
        if line.task and line.task.task_id in said
        else line
        for line in lines
    ]


def not_now(verdict: Verdict, zone: ZoneInfo) -> str:
    """In two or three words that a customer may not be contacted now, and from when on."""
    if verdict.until is None:
        return _("do not contact")
    moment = date_format(verdict.until.astimezone(zone), "SHORT_DATETIME_FORMAT")
    return _("not before %(moment)s") % {"moment": moment}


def named(user: Account, lines: Iterable[Line]) -> list[Line]:
    """The lines with the names of those customers that `user` may see."""
    listed = list(lines)
    names = visible_names(user, {line.customer_id for line in listed} - {""})
    return [replace(line, name=names.get(line.customer_id, "")) for line in listed]


def visible_names(user: Account, customer_ids: Iterable[str]) -> dict[str, str]:
    """Names of those customers that `user` may see."""
    wanted = set(customer_ids)
    owners = access.owners_within(user, Permission.VIEW_CUSTOMERS)
    if owners is not None:
        known = customers.owners_of(wanted)
        wanted = {customer_id for customer_id in wanted if known.get(customer_id) in owners}
    return customers.names(wanted) if wanted else {}


def later(now: datetime, zone: Any) -> list[tuple[str, str]]:
    """The usual days to postpone to: label and local ISO date-time."""
    morning = core.tomorrow_morning(now, zone)
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=7 - today.weekday())
    days = [
        (_("Next working day"), morning.date()),
        (_("In three working days"), core.working_day(today, 3)),
        (_("Monday next week"), monday),
    ]
    seen: dict[date, str] = {}
    for name, day in days:
        seen.setdefault(day, name)
    return [(name, f"{day.isoformat()}T09:00") for day, name in seen.items()]
