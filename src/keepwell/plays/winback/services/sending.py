"""Measures without a person: messages in the queue, whose sending the contact policy decides."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from keepwell.outreach.content import services as content
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.contracts import Channel
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.contracts import Status as MessageStatus
from keepwell.outreach.sending.services import queueing
from keepwell.plays.winback import defaults, facts
from keepwell.plays.winback.contracts import MeasureStatus
from keepwell.plays.winback.models import Case, Measure

# Which ready-made text says a measure on a channel.
TEMPLATES = {"sms": "win_back_sms", "email": "win_back_email"}
GONE = (MessageStatus.WITHHELD, MessageStatus.FAILED, MessageStatus.TAKEN_BACK)


def queue(case: Case, row: Measure, *, actor: str, now: datetime) -> bool:
    """Queue the message of a measure; False where there are no words for it that can be filled in.

    It is not sent after the offer's end: the queue itself drops it then.
    """
    kind = defaults.MEASURES[row.code]
    template = TEMPLATES.get(kind.channel or "", "")
    key = f"case:{case.pk}:{row.pk}"
    if not template or (kind.channel == Channel.EMAIL and not settings.KEEPWELL_URL):
        return False  # an e-mail without an address to end them must not go
    ending = {"message.unsubscribe_url": address_to_end(queueing.message_id(key))}
    try:
        made = content.render(template_code=template, customer_id=case.customer_id, now=now, extra=ending)
    except ContentError:
        return False
    draft = Draft(
        key=key,
        customer_id=case.customer_id,
        channel=str(kind.channel),
        purpose="marketing",
        subject=made.subject,
        text=made.text,
        html=made.html,
        language=made.language,
        content=template,
        not_after=row.until or case.until,
        origin=f"case:{case.pk}",
    )
    queueing.queue(drafts=[draft], actor=actor, now=now)
    row.message_id, row.status = queueing.message_id(key), MeasureStatus.RUNNING
    row.save(update_fields=["message_id", "status"])
    return True


def address_to_end(message_id: str) -> str:
    """Where whoever got a message says that they want no more."""
    return f"{settings.KEEPWELL_URL.rstrip('/')}/u/{message_id}"


def follow(case: Case, row: Measure, *, now: datetime) -> MeasureStatus | None:
    """What became of the message of a measure: done, dropped, or None while it waits."""
    found = messages.message(row.message_id)
    if found is None or found.status in GONE:
        return MeasureStatus.DROPPED
    if found.status is not MessageStatus.SENT:
        return None
    row.promised_at = found.finished_at or now
    if row.cost:
        facts.cost(case, row, row.cost, now)
    return MeasureStatus.DONE


def take_back(rows: list[Measure], *, actor: str, now: datetime) -> None:
    """Take the messages of these measures out of the queue, where they have not gone yet."""
    names = [row.message_id for row in rows if row.message_id]
    if names:
        queueing.take_back(message_ids=names, actor=actor, now=now)
