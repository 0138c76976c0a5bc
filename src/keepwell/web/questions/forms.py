"""What the forms of questions and feedback say, as values; and what they offer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.customers.labels import CHANNEL
from keepwell.outreach import core as outreach
from keepwell.outreach import users
from keepwell.outreach.questions import labels
from keepwell.outreach.questions.contracts import WRITTEN_DOWN, QuestionError

Choice = tuple[str, str]


def number(text: str) -> int | None:
    """A whole number of a form; None for nothing or nonsense."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def end_of_day(text: str, zone: ZoneInfo) -> datetime | None:
    """The end of a day where the user is; None for nothing, QuestionError for nonsense."""
    if not text:
        return None
    try:
        return outreach.end_of(date.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        raise QuestionError(_("Please choose a day.")) from None


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A local time as somebody types it; QuestionError for nothing or nonsense."""
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise QuestionError(_("Please say when.")) from None
    if not 1970 <= found.year < 9998:
        raise QuestionError(_("Please say when."))
    return found


def importances() -> list[Choice]:
    """How important something can be."""
    return [(str(code), str(word)) for code, word in labels.IMPORTANCE.items()]


def origins() -> list[Choice]:
    """After what somebody writes a question down."""
    return [(str(code), str(labels.ORIGIN[code])) for code in WRITTEN_DOWN]


def channels() -> list[Choice]:
    """The ways in which a customer and the company reach each other."""
    return [(code, str(word)) for code, word in CHANNEL.items()]


def topics(more: list[str] | None = None) -> list[Choice]:
    """Topics to choose from, and those that systems brought."""
    own = [one for one in more or [] if one not in labels.TOPIC]
    return [*((code, str(word)) for code, word in labels.TOPIC.items()), *((one, one) for one in own)]


def teams() -> list[tuple[int, str]]:
    """The departments."""
    return list(users.teams().items())


def colleagues() -> list[tuple[int, str]]:
    """Everybody who does tasks."""
    return [(pk, users.name_of(one)) for pk, one in users.workers().items()]


def asked(post: QueryDict, zone: ZoneInfo) -> dict[str, Any]:
    """What the form of a new question says."""
    return {
        "customer_id": post.get("customer_id", "").strip(),
        "text": post.get("text", ""),
        "origin": post.get("origin", "call") if post.get("origin") in WRITTEN_DOWN else "other",
        "channel": post.get("channel", ""),
        "topic": post.get("topic", ""),
        "importance": post.get("importance", "normal"),
        "team_id": number(post.get("team", "")),
        "owner_id": number(post.get("owner", "")),
        "due_at": end_of_day(post.get("due", ""), zone),
    }


def form(now: datetime, zone: ZoneInfo, typed: Mapping[str, str], more_topics: list[str]) -> dict[str, Any]:
    """What forms offer, and what was typed into them."""
    return {
        "importances": importances(),
        "origins": origins(),
        "channels": channels(),
        "topics": topics(more_topics),
        "teams": teams(),
        "colleagues": colleagues(),
        "typed": typed,
        "present": now.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
    }
