"""What the contact policy says on the page of a task, and how the customer is reached once it is begun."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.customers.privacy import queries as privacy
from keepwell.outreach import users
from keepwell.outreach.contracts import Kind, TaskView
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import words
from keepwell.outreach.queries import contacting

# Which contact data a channel needs.
POINTS = {
    "phone": ("phone",),
    "sms": ("phone",),
    "email": ("email",),
    "post": ("address",),
    "parcel": ("address",),
}


def context(request: HttpRequest, task: TaskView, now: datetime) -> dict[str, Any] | None:
    """What `_task_contact.html` shows; None for tasks that reach nobody or are over."""
    found = contacting.standing(task.task_id, now=now)
    if found is None:
        return None
    verdict, begun = found.verdict, found.begun
    local = policy.clock_of(task.customer_id, now=now)
    user: Any = request.user
    zone = users.zone_of(user)
    may_see = may_access(request.user, Permission.VIEW_CUSTOMERS, task.customer_id)
    may_unmask = may_access(request.user, Permission.UNMASK_CONTACTS, task.customer_id)
    elsewhere = local is not None and local.utcoffset() != now.astimezone(zone).utcoffset()
    return {
        "state": "begun" if begun and verdict else str(verdict.decision),
        "why": words.sentence(verdict.cause, verdict.figures),
        "until": verdict.until,
        "until_form": verdict.until.isoformat() if verdict.until else "",
        "clock": time_format(local) if local is not None and elsewhere else "",
        "begin": _begin(task.kind),
        "begun_at": begun.decided_at if begun else None,
        "begun_by": begun.actor if begun else "",
        "points": _points(task) if begun and verdict and may_unmask else [],
        "may_unmask": may_unmask,
        "needed_for": _("Task %(number)s") % {"number": task.task_id},
        "link": reverse("customer_contacts", args=[task.customer_id]) if may_see else "",
    }


def _points(task: TaskView) -> list[Any]:
    wanted = POINTS.get(task.channel)
    points = privacy.contact_points(task.customer_id)
    return [point for point in points if wanted is None or point.kind in wanted]


def _begin(kind: str) -> str:
    if kind == Kind.CALL:
        return _("Call now")
    if kind == Kind.VISIT:
        return _("Begin the visit")
    return _("Write now") if kind == Kind.MESSAGE else _("Get in touch now")
