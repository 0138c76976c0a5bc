"""On the page of a VIP customer: that they come first and why, their contact, who is on duty."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers.labels import TRAIT
from keepwell.foundation import clock
from keepwell.outreach import users
from keepwell.outreach.vip import queries
from keepwell.web.panels import Panel


def context(_request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """What the panel shows; nothing of a customer who is no VIP."""
    if not queries.vips([customer_id]):
        return {}
    duty = queries.on_duty(now=clock.now())
    on_duty = users.names([duty]).get(duty, "") if duty else ""
    return {"vip": queries.rules(), "fast_for": fast_for(customer_id), "on_duty": on_duty}


def fast_for(customer_id: str) -> str:
    """For which special needs somebody is on the fast track, in words; "" where they are not."""
    codes = queries.fast_tracks([customer_id]).get(customer_id, ())
    return ", ".join(str(TRAIT["special_need"][code]) for code in codes)


PANEL = Panel("vip", "keepwell/_vip_panel.html", context, order=8, permission=Permission.VIEW_CUSTOMERS)
