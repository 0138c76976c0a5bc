"""Coupons on the customer's page: what was given, and an exclusive discount of one's own."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.foundation import clock
from keepwell.outreach.coupons import labels, queries
from keepwell.web.coupons import words
from keepwell.web.panels import Panel

SHOWN = 6


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """The newest coupons, and the form to give one."""
    found = queries.of_customer(customer_id, now=clock.now(), limit=SHOWN)
    may_give = may_access(request.user, Permission.CHANGE_CUSTOMERS, customer_id)
    return {
        "coupons": [words.coupon(one) for one in found],
        "may_give": may_give,
        "kinds": list(labels.KIND.items()),
        "currencies": words.CURRENCIES,
        "currency": words.currency() if may_give else "",
        "occasion": secrets.token_hex(8),
    }


PANEL = Panel(
    "coupons", "keepwell/coupons/_panel.html", context, order=16, permission=Permission.VIEW_CUSTOMERS
)
