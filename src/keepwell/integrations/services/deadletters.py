"""Refused messages: taken after all, or put away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import orjson
from django.db import transaction
from django.db.models import F

from keepwell.foundation.audit import services as audit
from keepwell.integrations import queries
from keepwell.integrations.contracts import DeadLetterView, Received
from keepwell.integrations.models import DeadLetter
from keepwell.integrations.services.receiving import change_orders, read_batch, write
from keepwell.integrations.tracking import messages


def replay(*, ids: Collection[int], actor: str, now: datetime) -> Received:
    """Try refused messages again; those that still cannot be taken stay with their present reason."""
    accepted = rejected = 0
    for number in sorted(ids):
        with transaction.atomic():
            waiting = DeadLetter.objects.select_for_update().filter(
                pk=number, status=DeadLetter.Status.WAITING
            )
            letter = waiting.first()
            if letter is None:
                continue
            if _take(letter, actor, now):
                accepted += 1
            else:
                rejected += 1
    if accepted:
        _log("integrations.replay", actor, accepted, now)
    return Received(accepted, len(set(ids)) - accepted - rejected, rejected)


def open_letter(*, number: int, actor: str, now: datetime) -> DeadLetterView | None:
    """One refused message with what it said, or None. It may name a person, so looking is on record."""
    found = queries.dead_letter(number)
    if found is not None:
        audit.log(
            actor=actor,
            action="integrations.open_letter",
            object_type="dead_letter",
            object_id=str(number),
            at=now,
        )
    return found


def discard(*, ids: Collection[int], actor: str, now: datetime) -> int:
    """Put refused messages away; what they held is deleted. Returns how many."""
    with transaction.atomic():
        waiting = DeadLetter.objects.filter(pk__in=ids, status=DeadLetter.Status.WAITING)
        done = waiting.update(
            status=DeadLetter.Status.DISCARDED, settled_at=now, settled_by=actor, payload=""
        )
        if done:
            _log("integrations.discard", actor, done, now)
    return done


def _take(letter: DeadLetter, actor: str, now: datetime) -> bool:
    skew = messages.skew_of(letter.sent_at, letter.received_at)
    raw = orjson.loads(letter.payload)
    found = read_batch([raw], source=letter.source, skew=skew, received_at=letter.received_at)
    change_orders(found)
    if found.refused:
        why = next(iter(found.refused.values()))
        DeadLetter.objects.filter(pk=letter.pk).update(
            attempts=F("attempts") + 1, code=why.code, reason=why.reason[:400]
        )
        return False
    write(list(found.taken.values()), source=letter.source, at=now, actor=actor)
    DeadLetter.objects.filter(pk=letter.pk).update(
        status=DeadLetter.Status.REPLAYED,
        attempts=F("attempts") + 1,
        settled_at=now,
        settled_by=actor,
        payload="",
    )
    return True


def _log(action: str, actor: str, count: int, now: datetime) -> None:
    audit.log(actor=actor, action=action, object_type="dead_letter", details={"count": count}, at=now)
