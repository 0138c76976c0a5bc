"""On the page of a VIP customer: that they come first, their contact by day and night, who is on duty."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.outreach.vip import queries
from keepwell.web.panels import Panel


def context(_request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """What the panel shows; nothing of a customer who is no VIP."""
    if not queries.vips([customer_id]):
        return {}
    duty = queries.on_duty(now=clock.now())
    return {"vip": queries.rules(), "on_duty": users.names([duty]).get(duty, "") if duty else ""}


PANEL = Panel("vip", "keepwell/_vip_panel.html", context, order=8, permission=Permission.VIEW_CUSTOMERS)
