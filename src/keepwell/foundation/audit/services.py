"""Append to the audit log and verify it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry, ChainHead

GENESIS = "0" * 64
REDACT = "audit.redact"
REDACTED = {"redacted": True}
REDACT_CHUNK = 500


def _digest(previous_hash: str, at: datetime, fields: tuple[Any, ...]) -> str:
    body = orjson.dumps(
        [previous_hash, at.isoformat(timespec="microseconds"), *fields], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(body).hexdigest()


def _remaining(entry: AuditEntry) -> str:
    """The digest of a redacted entry: what is left of it, and the hash that it had."""
    fields = (entry.actor, entry.action, entry.object_type, entry.object_id, entry.details)
    return _digest(entry.entry_hash, entry.at, fields)


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


def redact(
    *,
    object_type: str,
    object_ids: Collection[str],
    replacement: str,
    actor: str,
    mentions: Callable[[str], bool] = lambda _text: False,
) -> int:
    """Take an erased object out of the log: number and details go, who did what and when stays.

    The chain stays whole: an entry of its own names what was redacted, with a digest of what is left of each,
    so that `verify` finds any other change, also in a redacted entry. `mentions` looks into details of other
    entries. Returns how many entries changed.
    """
    ids = list(object_ids)
    count = 0
    with transaction.atomic():
        ChainHead.objects.get_or_create(pk=1)
        ChainHead.objects.select_for_update().get(pk=1)
        found: dict[str, str] = {}
        for entry in AuditEntry.objects.exclude(action=REDACT).order_by("id").iterator(chunk_size=5_000):
            if entry.details == REDACTED:
                continue
            is_mine = entry.object_type == object_type and entry.object_id in ids
            text = orjson.dumps(entry.details).decode()
            if not is_mine and not mentions(f"{entry.object_id} {text}"):
                continue
            object_id = replacement if is_mine else entry.object_id
            if not is_mine and mentions(entry.object_id):
                object_id = ""
            AuditEntry.objects.filter(pk=entry.pk).update(object_id=object_id, details=REDACTED)
            entry.object_id, entry.details = object_id, REDACTED
            found[str(entry.pk)] = _remaining(entry)
            count += 1
        for start in range(0, len(found), REDACT_CHUNK):
            part = dict(list(found.items())[start : start + REDACT_CHUNK])
            log(actor=actor, action=REDACT, object_type="audit", details={"entries": part})
    return count


def verify() -> int | None:
    """The id of the first entry that breaks the chain, or None where it is whole.

    A redacted entry is right where a later entry of the chain says that it was redacted, to what it is now.
    """
    redacted: dict[str, str] = {}
    for details in AuditEntry.objects.filter(action=REDACT).order_by("id").values_list("details", flat=True):
        redacted.update(details.get("entries", {}))
    previous = GENESIS
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=5_000):
        fields = (entry.actor, entry.action, entry.object_type, entry.object_id, entry.details)
        if str(entry.pk) in redacted:
            whole = redacted[str(entry.pk)] == _remaining(entry)
        else:
            whole = entry.entry_hash == _digest(previous, entry.at, fields)
        if entry.previous_hash != previous or not whole:
            return int(entry.pk)
        previous = entry.entry_hash
    head = ChainHead.objects.filter(pk=1).first()
    if head is not None and head.last_hash != previous:
        return int(AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0)
    return None
