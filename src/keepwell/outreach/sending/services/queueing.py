"""Put messages into the queue; the same message again is the one that there is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import orjson
from django.db import transaction

from keepwell.history import services as history
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.models import Message

CHUNK = 1_000
SOURCE = "keepwell"


def message_id(key: str) -> str:
    """How the message of `key` is called everywhere: in the queue, to providers, in facts."""
    return "m" + hashlib.sha256(key.encode()).hexdigest()[:31]


def queue(*, drafts: Iterable[Draft], actor: str, now: datetime) -> int:
    """Queue messages, streamed, with all that marketing must carry; how many were new.

    Raises ValueError for a draft without a key or words, and `legal.NotReadyError` for marketing that nobody
    could end or answer for: what came before it stays queued.
    """
    finish = legal.Finisher()
    fresh, iterator = 0, (finish(draft, message_id(draft.key)) for draft in drafts)
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
    history.record_many(facts=[("contacts", _fact(row, now)) for row in rows], source=SOURCE)
    return len(rows)


def _whole(draft: Draft) -> bool:
    if not draft.key or not (draft.text or draft.html):
        raise ValueError("draft: needs a key and words")
    return True


def _row(name: str, draft: Draft, actor: str, now: datetime) -> Message:
    body = {
        "subject": draft.subject,
        "text": draft.text,
        "html": draft.html,
        "language": draft.language,
        "headers": draft.headers,
    }
    return Message(
        message_id=name,
        customer_id=draft.customer_id,
        channel=draft.channel,
        purpose=draft.purpose,
        content=draft.content,
        origin=draft.origin,
        priority=draft.priority,
        urgent=draft.urgent,
        body=orjson.dumps(body).decode(),
        due_at=draft.due_at or now,
        not_after=draft.not_after,
        created_at=now,
        created_by=actor,
    )


def _fact(row: Message, now: datetime) -> dict[str, object]:
    return {
        "contact_id": row.message_id,
        "customer_id": row.customer_id,
        "at": now,
        "channel": row.channel,
        "purpose": row.purpose,
        "content": row.content or None,
        "status": "queued",
    }


def take_back(*, message_ids: Iterable[str], actor: str, now: datetime) -> int:
    """Take messages out of the queue that have not gone yet; how many it was."""
    wanted = list(message_ids)
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(message_id__in=wanted, status=Status.WAITING)
        names = list(rows.values_list("message_id", flat=True))
        done = rows.update(status=Status.TAKEN_BACK, finished_at=now, reason=f"by {actor}"[:40])
        policy.take_back(intent_ids=names, now=now)
    return done
