"""Where somebody is signed in."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession


def note_seen(*, session_key: str, ip: str, now: datetime) -> None:
    """Write down when and from where a session was used last."""
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=now, ip=ip)
