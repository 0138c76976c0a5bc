"""Messages as the contact policy sees them."""

from __future__ import annotations

from collections.abc import Iterable

from keepwell.outreach.content import queries as content
from keepwell.outreach.policy.contracts import Intent
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.wording import person_of

# Origin of messages that answer what a customer wrote.
ANSWERS = "first_reply:"


def of_messages(rows: Iterable[Message], *, on_visit: bool = False) -> dict[str, Intent]:
    """The intent of each message, by message."""
    found = list(rows)
    codes = {row.content for row in found if row.content}
    caring = content.caring(codes) if codes else set()
    return {
        row.message_id: Intent(
            intent_id=row.message_id,
            customer_id=row.customer_id,
            channel=row.channel,
            purpose=row.purpose,
            content=row.content,
            priority=row.priority,
            urgent=row.urgent,
            not_after=row.not_after,
            origin=row.origin,
            caring=row.content in caring,
            on_visit=on_visit,
            answering=row.origin.startswith(ANSWERS),
            reader=str(person_of(row.body) or ""),
        )
        for row in found
    }
