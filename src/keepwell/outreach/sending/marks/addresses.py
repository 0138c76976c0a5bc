"""The public addresses of a message."""

from __future__ import annotations

from django.conf import settings


def values(message_id: str) -> dict[str, str]:
    """What a template may say of the message itself, by dotted name."""
    return {"message.unsubscribe_url": f"{settings.KEEPWELL_URL.rstrip('/')}/u/{message_id}"}
