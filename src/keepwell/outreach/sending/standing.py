"""How far a message has come with its customer: it only ever goes on, in whatever order one hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keepwell.history import services as history
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.reached import STATUS

SOURCE = "keepwell"
# Statuses of the fact `contacts`, each further than those before it.
ORDER = ("", *STATUS.values())


def further(present: str, told: str) -> str:
    """The later of the two.

    >>> further("clicked", "delivered"), further("sent", "opened")
    ('clicked', 'opened')
    """
    return max(present, told, key=ORDER.index)


def tell(moved: Iterable[tuple[Message, datetime, str]]) -> None:
    """Record where messages stand now, as facts: message, when, reason.

    The fact's time is that of what was told last: a status that comes a second time, after a scanner's click
    was taken back, must not equal the first, or history would take it for known.
    """
    facts = [("contacts", _fact(row, at, reason)) for row, at, reason in moved]
    history.record_many(facts=facts, source=SOURCE)


def _fact(row: Message, at: datetime, reason: str) -> dict[str, object]:
    return {
        "contact_id": row.message_id,
        "customer_id": row.customer_id,
        "at": at,
        "channel": row.channel,
        "play": row.play or None,
        "arm": row.arm or None,
        "propensity": row.propensity,
        "purpose": row.purpose,
        "content": row.content or None,
        "status": row.standing,
        "reason": reason or None,
    }
