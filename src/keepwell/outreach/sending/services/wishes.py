"""What a customer wishes, said on the public pages of a message by whoever holds its token.

Consents are changed through the room that keeps them, with where it was said and which words were shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers import services as records
from keepwell.customers.contracts import CustomerView
from keepwell.customers.identity import queries as identity
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy import services as consents
from keepwell.customers.privacy.contracts import Channel, ConsentRow, ConsentView, Purpose
from keepwell.foundation import clock
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import noting
from keepwell.outreach.vip import queries as vip

ACTOR = "customer"
ONE_CLICK = "one-click"
PAGE = "unsubscribe page"
PREFERENCES = "preference page"
CHOSEN = (Purpose.MARKETING, Purpose.SURVEY)
# By which of a customer's contact values each channel reaches them.
REACHED_BY = {
    Channel.EMAIL: "email",
    Channel.SMS: "phone",
    Channel.PHONE: "phone",
    Channel.WECOM: "wecom",
    Channel.WECHAT: "wechat",
    Channel.WHATSAPP: "whatsapp",
}
FIELDS = ("language", "preferred_channel")


@dataclass(frozen=True)
class ChannelWish:
    """A channel that reaches the customer: the address, masked, and which purposes they agreed to."""

    channel: str
    masked: str
    agreed: frozenset[str]


@dataclass(frozen=True)
class Wishes:
    """What the holder of a message's token may see and say; the message can be ended for `purpose`."""

    message_id: str
    channel: str
    purpose: str
    is_on: bool
    language: str
    country: str
    preferred_channel: str
    profiling: bool
    is_stopped: bool  # they asked not to be contacted at all: that goes before all of this
    is_guided: bool  # their pages are to be large and to say what to do
    channels: tuple[ChannelWish, ...]


def wishes(message_id: str) -> Wishes | None:
    """What the customer of a message wishes now; None where nothing is known of it, or them, any more."""
    found = _whose(message_id)
    if found is None:
        return None
    row, customer = found
    said = {(one.channel, one.purpose): one for one in privacy.consents(customer.customer_id)}
    channel, purpose = _ended(row)
    shown = _channels(customer, channel, said)
    values = customers.portrait(customer.customer_id).values
    return Wishes(
        message_id=message_id,
        channel=channel,
        purpose=purpose,
        is_on=_is_given(said, channel, purpose),
        language=customer.language,
        country=customer.country,
        preferred_channel=values.get("preferred_channel", ""),
        profiling=_is_profiled(
            [said[one, Purpose.PROFILING] for one in shown if (one, Purpose.PROFILING) in said]
        ),
        is_stopped=privacy.is_stopped(customer.customer_id),
        is_guided=vip.guided(customer.customer_id, now=clock.now()),
        channels=tuple(
            ChannelWish(one, _masked(customer, one), frozenset(p for p in CHOSEN if _is_given(said, one, p)))
            for one in shown
        ),
    )


def unsubscribe(*, message_id: str, source: str, now: datetime) -> bool:
    """End what a message is part of, by its channel; whether there is still somebody who can.

    Twice is once.
    """
    with transaction.atomic():
        found = _whose(message_id, lock=True)
        if found is None:
            return False
        row, customer = found
        _say(customer.customer_id, [(*_ended(row), False)], source, now)
        noting.note_unsubscribed(message_id=message_id, at=now)
    return True


def come_back(*, message_id: str, now: datetime) -> bool:
    """The customer did not mean it: a new consent of its own, to the words that are shown today."""
    with transaction.atomic():
        found = _whose(message_id, lock=True)
        if found is None:
            return False
        row, customer = found
        _say(customer.customer_id, [(*_ended(row), True)], PAGE, now)
    return True


def say(
    *,
    message_id: str,
    agreed: Collection[tuple[str, str]],
    profiling: bool,
    now: datetime,
    language: str = "",
    preferred_channel: str = "",
) -> bool:
    """Keep what the page of preferences says: pairs of channel and purpose that may come, nothing else may.

    What the page does not show stays; "" leaves a field as it is. Whether there is still somebody who can.
    Raises ValidationError for a language or channel that cannot be.
    """
    with transaction.atomic():
        present = wishes(message_id)
        found = _whose(message_id, lock=True)
        if found is None or present is None:
            return False
        row, customer = found
        shown = [one.channel for one in present.channels]
        said = [(channel, purpose, (channel, purpose) in agreed) for channel in shown for purpose in CHOSEN]
        if profiling != present.profiling:
            said += [(channel, Purpose.PROFILING, profiling) for channel in shown]
        # A box that was empty and stays so says nothing new of what was never asked.
        was = {(one.channel, purpose) for one in present.channels for purpose in one.agreed}
        said = [one for one in said if one[1] == Purpose.PROFILING or one[2] or (one[0], one[1]) in was]
        _say(customer.customer_id, said, PREFERENCES, now)
        if _ended(row) in was and _ended(row) not in agreed:
            noting.note_unsubscribed(message_id=message_id, at=now)
        for name, value in zip(FIELDS, (language, preferred_channel), strict=True):
            if value:
                records.set_field(
                    customer_id=customer.customer_id,
                    name=name,
                    value=value,
                    actor=ACTOR,
                    source=PREFERENCES,
                    at=now,
                )
    return True


def stop_all(*, message_id: str, now: datetime) -> bool:
    """Nothing but service any more, also where nobody had asked; whether somebody still can."""
    with transaction.atomic():
        present = wishes(message_id)
        found = _whose(message_id, lock=True)
        if found is None or present is None:
            return False
        row, customer = found
        known = {(c.channel, c.purpose) for c in privacy.consents(customer.customer_id)}
        every = {(one.channel, p) for one in present.channels for p in (*CHOSEN, Purpose.PROFILING)} | known
        said = [(channel, purpose, False) for channel, purpose in sorted(every) if purpose != Purpose.SERVICE]
        _say(customer.customer_id, said, PREFERENCES, now)
        noting.note_unsubscribed(message_id=row.message_id, at=now)
    return True


def wording_of(purpose: str) -> str:
    """The words that customers are shown for a purpose today, by name (`code/version`)."""
    newest = [one for one in privacy.wordings() if one.purpose == purpose]
    own = [one for one in newest if one.code == purpose]
    return (own or newest)[0].name


def _whose(message_id: str, *, lock: bool = False) -> tuple[Message, CustomerView] | None:
    """The message and its customer, the surviving record where two were merged."""
    rows = Message.objects.select_for_update() if lock else Message.objects.all()
    row = rows.filter(message_id=message_id).first()
    if row is None or row.channel not in list(Channel):
        return None
    customer = customers.get(identity.canonical_id(row.customer_id))
    return (row, customer) if customer else None


def _is_profiled(said: Iterable[ConsentView]) -> bool:
    """Whether openings and clicks count, by what the customer said and what the shop makes of silence."""
    answers = [one.given for one in said]
    return all(answers) if answers else not policy.rules().follow_agreed_only


def _ended(row: Message) -> tuple[str, str]:
    """Channel and purpose that the message's address ends: a notice of service ends no service."""
    return row.channel, row.purpose if row.purpose in PROMOTIONAL else Purpose.MARKETING


def _channels(customer: CustomerView, channel: str, said: Iterable[tuple[str, str]]) -> list[str]:
    """The channels to speak of: the message's, those that reach the customer, those they spoke of."""
    kinds = {point.kind for point in customer.contact_points}
    spoken = {one for one, _purpose in said}
    return [str(one) for one in Channel if one == channel or one in spoken or REACHED_BY.get(one) in kinds]


def _masked(customer: CustomerView, channel: str) -> str:
    kind = REACHED_BY.get(Channel(channel))
    return next((point.masked for point in customer.contact_points if point.kind == kind), "")


def _is_given(said: dict[tuple[str, str], ConsentView], channel: str, purpose: str) -> bool:
    one = said.get((channel, purpose))
    return one is not None and one.given


def _say(customer_id: str, said: Iterable[tuple[str, str, bool]], source: str, now: datetime) -> int:
    """Record what changes something; how much did."""
    present = {(one.channel, one.purpose): one for one in privacy.consents(customer_id)}
    rows = []
    for channel, purpose, given in said:
        before = present.get((channel, purpose))
        if before is not None and before.given == given:
            continue
        # What was said last counts, also where an import was dated ahead of the clock.
        at = now if before is None else max(now, before.at + timedelta(microseconds=1))
        wording = before.wording if before is not None and not given else wording_of(purpose)
        rows.append(ConsentRow(customer_id, channel, purpose, given, at, source, wording))
    return consents.record_consents(rows=rows, actor=ACTOR, live=True)
