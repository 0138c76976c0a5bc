"""Measures without a person: messages in the queue, whose sending the contact policy decides."""

from __future__ import annotations

from datetime import datetime

from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Channel as ConsentChannel
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.contracts import Status as MessageStatus
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.recipes import words
from keepwell.outreach.sending.services import queueing
from keepwell.plays.winback import defaults, facts
from keepwell.plays.winback.contracts import MeasureStatus
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.services import offers

# Which ready-made text says a measure on a channel. That of the recall asks why somebody stays away, too.
TEMPLATES: dict[str, dict[str, str]] = {
    "special_offer": {"sms": "special_offer_sms", "email": "special_offer_email"},
    "repurchase_incentive": {"sms": "repurchase_incentive_sms", "email": "repurchase_incentive_email"},
    "recall_offer": {"sms": "recall_offer_sms", "email": "recall_offer_email"},
    "advantages": {"email": "advantages_email"},
    "loss_survey": {"email": "loss_survey_email"},
}
CONSENT_CHANNELS = frozenset(ConsentChannel)
PURPOSES = {"loss_survey": "survey"}
ACTOR = "keepwell"
GONE = (MessageStatus.WITHHELD, MessageStatus.FAILED, MessageStatus.TAKEN_BACK)


def queue(case: Case, row: Measure, *, actor: str, now: datetime) -> bool:
    """Queue the message of a measure; False where there are no words for it that can be filled in.

    It is not sent after the offer's end: the queue itself drops it then.
    """
    purpose = PURPOSES.get(row.code, "marketing")
    channel = _channel(case.customer_id, row.code, purpose, now)
    template = TEMPLATES.get(row.code, {}).get(channel, "")
    key = f"case:{case.pk}:{row.pk}"
    giver = offers.giver(case, row, template, actor=actor, now=now)
    said = (
        words(template, [case.customer_id], now=now, giver=giver).get(case.customer_id) if template else None
    )
    if said is None:
        return False
    draft = Draft(
        key=key,
        customer_id=case.customer_id,
        channel=channel,
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


def _channel(customer_id: str, code: str, purpose: str, now: datetime) -> str:
    """The measure's own channel, or another that has words for it where the customer allows only that."""
    own = str(defaults.MEASURES[code].channel or "")
    usable = list(dict.fromkeys([own, *TEMPLATES.get(code, {})]))
    for channel in usable:
        if channel not in CONSENT_CHANNELS or channel not in TEMPLATES.get(code, {}):
            continue
        if privacy.may_contact_many([customer_id], channel, purpose, now=now).get(customer_id):
            return channel
    return own


def follow(case: Case, row: Measure, *, now: datetime) -> MeasureStatus | None:
    """What became of the message of a measure: done, dropped, or None while it waits."""
    found = messages.message(row.message_id)
    if found is None or found.status in GONE:
        offers.call_off([row], actor=ACTOR, now=now)
        return MeasureStatus.DROPPED
    if found.status is not MessageStatus.SENT:
        return None
    row.promised_at = found.finished_at or now
    if row.cost:
        facts.cost(case, row, row.cost, now)
    return MeasureStatus.DONE


def take_back(rows: list[Measure], *, actor: str, now: datetime) -> None:
    """Take the messages of these measures out of the queue, where they have not gone yet; no code is left."""
    offers.call_off(rows, actor=actor, now=now)
    names = [row.message_id for row in rows if row.message_id]
    if names:
        queueing.take_back(message_ids=names, actor=actor, now=now)
