"""The last contacts that were meant for a customer, on the customer's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach.policy import queries
from keepwell.web.panels import Panel
from keepwell.web.views.contacts import shown

SHOWN = 3


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The newest few; the page of contacts has the rest."""
    return {
        "rows": [shown(one) for one in queries.contacts(customer_id, limit=SHOWN)],
        "now": clock.now(),
    }


PANEL = Panel(
    "contacts", "keepwell/_contact_panel.html", context, order=65, permission=Permission.VIEW_CUSTOMERS
)
