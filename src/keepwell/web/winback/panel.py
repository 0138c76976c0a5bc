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
from keepwell.plays.winback import access as winback_access
from keepwell.plays.winback import core, labels
from keepwell.plays.winback.queries import cases
from keepwell.web.panels import Panel
from keepwell.web.winback import forms, words

SHOWN = 3
ASKING = ("call_back", "visit", "fix_problem", "dedicated_contact", "custom_product")


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
        **_to_ask(request, case_id, measure.code),
    }


def _to_ask(request: HttpRequest, case_id: int, code: str) -> dict[str, Any]:
    """What to ask on a call or a visit, and note into the case at once; nothing on a page of others."""
    found = cases.get(case_id)
    may = code in ASKING and winback_access.may_access(request.user, Permission.CHANGE_TASKS, case_id)
    if found is None or not may or core.next_status(found.status, "diagnose") is None:
        return {}
    return forms.said_rows(found)


def _may_open(request: HttpRequest, customer_id: str) -> bool:
    try:
        access.access_new_task(request.user, customer_id)
    except PermissionDenied:
        return False
    return True


PANEL = Panel(
    "winback", "keepwell/winback/_panel.html", context, order=12, permission=Permission.VIEW_CUSTOMERS
)
