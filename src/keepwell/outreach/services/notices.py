"""Tell users; each is told of one thing once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.contracts import Notice, NoticeChoice
from keepwell.outreach.groups import services as groups
from keepwell.outreach.models import Notification, NotificationChoice
from keepwell.outreach.queries import notices as queries


def tell(*, user_id: int, kind: Notice, key: str, data: Mapping[str, Any], now: datetime) -> None:
    """Tell a user of something, in the caller's transaction; the same key again is not told again.

    `data` are codes, numbers and figures, no names and no contact data. What the user muted is not kept.
    """
    # What somebody does not want to hear of themselves a group may still want to.
    groups.tell(kind=kind, key=key, data=data, user_id=user_id, now=now)
    if kind in queries.choice(user_id).muted:
        return
    row = Notification(user_id=user_id, kind=kind, key=key, data=dict(data), created_at=now)
    Notification.objects.bulk_create([row], ignore_conflicts=True)


def mark_read(*, user_id: int, now: datetime, notice_ids: Collection[int] | None = None) -> int:
    """Mark notifications as read, all without `notice_ids`; returns how many."""
    unread = Notification.objects.filter(user=user_id, read_at=None)
    if notice_ids is not None:
        unread = unread.filter(pk__in=notice_ids)
    return unread.update(read_at=now)


def choose(*, user_id: int, choice: NoticeChoice, actor: str) -> NoticeChoice:
    """Keep what a user wants to hear of; raises ValueError for an hour or day that there is not."""
    if not 0 <= choice.digest_hour <= 23 or not set(choice.digest_days) <= set(range(7)):
        raise ValueError("digest_hour: 0 to 23; digest_days: 0 to 6")
    known = tuple(kind for kind in Notice if kind in choice.muted)
    with transaction.atomic():
        NotificationChoice.objects.update_or_create(
            user_id=user_id,
            defaults={
                "muted": list(known),
                "digest": choice.digest,
                "digest_hour": choice.digest_hour,
                "digest_days": sorted(choice.digest_days),
            },
        )
        audit.log(
            actor=actor,
            action="notification.choose",
            object_type="user",
            object_id=str(user_id),
            details={"muted": list(known), "digest": choice.digest},
        )
    return queries.choice(user_id)
