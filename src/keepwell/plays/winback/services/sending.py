"""Measures without a person: messages in the queue, whose sending the contact policy decides."""

from __future__ import annotations

from datetime import datetime

from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.contracts import Status as MessageStatus
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.recipes import words
from keepwell.outreach.sending.services import queueing
from keepwell.plays.winback import defaults, facts
from keepwell.plays.winback.contracts import MeasureStatus
from keepwell.plays.winback.models import Case, Measure

# Which ready-made text says a measure on a channel.
TEMPLATES = {"sms": "win_back_sms", "email": "win_back_email"}
# Measures that say something of their own, and what that is for.
OWN_WORDS = {"loss_survey": ("loss_survey_email", "survey")}
GONE = (MessageStatus.WITHHELD, MessageStatus.FAILED, MessageStatus.TAKEN_BACK)


def queue(case: Case, row: Measure, *, actor: str, now: datetime) -> bool:
    """Queue the message of a measure; False where there are no words for it that can be filled in.

    It is not sent after the offer's end: the queue itself drops it then.
    """
    kind = defaults.MEASURES[row.code]
    template, purpose = OWN_WORDS.get(row.code, (TEMPLATES.get(kind.channel or "", ""), "marketing"))
    key = f"case:{case.pk}:{row.pk}"
    said = words(template, [case.customer_id], now=now).get(case.customer_id) if template else None
    if said is None:
        return False
    draft = Draft(
        key=key,
        customer_id=case.customer_id,
        channel=str(kind.channel),
        purpose=purpose,
        recipe=said.recipe,
        language=said.language,
        content=template,
        not_after=row.until or case.until,
        origin=f"case:{case.pk}",
    )
    try:
        queueing.queue(drafts=[draft], actor=actor, now=now)
    except NotReadyError:
        return False  # marketing that nobody could end or answer for must not go
    row.message_id, row.status = queueing.message_id(key), MeasureStatus.RUNNING
    row.save(update_fields=["message_id", "status"])
    return True


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
