"""Cases on the customer's page and on a task's page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.outreach import access
from keepwell.outreach.contracts import TaskView
from keepwell.plays.winback import labels
from keepwell.plays.winback.queries import cases
from keepwell.web.panels import Panel
from keepwell.web.winback import words

SHOWN = 3


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The customer's cases, and whether one can be opened."""
    listed = cases.of_customer(customer_id, limit=SHOWN)
    has_open = any(one.is_open for one in listed)
    return {
        "cases": [
            {"one": one, "status": labels.STATUS[one.status], "causes": words.causes(one.causes)}
            for one in listed
        ],
        "can_open": not has_open
        and _may_open(request, customer_id)
        and insight.score(customer_id) is not None,
        "now": clock.now(),
    }


def of_task(request: HttpRequest, task: TaskView) -> dict[str, Any] | None:
    """What a task's page says of the case that it belongs to, or that could be opened."""
    if not task.customer_id:
        return None
    found = cases.measure_of_task(task.task_id)
    if found is None:
        open_now = cases.open_case_of(task.customer_id)
        can_open = open_now is None and task.is_active and _may_open(request, task.customer_id)
        rated = can_open and insight.score(task.customer_id) is not None
        return {"case_id": open_now.case_id if open_now else None, "can_open": rated, "task": task}
    case_id, measure = found
    return {
        "case_id": case_id,
        "measure": measure,
        "name": labels.MEASURE.get(measure.code, measure.code),
        "help": labels.MEASURE_HELP.get(measure.code, ""),
        "ended": measure.until is not None and measure.until < clock.now(),
        "can_open": False,
    }


def _may_open(request: HttpRequest, customer_id: str) -> bool:
    try:
        access.access_new_task(request.user, customer_id)
    except PermissionDenied:
        return False
    return True


PANEL = Panel(
    "winback", "keepwell/winback/_panel.html", context, order=12, permission=Permission.VIEW_CUSTOMERS
)
