"""What suits a customer, on the customer's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.web.panels import Panel
from keepwell.web.recommended_words import suited


def context(_request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """Products with their reasons."""
    return {"suits": suited(customer_id)}


PANEL = Panel(
    "recommended", "keepwell/_recommended_panel.html", context, order=62, permission=Permission.VIEW_CUSTOMERS
)
