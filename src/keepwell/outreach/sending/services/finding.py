"""Look up at the provider what became of attempts whose answer was lost, where it can be asked about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.outreach.channels.contracts import Envelope, Fate, Provider, Reply
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending import recalling, standing
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.models import ChannelAccount, Message
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.sending.places import places_of
from keepwell.outreach.sending.services import windows

# What was taken a moment ago may not be in the provider's list yet; what is not there then was not taken.
FIND_AFTER = timedelta(minutes=10)
REF_MAX = 120


def find(*, provider: Provider, account: ChannelAccount, rows: Sequence[Message], now: datetime) -> int:
    """Ask about each of these messages of unknown fate; how many are settled.

    One that was not taken goes again, one that nobody can tell of stays as it is. Raises ChannelDownError.
    """
    if provider.find is None:
        return 0
    old = [row for row in rows if row.begun_at is not None and row.begun_at <= now - FIND_AFTER]
    known = places_of(old, contract=provider.contract, now=now)
    settings, make, settled = opened(account), Maker(), 0
    for row in old:
        place = known.get(row.message_id)
        envelope = _envelope(row, place.address if place else "", make)
        if envelope is None or row.begun_at is None:
            continue
        reply = provider.find(settings, envelope, row.begun_at)
        settled += reply is not None and _settle(row.pk, reply, now)
    return settled


def _envelope(row: Message, to: str, make: Maker) -> Envelope | None:
    """What had been handed over; None where that cannot be said any more."""
    try:
        words = make(row).draft
    except (ContentError, legal.NotReadyError):
        return None
    if not to:
        return None
    return Envelope(
        message_id=row.message_id,
        to=to,
        purpose=row.purpose,
        subject=words.subject,
        text=words.text,
        html=words.html,
        template=words.template,
        values=words.values,
    )


def _settle(key: int, reply: Reply, now: datetime) -> bool:
    """Write what was found; whether the message was still of unknown fate."""
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(pk=key, status=Status.UNKNOWN).first()
        if row is None:
            return False
        row.reason = ""
        if reply.fate is Fate.LATER:
            row.status, row.due_at = Status.WAITING, now
            recalling.heed(row, now)
            policy.take_back(intent_ids=[row.message_id], now=now)
            windows.give_back(message_ids=[row.message_id])
        else:
            row.provider_ref = reply.provider_ref[:REF_MAX] or row.provider_ref
            row.status = Status.HANDED if reply.fate is Fate.HANDED else Status.SENT
            if row.status == Status.SENT:
                row.finished_at, row.standing = row.begun_at or now, standing.further(row.standing, "sent")
                standing.tell([(row, now, "")])
        row.save(update_fields=["status", "reason", "due_at", "provider_ref", "finished_at", "standing"])
    return True
