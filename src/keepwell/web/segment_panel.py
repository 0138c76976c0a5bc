"""The customer page's panel: the segments that a customer is in, and why."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.insight.segments import queries
from keepwell.web.panels import Panel

MOVEMENTS = 5


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """Segments of the customer that this user may see, and those left lately."""
    if not accounts.may(request.user, Permission.VIEW_SEGMENTS):
        return {"segments": None}
    inside = queries.of_customer(customer_id, request.user)
    known = {one.segment_id: one for one in queries.segments(request.user)}
    here = {one.segment_id for one in inside}
    left = [
        (known[one.segment_id], one)
        for one in queries.movements(customer_id=customer_id, limit=4 * MOVEMENTS)
        if not one.entered and one.segment_id in known and one.segment_id not in here
    ]
    return {
        "segments": inside,
        "machine_made": [one for one in inside if one.is_machine_made],
        "hand_made": [one for one in inside if not one.is_machine_made],
        "segments_left": list({segment.segment_id: (segment, move) for segment, move in left}.values())[
            :MOVEMENTS
        ],
        "other_segments": [one for one in known.values() if one.segment_id not in here],
    }


PANEL = Panel(
    name="segments",
    template="keepwell/_segment_panel.html",
    context=context,
    order=60,
    permission=Permission.VIEW_CUSTOMERS,
)
