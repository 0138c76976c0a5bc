"""What customers write is taken as an enquiry, once, in the transaction that brings it."""

from __future__ import annotations

from datetime import datetime, timedelta

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.outreach.firstreply import core
from keepwell.outreach.firstreply.contracts import OPEN, Stage
from keepwell.outreach.firstreply.models import Enquiry, EnquiryLine
from keepwell.outreach.firstreply.queries import rules
from keepwell.outreach.questions.contracts import TEXT_MAX, Inbound, Origin

WRITTEN = (Origin.MESSAGE, Origin.EMAIL)
KEY_MAX, REFERENCE_MAX = 200, 400
CLOCKS_APART = timedelta(minutes=5)
TOGETHER = timedelta(minutes=1)  # in which a message is put on the records of all whose address it is


def is_taken(customer_id: str, at: datetime) -> bool:
    """Whether what a customer wrote at that instant is an enquiry: answered, or somebody's to answer.

    Clocks of providers that go a little before ours make no difference.
    """
    written = EnquiryLine.objects.filter(enquiry__customer_id=customer_id)
    return written.filter(at__gte=at, at__lt=at + CLOCKS_APART).exists()


def _is_anothers(inbound: Inbound, number: str, now: datetime) -> bool:
    """Whether the very message has just been taken for another customer of the same address.

    They read on one telephone or in one mailbox: two answers there would be one too many.
    """
    if not inbound.reference:
        return False
    same = EnquiryLine.objects.filter(
        enquiry__channel=inbound.channel,
        enquiry__stage__in=OPEN,
        enquiry__last_at__gte=now - TOGETHER,
        reference=inbound.reference[:REFERENCE_MAX],
    )
    return same.exclude(enquiry__customer_id=number).exists()


def begin(customer_id: str, channel: str, *, at: datetime) -> Enquiry:
    """The customer's open enquiry on a channel, locked, or a new one; in the caller's transaction."""
    row, _made = Enquiry.objects.select_for_update().get_or_create(
        customer_id=customer_id,
        channel=channel,
        stage__in=OPEN,
        defaults={"stage": Stage.NEW, "opened_at": at, "last_at": at, "asked_at": at},
    )
    return row


def take(inbound: Inbound, now: datetime) -> bool:
    """Take a message as an enquiry where first replies are on for its channel; whether it was taken.

    Not taken: what a program wrote, a mark from 1 to 5, thanks while nothing is open, what comes of nobody.
    One told before is taken already, and one of an address that several customers share is one enquiry.
    """
    if inbound.origin not in WRITTEN or inbound.by_machine:
        return False
    version = rules.active()
    if version is None or inbound.channel not in version.rules.channels:
        return False
    text = inbound.own_words
    if not core.is_enquiry(text):
        return False
    if EnquiryLine.objects.filter(key=inbound.key[:KEY_MAX]).exists():
        return True
    number = identity.canonical_ids([inbound.customer_id]).get(inbound.customer_id, inbound.customer_id)
    if not customers.existing([number]):
        return False
    if _is_anothers(inbound, number, now):
        return True
    mine = Enquiry.objects.filter(customer_id=number, channel=inbound.channel, stage__in=OPEN)
    if core.is_courtesy(text) and not mine.exists():
        return False
    enquiry = begin(number, inbound.channel, at=now)
    Enquiry.objects.filter(pk=enquiry.pk).update(last_at=now)
    EnquiryLine.objects.get_or_create(
        key=inbound.key[:KEY_MAX],
        defaults={
            "enquiry": enquiry,
            "origin": inbound.origin,
            "reference": inbound.reference[:REFERENCE_MAX],
            "at": inbound.at,
            "received_at": now,
            "text": text[:TEXT_MAX],
        },
    )
    return True
