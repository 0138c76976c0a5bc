"""The part of the customer page about contacts, consents and holds."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.customers.identity import queries as identity
from keepwell.customers.labels import CHANNEL, HOLD, PURPOSE
from keepwell.customers.privacy import queries
from keepwell.customers.privacy.contracts import Channel, Purpose
from keepwell.foundation import clock
from keepwell.web.panels import Panel
from keepwell.web.privacy import words

HISTORY_SHOWN = 20


def context(request: HttpRequest, customer_id: str) -> dict[str, Any]:
    """What the panel shows, and what this user may do about it."""
    now = clock.now()
    consents = queries.consents(customer_id)

    def may(permission: Permission) -> bool:
        return may_access(request.user, permission, customer_id)

    holds = queries.holds(customer_id, now=now)
    return {
        "points": queries.contact_points(customer_id),
        "consents": [
            {
                "one": one,
                "channel": words.word(CHANNEL, one.channel),
                "purpose": words.word(PURPOSE, one.purpose),
            }
            for one in consents
        ],
        "changes": [
            {
                "one": one,
                "what": words.word(words.ACTION, one.action),
                "channel": words.word(CHANNEL, one.channel),
                "purpose": words.word(PURPOSE, one.purpose),
            }
            for one in queries.consent_history(customer_id, limit=HISTORY_SHOWN)
        ],
        "holds": [{"one": one, "kind": words.word(HOLD, one.kind)} for one in holds if one.is_active],
        "is_stopped": any(one.is_active and one.kind == "stop" for one in holds),
        "hold_kinds": [(kind, name) for kind, name in HOLD.items() if kind != "stop"],
        "channels": [(channel, CHANNEL[channel]) for channel in Channel],
        "purposes": [(purpose, PURPOSE[purpose]) for purpose in Purpose],
        "wordings": queries.wordings(),
        "candidates": identity.candidates_of(customer_id) if may(Permission.MERGE_CUSTOMERS) else [],
        "aliases": identity.alias_ids(customer_id),
        "may_unmask": may(Permission.UNMASK_CONTACTS),
        "may_consent": may(Permission.CHANGE_CONSENTS),
        "may_merge": may(Permission.MERGE_CUSTOMERS),
        "may_export": may(Permission.EXPORT_CUSTOMERS) and may(Permission.UNMASK_CONTACTS),
        "may_erase": may(Permission.ERASE_CUSTOMERS),
        "now": now,
    }


PANEL = Panel("privacy", "keepwell/_privacy_panel.html", context, 60, Permission.VIEW_CUSTOMERS)
