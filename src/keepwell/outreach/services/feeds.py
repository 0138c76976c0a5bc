"""The secret address of a user's calendar."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.models import CalendarFeed
from keepwell.outreach.queries.feeds import fingerprint

__all__ = ["fingerprint", "make", "revoke", "touch"]


def make(*, user_id: int, with_names: bool, actor: str, now: datetime) -> str:
    """A new secret for the feed's address, returned this once; the one before ends. Audited."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        CalendarFeed.objects.update_or_create(
            user_id=user_id,
            defaults={
                "token_hash": fingerprint(secret),
                "with_names": with_names,
                "created_at": now,
                "last_read_at": None,
            },
        )
        _log("calendar.make", user_id, actor, now, with_names=with_names)
    return secret


def revoke(*, user_id: int, actor: str, now: datetime) -> bool:
    """End the feed; returns whether there was one. Audited."""
    with transaction.atomic():
        gone, _rows = CalendarFeed.objects.filter(user=user_id).delete()
        if gone:
            _log("calendar.revoke", user_id, actor, now)
    return bool(gone)


def touch(*, user_id: int, now: datetime) -> None:
    """Remember that a calendar has read the feed."""
    CalendarFeed.objects.filter(user=user_id).update(last_read_at=now)


def _log(action: str, user_id: int, actor: str, now: datetime, **details: bool) -> None:
    audit.log(actor=actor, action=action, object_type="user", object_id=str(user_id), details=details, at=now)
