"""Mails that came to the shop and that no person wrote: what they tell of messages of ours is kept."""

from __future__ import annotations

from datetime import datetime

from keepwell.outreach.channels.email import bounces
from keepwell.outreach.contracts import Returned
from keepwell.outreach.sending.services import receiving


def take(*, content: bytes, came_at: datetime, now: datetime) -> Returned | None:
    """Keep what a mail tells of a message of ours, once; None where a person wrote it.

    A report that arrives twice, or beside the same one of a provider's, changes nothing.
    """
    notice = bounces.read(content, came_at=min(came_at, now))
    if notice is None:
        return None
    if notice.receipt is None:
        return Returned.AUTOMATIC
    receiving.note(receipts=[notice.receipt], account_id=None, now=now)
    return Returned.TOLD


def is_by_machine(content: bytes) -> bool:
    """Whether a program wrote a mail, or sent it to many: nobody waits for an answer (RFC 3834)."""
    return bounces.is_by_machine(content)
