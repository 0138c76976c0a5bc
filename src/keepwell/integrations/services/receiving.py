"""Batches of tracking messages into facts and records: all of a batch, once, in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction

from keepwell.customers import services as people
from keepwell.history import services as history
from keepwell.integrations.contracts import MessageError, Received
from keepwell.integrations.models import DeadLetter, ReceivedMessage
from keepwell.integrations.services import linking, orderbook, telling
from keepwell.integrations.tracking import messages
from keepwell.integrations.tracking.mapping import Mapped, mapped

KEPT = timedelta(days=30)
TIDY_CHUNK = 10_000
_WRITER = threading.Lock()


@dataclass(slots=True)
class Refused:
    """A message that cannot be taken, and why."""

    digest: str
    raw: Any
    code: str
    reason: str


@dataclass(slots=True)
class Batch:
    """What a batch brings, by the message's digest; a message that comes twice counts once."""

    taken: dict[str, Mapped] = field(default_factory=dict)
    refused: dict[str, Refused] = field(default_factory=dict)
    raws: dict[str, Any] = field(default_factory=dict)  # those of `taken` as they came

    def refuse(self, raw: Any, digest: str, error: MessageError) -> None:
        """Move a message to the refused ones."""
        self.taken.pop(digest, None)
        self.refused[digest] = Refused(digest, raw, error.code, str(error))

    def keep(self, digests: Collection[str]) -> None:
        """Leave out all other messages."""
        self.taken = {digest: one for digest, one in self.taken.items() if digest in digests}
        self.refused = {digest: one for digest, one in self.refused.items() if digest in digests}


def receive(
    *, batch: Sequence[Any], source: str, sent_at: Any, received_at: datetime, actor: str
) -> Received:
    """Take a batch of messages as they came from a tracking library.

    When this returns, every message is there for good: as facts and records, or as a dead letter with the
    reason. A message whose id the same `source` has sent before (within `KEPT`) changes nothing. A user id
    gets a bare customer record; a visitor gets none before being known.
    """
    skew = messages.skew_of(sent_at, received_at)
    found = read_batch(batch, source=source, skew=skew, received_at=received_at)
    with _writing(), transaction.atomic():
        found.keep(_remember([*found.taken, *found.refused], received_at))
        change_orders(found)
        write(list(found.taken.values()), source=source, at=received_at, actor=actor)
        letters = [_letter(refused, source, sent_at, received_at) for refused in found.refused.values()]
        DeadLetter.objects.bulk_create(letters)
    return Received(len(found.taken), len(batch) - len(found.taken) - len(letters), len(letters))


def _writing() -> AbstractContextManager[Any]:
    """SQLite has one writer. Threads of this process queue for it; its own way of waiting is to sleep."""
    return _WRITER if connection.vendor == "sqlite" else nullcontext()


def read_batch(batch: Sequence[Any], *, source: str, skew: timedelta, received_at: datetime) -> Batch:
    """Map every message. Refunds and cancellations still have to find their order: `change_orders`."""
    found = Batch()
    currency = settings.KEEPWELL_CURRENCY
    for raw in batch:
        try:
            one = mapped(raw, source=source, received_at=received_at, skew=skew, currency=currency)
        except MessageError as error:
            digest = messages.digest_of(raw, source)
            if digest not in found.taken:
                found.refuse(raw, digest, error)
            continue
        if found.taken.setdefault(one.digest, one) is one:
            found.raws[one.digest] = raw
    return found


def change_orders(found: Batch) -> None:
    """Refunds and cancellations find the order that they change, in the transaction that writes them."""
    for digest, why in orderbook.apply_changes(found.taken.values()).items():
        found.refuse(found.raws[digest], digest, why)


def write(taken: Sequence[Mapped], *, source: str, at: datetime, actor: str) -> None:
    """Write what messages bring, in the caller's transaction."""
    linking.ensure({one.customer_id for one in taken if not one.is_visitor}, source=source, at=at)
    if rows := [one.record for one in taken if one.record is not None]:
        done = people.upsert_many(rows=rows, source=source, at=at, actor=actor)
        if done.created or done.updated:
            numbers = {row.customer_id for row in rows}
            telling.tell_updated(customer_ids=numbers, key=taken[0].digest, now=at)
    if facts := [fact for one in taken for fact in one.facts]:
        history.record_many(facts=facts, source=source, live=True)
    for link in sorted({one.link for one in taken if one.link is not None}):
        linking.link(link, at=at, actor=actor)


def tidy(*, now: datetime) -> int:
    """Forget the ids of messages older than `KEPT`; returns how many."""
    forgotten = 0
    while True:
        old = ReceivedMessage.objects.filter(received_at__lt=now - KEPT).order_by("received_at")
        some = list(old.values_list("pk", flat=True)[:TIDY_CHUNK])
        if not some:
            return forgotten
        forgotten += ReceivedMessage.objects.filter(pk__in=some).delete()[0]


def _remember(digests: Iterable[str], at: datetime) -> set[str]:
    """Note the messages as received; returns those that were not. In order, so that two batches that share
    messages wait for each other and do not lock each other out.
    """
    ordered = sorted(digests)
    table = connection.ops.quote_name(ReceivedMessage._meta.db_table)
    sqlite = connection.vendor == "sqlite"
    listed = "json_each(%s) AS seen" if sqlite else "unnest(%s::text[]) AS seen(value)"
    keys: Any = orjson.dumps(ordered).decode() if sqlite else ordered
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (digest, received_at) SELECT seen.value, %s FROM {listed} "  # noqa: S608
            "WHERE true ON CONFLICT DO NOTHING RETURNING digest",
            [at, keys],
        )
        return {row[0] for row in cursor.fetchall()}


def _letter(refused: Refused, source: str, sent_at: Any, at: datetime) -> DeadLetter:
    raw = refused.raw if isinstance(refused.raw, dict) else {}
    kind = raw.get("type")
    return DeadLetter(
        received_at=at,
        source=source,
        digest=refused.digest,
        type=kind if isinstance(kind, str) and kind in messages.TYPES else "",
        customer_id=linking.customer_of(raw),
        code=refused.code,
        reason=refused.reason[:400],
        payload=orjson.dumps(refused.raw).decode(),
        sent_at=sent_at if isinstance(sent_at, str) and len(sent_at) <= 64 else "",
    )
