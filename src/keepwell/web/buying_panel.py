"""How far a customer is in buying: a place on the customer's page, filled in once the page is there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.web.panels import Panel


def context(_request: HttpRequest, _customer_id: str) -> dict[str, Any]:
    """Nothing yet: the facts are asked when the page is there."""
    return {}


PANEL = Panel(
    "buying_stage", "keepwell/_buying_panel.html", context, order=64, permission=Permission.VIEW_CUSTOMERS
)
