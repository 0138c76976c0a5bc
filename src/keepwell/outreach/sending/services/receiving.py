"""Take what providers tell of messages: each thing once, in any order, before or after the worker knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from keepwell.customers.privacy import services as privacy
from keepwell.foundation.rows import update_many
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import (
    Answer,
    ChannelContract,
    Inbound,
    Receipt,
    ReceiptKind,
    Refusal,
)
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending import acts, answering, standing
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import ChannelAccount, DeadAddress, Message, ReceiptRow
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.sending.places import PERSON, Place, index_of, people_of, places, places_of
from keepwell.outreach.sending.reached import STATUS
from keepwell.outreach.sending.services.hearing import hear

CHUNK = 500
ACTOR = "keepwell"
# What shows that the provider had taken the message.
ARRIVED = frozenset(ReceiptKind) - {ReceiptKind.FAILED}
ENDS = frozenset({ReceiptKind.COMPLAINED, ReceiptKind.UNSUBSCRIBED})


class NoSuchAccountError(LookupError):
    """An address of ours that no account has."""


def receive(*, token: str, inbound: Inbound, now: datetime) -> Answer:
    """Check and keep what a provider tells; how to answer it.

    Raises NoSuchAccountError, SignatureError for a request that is not the provider's, ValueError for one
    that cannot be read. Nothing is answered before it is kept.
    """
    account = ChannelAccount.objects.filter(token=token).first()
    provider = registry.providers().get(account.provider) if account else None
    if account is None or provider is None or provider.receive is None:
        raise NoSuchAccountError(token[:8])
    received = provider.receive(opened(account), inbound)
    said = hear(heard=received.heard, contract=provider.contract, now=now, account_id=account.pk)
    # Answers that come as receipts are words of a customer all the same; the receipts say that they answered.
    hear(
        heard=answering.written(received.receipts), contract=provider.contract, now=now, account_id=account.pk
    )
    note(receipts=[*received.receipts, *said.replies], account_id=account.pk, now=now)
    return received.answer


def note(*, receipts: Iterable[Receipt], account_id: int | None, now: datetime) -> Counter[str]:
    """Keep receipts; how many were new, by kind.

    One told before changes nothing, nor does one of a message that is not here (erased, or somebody else's).
    A message of unknown fate is settled by what is told of it. An address that does not exist is not
    written to again; a complaint and an unsubscription withdraw the consents of the channel.
    """
    fresh: Counter[str] = Counter()
    told = list(receipts)
    for start in range(0, len(told), CHUNK):
        with transaction.atomic():
            fresh += _note(told[start : start + CHUNK], account_id, now)
    return fresh


def _note(told: Sequence[Receipt], account_id: int | None, now: datetime) -> Counter[str]:
    told = answering.named(told, account_id)
    found = _messages(told, account_id)
    kept = _keep([(row, one) for one in told if (row := _of(one, found)) is not None], now)
    moved: dict[int, tuple[Message, datetime, str]] = {}
    for row, one in kept:
        _settle(row, one, now)
        if one.by_machine:
            continue
        row.acts |= acts.bits([one.kind])
        step = standing.further(row.standing, STATUS[one.kind])
        if step != row.standing:
            row.standing = step
            moved[row.pk] = (row, one.at, one.code if one.kind is ReceiptKind.FAILED else "")
    update_many(
        list({row.pk: row for row, _one in kept}.values()),
        ["status", "reason", "finished_at", "lease", "provider_ref", "standing", "acts"],
    )
    # What did not arrive takes nobody's place.
    lost = [row.message_id for row, one in kept if row.status == Status.FAILED]
    policy.take_back(intent_ids=lost, now=now)
    standing.tell(moved.values())
    _bury([(row, one) for row, one in kept if one.refusal is Refusal.NEVER_AGAIN], now)
    for row, one in kept:
        if one.kind in ENDS:
            # Whoever has the number asked for it, on whichever record it stands.
            for customer_id in {row.customer_id, *answering.senders(one)}:
                privacy.withdraw_all(
                    customer_id=customer_id, source=f"provider:{one.kind}", actor=ACTOR, channel=row.channel
                )
    _end_unasked([one for one in told if one.kind in ENDS and _of(one, found) is None], account_id)
    return Counter(str(one.kind) for _row, one in kept)


def _end_unasked(told: Sequence[Receipt], account_id: int | None) -> None:
    """Somebody to whom no message of ours went wants none: it counts all the same."""
    account = ChannelAccount.objects.filter(pk=account_id or 0).first()
    if account is None:
        return
    for one in told:
        for customer_id in answering.senders(one):
            privacy.withdraw_all(
                customer_id=customer_id, source=f"provider:{one.kind}", actor=ACTOR, channel=account.channel
            )


def _messages(told: Sequence[Receipt], account_id: int | None) -> dict[str, Message]:
    """The messages that are spoken of, locked, by our name and by the provider's."""
    names = {one.message_id for one in told if one.message_id}
    refs = {one.provider_ref for one in told if one.provider_ref and not one.message_id}
    mine = Message.objects.all() if account_id is None else Message.objects.filter(account=account_id)
    keys = set(mine.filter(message_id__in=names).values_list("pk", flat=True))
    keys |= set(mine.filter(provider_ref__in=refs).values_list("pk", flat=True)) if refs else set()
    rows = list(Message.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    return {row.message_id: row for row in rows} | {
        f"ref:{row.provider_ref}": row for row in rows if row.provider_ref
    }


def _of(one: Receipt, found: dict[str, Message]) -> Message | None:
    return found.get(one.message_id) if one.message_id else found.get(f"ref:{one.provider_ref}")


def _keep(told: list[tuple[Message, Receipt]], now: datetime) -> list[tuple[Message, Receipt]]:
    """Store those that are new; the messages are locked, so nobody stores the same meanwhile."""
    rows = {row.pk for row, _one in told}
    known = set(ReceiptRow.objects.filter(message__in=rows).values_list("message_id", "kind", "key"))
    fresh = []
    for row, one in told:
        name = (row.pk, str(one.kind), one.key[:120])
        if name not in known:
            known.add(name)
            fresh.append((row, one))
    ReceiptRow.objects.bulk_create(
        ReceiptRow(
            message=row,
            kind=one.kind,
            key=one.key[:120],
            at=one.at,
            received_at=now,
            code=one.code[:40],
            by_machine=one.by_machine,
            detail=one.detail or one.link,
        )
        for row, one in fresh
    )
    return fresh


def _settle(row: Message, one: Receipt, now: datetime) -> None:
    """What a receipt says of the message's status; one under a worker's hands is the worker's."""
    if one.provider_ref and not row.provider_ref:
        row.provider_ref = one.provider_ref[:120]
    if row.status == Status.SENDING:
        return
    if one.kind in ARRIVED:
        # Told of one that we thought had not gone: it has, so it does not go again.
        if row.status in (Status.UNKNOWN, Status.HANDED, Status.WAITING) and row.begun_at is not None:
            row.status, row.finished_at, row.reason = Status.SENT, one.at, ""
    elif row.status in (Status.UNKNOWN, Status.HANDED, Status.SENT):
        row.status, row.finished_at, row.reason = Status.FAILED, row.finished_at or now, one.code[:40]


def _bury(told: Collection[tuple[Message, Receipt]], now: datetime) -> None:
    by_channel: dict[str, list[tuple[Message, Receipt]]] = {}
    for row, one in told:
        by_channel.setdefault(row.channel, []).append((row, one))
    for channel, group in by_channel.items():
        if contract := registry.contract_of(channel):
            bury_told([(row, one.code) for row, one in group], contract=contract, now=now)


def bury_told(told: Sequence[tuple[Message, str]], *, contract: ChannelContract, now: datetime) -> None:
    """Do not write again to where these messages went, each with the provider's code.

    Of a message for a person at a company that is the person's address, unless their entry was changed since:
    the company's own is not touched.
    """
    people = people_of([row for row, _code in told])
    codes = {row.customer_id: code for row, code in told if row.message_id not in people}
    if codes:
        bury(codes=codes, contract=contract, now=now)
    if not people:
        return
    found = places_of([row for row, _code in told if row.message_id in people], contract=contract, now=now)
    DeadAddress.objects.bulk_create(
        (
            DeadAddress(
                customer_id=row.customer_id, kind=PERSON, value_index=place.mark, code=code[:40], since=now
            )
            for row, code in told
            if (place := found.get(row.message_id)) is not None and _is_as_written_to(place, row)
        ),
        ignore_conflicts=True,
    )


def _is_as_written_to(place: Place, row: Message) -> bool:
    return place.changed_at is None or row.begun_at is None or place.changed_at <= row.begun_at


def bury(*, codes: dict[str, str], contract: ChannelContract, now: datetime) -> None:
    """Do not write to these customers' present addresses again: customer number to the provider's code."""
    kind = contract.address
    addresses = places(customer_ids=list(codes), contract=contract, now=now)
    DeadAddress.objects.bulk_create(
        (
            DeadAddress(
                customer_id=one,
                kind=kind,
                value_index=index_of(kind, value),
                code=codes[one][:40],
                since=now,
            )
            for one, value in addresses.items()
        ),
        ignore_conflicts=True,
    )
