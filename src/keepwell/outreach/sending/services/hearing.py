"""What customers do on a channel of their own accord: each thing once, by number, the words sealed."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import Purpose
from keepwell.history import services as history
from keepwell.outreach.channels.contracts import ChannelContract, Heard, HeardKind, Receipt, ReceiptKind
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import HeardRow, Message
from keepwell.outreach.sending.queries import ANSWER_DAYS
from keepwell.outreach.sending.services import windows

ACTOR = SOURCE = "keepwell"
MARKS = frozenset("12345")
ENDS = frozenset({HeardKind.STOP, HeardKind.LEFT})
TYPES = {HeardKind.MESSAGE: "chat"}
PHONES = ("phone", "whatsapp")


@dataclass(frozen=True)
class Said:
    """A message that a customer sent of their own accord; `fact_key` is the number of its fact.

    `message_key` is that of the message, the same for everybody whose address it came from.
    """

    fact_key: str
    customer_id: str
    channel: str
    at: datetime
    received_at: datetime
    text: str
    message_key: str = ""


_listeners: list[Callable[[Said], None]] = []


def on_said(listener: Callable[[Said], None]) -> None:
    """Call `listener` with every new message of a customer, once, in the transaction that keeps it."""
    if listener not in _listeners:
        _listeners.append(listener)


@dataclass(frozen=True)
class Hearing:
    """What was new, by kind, of how many nobody knows whose it is, and what of it answers our messages."""

    fresh: Counter[str]
    strangers: int
    replies: Sequence[Receipt]


def hear(
    *, heard: Iterable[Heard], contract: ChannelContract, now: datetime, account_id: int | None = None
) -> Hearing:
    """Keep what customers did, open their windows, and heed those who want to hear no more.

    One told before changes nothing. A fact says that it happened, not what was written. Who asks to stop or
    leaves has the consents of the channel withdrawn. `replies` are receipts, for `receiving.note`.
    """
    fresh: Counter[str] = Counter()
    strangers, replies = 0, []
    for one in heard:
        with transaction.atomic():
            numbers = whose(contract, one.address)
            strangers += not numbers
            new = [number for number in numbers if _keep(one, number, contract, account_id, now)]
            fresh[str(one.kind)] += bool(new)
            for number in new:
                replies += _heed(one, number, contract, account_id, now)
    return Hearing(+fresh, strangers, replies)


def whose(contract: ChannelContract, address: str) -> list[str]:
    """Numbers of the customers whose address it is; a telephone number with or without its country.

    Those who have it as it is come first.
    """
    named = customers.find_by_contact(kind=contract.address, value=address)
    if contract.address in PHONES:
        named += customers.find_caller(address)
    canonical = identity.canonical_ids(named)
    return list(dict.fromkeys(canonical.get(one, one) for one in named))


def _keep(one: Heard, number: str, contract: ChannelContract, account_id: int | None, now: datetime) -> bool:
    """Store it with its fact; whether it was new."""
    _row, made = HeardRow.objects.get_or_create(
        channel=contract.code,
        customer_id=number,
        key=one.key[:120],
        defaults={
            "account_id": account_id,
            "kind": one.kind,
            "at": one.at,
            "received_at": now,
            "text": one.text,
        },
    )
    if made:
        number_of_fact = fact_key(contract.code, number, one.key)
        fact = {
            "interaction_id": number_of_fact,
            "customer_id": number,
            "at": one.at,
            "channel": contract.code,
            "type": TYPES.get(one.kind, str(one.kind)),
        }
        history.record(table="interactions", fact=fact, source=SOURCE)
        if one.kind is HeardKind.MESSAGE and one.text.strip():
            key = message_key(contract.code, one.key)
            said = Said(number_of_fact, number, contract.code, one.at, now, one.text, key)
            for listener in _listeners:
                listener(said)
    return made


def fact_key(channel: str, customer_id: str, key: str) -> str:
    """The number of the fact that a customer did something on a channel."""
    digest = hashlib.sha256(f"{channel}\0{customer_id}\0{key}".encode()).hexdigest()[:32]
    return f"heard-{digest}"


def message_key(channel: str, key: str) -> str:
    """What a provider's number of a message is called where it must not lead back to it."""
    return "said-" + hashlib.sha256(f"{channel}\0{key}".encode()).hexdigest()[:32]


def _heed(
    one: Heard, number: str, contract: ChannelContract, account_id: int | None, now: datetime
) -> list[Receipt]:
    windows.note_window(
        customer_id=number,
        contract=contract,
        kind=one.kind,
        key=one.key,
        at=one.at,
        now=now,
        account_id=account_id,
    )
    if one.kind in ENDS:
        said = f"{contract.code}:{one.kind}"
        privacy.withdraw_all(customer_id=number, source=said, actor=ACTOR, channel=contract.code)
    if one.kind is HeardKind.LEFT:
        windows.close(customer_id=number, channel=contract.code, at=min(one.at, now))
    if one.kind is not HeardKind.MESSAGE:
        return []
    sent = Message.objects.filter(
        customer_id__in=identity.fact_ids(number),
        channel=contract.code,
        status=Status.SENT,
        finished_at__lte=one.at,
        finished_at__gt=one.at - timedelta(days=ANSWER_DAYS),
    )
    latest = sent.order_by("-finished_at", "-pk").first()
    if latest is None:
        return []
    _grade(one, number, latest)
    return [Receipt(ReceiptKind.REPLIED, one.at, message_id=latest.message_id, key=one.key)]


def _grade(one: Heard, number: str, asked: Message) -> None:
    """A single digit that answers a survey is a mark from 1 to 5; the first one counts."""
    said = _plain(one.text)
    if asked.purpose != Purpose.SURVEY or said not in MARKS:
        return
    digest = hashlib.sha256(asked.message_id.encode()).hexdigest()[:32]
    before = HeardRow.objects.filter(customer_id=number, channel=asked.channel, kind=HeardKind.MESSAGE)
    earlier = before.filter(at__gt=asked.finished_at, at__lte=one.at).exclude(key=one.key[:120])
    if any(_plain(row.text) in MARKS for row in earlier):
        return
    fact = {
        "answer_id": f"reply-{digest}",
        "customer_id": number,
        "at": one.at,
        "survey": asked.content,
        "metric": "csat",
        "score": float(said),
    }
    history.record(table="answers", fact=fact, source=SOURCE)


def _plain(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip(" .!。分")
