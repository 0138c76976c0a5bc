"""What the customer wrote, on the customer's page; whoever reads it is in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import CHANNEL
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.firstreply.queries import enquiries
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import Written
from keepwell.web.panels import Panel

SHOWN = 5


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The newest words by channel, and when."""
    return _read(request, customer_id, sending.written(customer_id, limit=SHOWN))


def of_task(request: HttpRequest, customer_id: str, task_id: int) -> dict[str, Any]:
    """What the customer wrote whom a task is to answer: whoever has the task must know it to do it."""
    return _read(request, customer_id, enquiries.written(customer_id, task_id))


def note_read(request: HttpRequest, customer_id: str, count: int) -> None:
    """Put it on record that somebody read so many texts of a customer; nothing where there were none."""
    if count:
        audit.log(
            actor=request.user.get_username(),
            action="customer.written.read",
            object_type="customer",
            object_id=customer_id,
            details={"count": count},
        )


def _read(request: HttpRequest, customer_id: str, found: Sequence[Written]) -> dict[str, Any]:
    note_read(request, customer_id, len(found))
    rows = [{"one": one, "channel": CHANNEL.get(one.channel, one.channel)} for one in found]
    return {"rows": rows, "now": clock.now()}


PANEL = Panel(
    "written", "keepwell/_written_panel.html", context, order=14, permission=Permission.VIEW_SENSITIVE_NOTES
)
