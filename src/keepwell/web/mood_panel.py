"""How the customer felt in what they wrote last, with the words that say so; reading it is in the audit."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.outreach.moods.access import PERMISSION
from keepwell.outreach.moods.contracts import ReadingView
from keepwell.outreach.moods.labels import FEELING
from keepwell.outreach.moods.queries import readings
from keepwell.outreach.questions.labels import ORIGIN
from keepwell.web import formats
from keepwell.web.panels import Panel

SHOWN = 5


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The newest readings, each with a way to correct it for whoever may."""
    found = readings.of_customer(customer_id, limit=SHOWN)
    if found:
        audit.log(
            actor=request.user.get_username(),
            action="customer.feelings.read",
            object_type="customer",
            object_id=customer_id,
            details={"count": len(found)},
        )
    return {
        "rows": [row(one) for one in found],
        "feelings": list(FEELING.items()),
        "may_correct": may_access(request.user, Permission.CHANGE_CUSTOMERS, customer_id),
        "now": clock.now(),
    }


def row(one: ReadingView) -> dict[str, Any]:
    """A reading as it is shown."""
    return {
        "one": one,
        "feeling": FEELING[one.feeling],
        "read_as": FEELING[one.read_as],
        "origin": ORIGIN.get(one.origin, one.origin),  # type: ignore[call-overload]
        "sure": formats.percent(one.confidence),
    }


PANEL = Panel("moods", "keepwell/moods/_panel.html", context, order=15, permission=PERMISSION)
