"""Put messages into the queue; the same message again is the one that there is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import transaction

from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending import wording
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.models import Message

CHUNK = 1_000


def message_id(key: str) -> str:
    """How the message of `key` is called everywhere: in the queue, to providers, in facts."""
    return "m" + hashlib.sha256(key.encode()).hexdigest()[:31]


def queue(*, drafts: Iterable[Draft], actor: str, now: datetime) -> int:
    """Queue messages, streamed; how many were new. Raises ValueError for a draft without a key or words."""
    fresh, iterator = 0, iter(drafts)
    while chunk := list(islice(iterator, CHUNK)):
        with transaction.atomic():
            fresh += _insert(chunk, actor, now)
    return fresh


def _insert(drafts: list[Draft], actor: str, now: datetime) -> int:
    named = {message_id(draft.key): draft for draft in drafts if _whole(draft)}
    known = set(Message.objects.filter(message_id__in=named).values_list("message_id", flat=True))
    new = {name: draft for name, draft in named.items() if name not in known}
    rows = [_row(name, draft, actor, now) for name, draft in new.items()]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _whole(draft: Draft) -> bool:
    if not draft.key or not (draft.text or draft.html or draft.recipe):
        raise ValueError("draft: needs a key and words")
    return True


def _row(name: str, draft: Draft, actor: str, now: datetime) -> Message:
    return Message(
        message_id=name,
        customer_id=draft.customer_id,
        channel=draft.channel,
        purpose=draft.purpose,
        content=draft.content,
        origin=draft.origin,
        priority=draft.priority,
        urgent=draft.urgent,
        body=wording.sealed(draft),
        due_at=draft.due_at or now,
        not_after=draft.not_after,
        created_at=now,
        created_by=actor,
    )


def take_back(*, message_ids: Iterable[str], actor: str, now: datetime) -> int:
    """Take messages out of the queue that have not gone yet; how many it was."""
    wanted = list(message_ids)
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(message_id__in=wanted, status=Status.WAITING)
        names = list(rows.values_list("message_id", flat=True))
        done = rows.update(status=Status.TAKEN_BACK, finished_at=now, reason=f"by {actor}"[:40])
        policy.take_back(intent_ids=names, now=now)
    return done
