"""The tasks of a customer on the customer's page."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.outreach.queries import tasks
from keepwell.web import today as lines
from keepwell.web import undoing
from keepwell.web.panels import Panel
from keepwell.web.views.today import add_form

SHOWN = 10


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """Open tasks, the last that came of one, and what a new one needs."""
    now = clock.now()
    user = cast(Any, request.user)
    last = tasks.of_customer(customer_id, active=False, limit=1)
    open_now = tasks.of_customer(customer_id, active=True, limit=SHOWN)
    return {
        "lines": [lines.task_line(one, now) for one in open_now],
        "last": last[0] if last else None,
        "may_act": access.may(user, Permission.CHANGE_TASKS),
        "form": add_form(user, now, users.zone_of(user)),
        "add_customer": customer_id,
        "undo": undoing.offered(request, now),
        "now": now,
    }


PANEL = Panel("tasks", "keepwell/_task_panel.html", context, order=10, permission=Permission.VIEW_TASKS)
