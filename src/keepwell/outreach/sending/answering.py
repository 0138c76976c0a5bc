"""Answers of customers that name no message: whose number it is, and which message they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.outreach.channels.contracts import Heard, HeardKind, Receipt, ReceiptKind
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Message

# What may have been read; the others cannot be answered.
WENT = (Status.SENT, Status.HANDED, Status.UNKNOWN, Status.SENDING)


def named(told: Sequence[Receipt], account_id: int | None) -> list[Receipt]:
    """The same receipts, those with an address alone naming the newest message to whoever has it."""
    return [_named(one, account_id) if _is_bare(one) else one for one in told]


def senders(one: Receipt) -> tuple[str, ...]:
    """The customers whose number an answer came from; () where it came from none, or names a message."""
    return customers.find_caller(one.address) if one.address else ()


def written(told: Sequence[Receipt]) -> list[Heard]:
    """What customers wrote in answers that name them by address, such as those by text message."""
    return [
        Heard(HeardKind.MESSAGE, one.address, one.at, one.key, one.detail)
        for one in told
        if one.kind is ReceiptKind.REPLIED and one.address and one.key and not one.by_machine
    ]


def _is_bare(one: Receipt) -> bool:
    return bool(one.address and not one.message_id and not one.provider_ref)


def _named(one: Receipt, account_id: int | None) -> Receipt:
    records = [record for customer in senders(one) for record in identity.fact_ids(customer)]
    rows = Message.objects.filter(customer_id__in=records, status__in=WENT, begun_at__lte=one.at)
    if account_id is not None:
        rows = rows.filter(account=account_id)
    found = rows.order_by("-begun_at", "-pk").values_list("message_id", flat=True).first()
    return replace(one, message_id=found) if found else one
