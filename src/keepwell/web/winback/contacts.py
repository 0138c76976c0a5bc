"""Every contact since a case was opened: by whom, what came of it, what the customer answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.customers.labels import CHANNEL
from keepwell.outreach import labels as task_labels
from keepwell.outreach.contracts import Status as TaskStatus
from keepwell.outreach.queries import tasks
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.labels import MESSAGE_STATUS, STANDING
from keepwell.plays.winback.contracts import CaseView
from keepwell.web import written_panel

READ = 50
SHOWN = 20
# What waits or was withheld is no contact; messages of the other channels become tasks.
WENT = (Status.SENDING, Status.HANDED, Status.SENT, Status.FAILED, Status.UNKNOWN)
DONE_BY_PEOPLE = ("phone", "visit", "store", "post", "parcel")


def rows(request: HttpRequest, found: CaseView) -> list[dict[str, Any]]:
    """The newest first: tasks that are done, messages, and what the customer wrote (WIN-10).

    The customer's own words are shown to those who may read them, and the audit says who did.
    """
    customer_id, since = found.line.customer_id, found.line.opened_at
    listed = [*_tasks(found), *_messages(customer_id, since)]
    if may_access(request.user, Permission.VIEW_SENSITIVE_NOTES, customer_id):
        wrote = _written(customer_id, since)
        written_panel.note_read(request, customer_id, len(wrote))
        listed += wrote
    return sorted(listed, key=lambda one: one["at"], reverse=True)[:SHOWN]


def _tasks(found: CaseView) -> list[dict[str, Any]]:
    mine = {one.task_id for one in found.measures}
    since = found.line.opened_at
    return [
        {
            "task_id": one.task_id,
            "outcome": str(task_labels.OUTCOME.get(one.outcome, one.outcome)),
            "channel": str(task_labels.CHANNEL.get(one.channel, one.channel)),
            "by": one.finished_by,
            "at": one.finished_at or one.created_at,
            "said": " · ".join(part for part in (one.need, one.dissatisfaction, one.solution) if part),
        }
        for one in tasks.of_customer(found.line.customer_id, active=False, limit=READ)
        if one.status == TaskStatus.DONE
        and (one.task_id in mine or (one.finished_at is not None and one.finished_at >= since))
    ]


def _messages(customer_id: str, since: datetime) -> list[dict[str, Any]]:
    """What was written to them, and how far it came; what a colleague is to do stands among the tasks."""
    return [
        {
            "outcome": str(STANDING[one.standing] if one.standing else MESSAGE_STATUS[one.status]),
            "channel": str(CHANNEL.get(one.channel, one.channel)),
            "at": one.finished_at or one.created_at,
            "said": one.subject,
        }
        for one in sending.of_customer(customer_id, limit=READ)
        if one.created_at >= since and one.status in WENT and one.channel not in DONE_BY_PEOPLE
    ]


def _written(customer_id: str, since: datetime) -> list[dict[str, Any]]:
    return [
        {
            "outcome": _("What the customer wrote"),
            "channel": str(CHANNEL.get(one.channel, one.channel)),
            "at": one.at,
            "said": one.text,
        }
        for one in sending.written(customer_id, limit=READ)
        if one.at >= since
    ]
