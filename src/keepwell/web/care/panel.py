"""Care on the customer's page and on a task's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.foundation import clock
from keepwell.outreach.contracts import TaskView
from keepwell.plays.care import labels
from keepwell.plays.care.queries import advice, catalogue, plans
from keepwell.web.care import words
from keepwell.web.panels import Panel

SHOWN = 3
GIFTS_SHOWN = 3


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The next acts, the last one, and how the customer is served."""
    acts = plans.acts_of(customer_id)
    today = timezone.localdate(clock.now())
    gifts = catalogue.gift_names()
    coming = sorted((one for one in acts if one.is_open), key=lambda one: one.due_on)[:SHOWN]
    done = [one for one in acts if not one.is_open][:1]
    return {
        "plan": plans.plan_of(customer_id),
        "coming": [words.act_row(one, today, gifts, {}) for one in coming],
        "done": [words.act_row(one, today, gifts, {}) for one in done],
        "hints": [str(labels.HINT[code]) for code in advice.service_hints(customer_id)],
        "may_act": may_access(request.user, Permission.CHANGE_TASKS, customer_id),
    }


def of_task(request: HttpRequest, task: TaskView) -> dict[str, Any] | None:
    """What a task's page says of the act that it carries out, and how the customer is served."""
    if not task.customer_id or not may_access(request.user, Permission.VIEW_CUSTOMERS, task.customer_id):
        return None
    found = plans.act_of_task(task.task_id)
    hints = [str(labels.HINT[code]) for code in advice.service_hints(task.customer_id)]
    if found is None:
        return {"hints": hints} if hints else None
    today = timezone.localdate(clock.now())
    gifts = catalogue.gift_names()
    wanted = found.act == "gift" and found.is_open
    return {
        "act": words.act_row(found, today, gifts, {}),
        "gifts": advice.gifts(task.customer_id, today=today, but=found.act_id) if wanted else None,
        "hints": hints,
    }


PANEL = Panel("care", "keepwell/care/_panel.html", context, order=14, permission=Permission.VIEW_CUSTOMERS)
