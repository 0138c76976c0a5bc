"""Append to the audit log and verify it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry, ChainHead

GENESIS = "0" * 64


def _digest(previous_hash: str, at: datetime, fields: tuple[Any, ...]) -> str:
    body = orjson.dumps(
        [previous_hash, at.isoformat(timespec="microseconds"), *fields], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(body).hexdigest()


def log(
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: str = "",
    details: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Append one entry in the caller's transaction; `details` must be JSON and free of contact data."""
    at = at or clock.now()
    extra = dict(details or {})
    with transaction.atomic():
        ChainHead.objects.get_or_create(pk=1)
        head = ChainHead.objects.select_for_update().get(pk=1)
        fields = (actor, action, object_type, object_id, extra)
        entry = AuditEntry(
            at=at,
            actor=actor,
            action=action,
            object_type=object_type,
            object_id=object_id,
            details=extra,
            previous_hash=head.last_hash,
            entry_hash=_digest(head.last_hash, at, fields),
        )
        entry.save()
        head.last_hash = entry.entry_hash
        head.save(update_fields=["last_hash"])
    return entry


def verify() -> int | None:
    """The id of the first entry that breaks the chain, or None where it is whole."""
    previous = GENESIS
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=5_000):
        fields = (entry.actor, entry.action, entry.object_type, entry.object_id, entry.details)
        if entry.previous_hash != previous or entry.entry_hash != _digest(previous, entry.at, fields):
            return int(entry.pk)
        previous = entry.entry_hash
    head = ChainHead.objects.filter(pk=1).first()
    if head is not None and head.last_hash != previous:
        return int(AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0)
    return None
