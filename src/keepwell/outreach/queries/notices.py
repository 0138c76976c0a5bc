"""What users were told, and what they want to hear of."""

from __future__ import annotations

from keepwell.outreach.contracts import Notice, NoticeChoice, NoticeView
from keepwell.outreach.models import Notification, NotificationChoice

PAGE = 50


def unread(user_id: int) -> int:
    """How many notifications a user has not read."""
    return Notification.objects.filter(user=user_id, read_at=None).count()


def newest(user_id: int, *, limit: int = PAGE, before: int | None = None) -> tuple[NoticeView, ...]:
    """A user's notifications, newest first; `before` is the number of the last one seen."""
    rows = Notification.objects.filter(user=user_id).order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(_view(row) for row in rows[:limit])


def get(user_id: int, notice_id: int) -> NoticeView | None:
    """One of a user's own notifications, or None."""
    row = Notification.objects.filter(user=user_id, pk=notice_id).first()
    return _view(row) if row else None


def choice(user_id: int) -> NoticeChoice:
    """What a user wants to hear of; the usual where nothing was chosen."""
    row = NotificationChoice.objects.filter(user=user_id).first()
    if row is None:
        return NoticeChoice()
    return NoticeChoice(tuple(row.muted), row.digest, row.digest_hour, tuple(row.digest_days))


def _view(row: Notification) -> NoticeView:
    return NoticeView(row.pk, Notice(row.kind), row.data, row.created_at, row.read_at)
