"""How far a message has come with its customer: it only ever goes on, in whatever order one hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keepwell.history import services as history
from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.sending.models import Message

SOURCE = "keepwell"
# Statuses of the fact `contacts`, each further than those before it.
ORDER = (
    "", "sent", "delivered", "bounced", "opened", "clicked", "answered", "unsubscribed", "complained",
)  # fmt: skip
OF_RECEIPT = {
    ReceiptKind.ACCEPTED: "sent",
    ReceiptKind.DELIVERED: "delivered",
    ReceiptKind.FAILED: "bounced",
    ReceiptKind.OPENED: "opened",
    ReceiptKind.CLICKED: "clicked",
    ReceiptKind.REPLIED: "answered",
    ReceiptKind.UNSUBSCRIBED: "unsubscribed",
    ReceiptKind.COMPLAINED: "complained",
}


def further(present: str, told: str) -> str:
    """The later of the two.

    >>> further("clicked", "delivered"), further("sent", "opened")
    ('clicked', 'opened')
    """
    return max(present, told, key=ORDER.index)


def tell(moved: Iterable[tuple[Message, datetime, str]]) -> None:
    """Record where messages stand now, as facts: message, when, reason.

    The fact's time is when the message went, where it went: a click does not move the contact.
    """
    facts = [("contacts", _fact(row, at, reason)) for row, at, reason in moved]
    history.record_many(facts=facts, source=SOURCE)


def _fact(row: Message, at: datetime, reason: str) -> dict[str, object]:
    return {
        "contact_id": row.message_id,
        "customer_id": row.customer_id,
        "at": row.finished_at or at,
        "channel": row.channel,
        "purpose": row.purpose,
        "content": row.content or None,
        "status": row.standing,
        "reason": reason or None,
    }
