"""Questions and feedback on the customer's page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach import access as outreach_access
from keepwell.outreach import users
from keepwell.outreach.questions import access
from keepwell.outreach.questions.queries import feedback, questions
from keepwell.web.panels import Panel
from keepwell.web.questions import words

SHOWN = 3


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The customer's questions and feedback of late, without words; whether one can be written down."""
    now, teams = clock.now(), users.teams()
    return {
        "questions": [
            words.line(one, {}, teams, now) for one in questions.of_customer(customer_id, limit=SHOWN)
        ],
        "feedback": [
            words.feedback_line(one, {}, teams, now)
            for one in feedback.of_customer(customer_id, limit=SHOWN)
            if one.question_id is None
        ],
        "can_ask": _may(request, customer_id),
        "now": now,
    }


def of_task(request: HttpRequest, task_id: int) -> int | None:
    """The question that a lead's task speaks of, for whom it is within reach."""
    number = questions.of_task(task_id)
    if number is None or not access.may_access_question(request.user, Permission.VIEW_TASKS, number):
        return None
    return number


def _may(request: HttpRequest, customer_id: str) -> bool:
    try:
        outreach_access.access_new_task(request.user, customer_id)
    except PermissionDenied:
        return False
    return True


PANEL = Panel(
    "questions", "keepwell/questions/_panel.html", context, order=11, permission=Permission.VIEW_CUSTOMERS
)
