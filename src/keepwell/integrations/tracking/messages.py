"""One message of a tracking library: read and checked.

Source: the Segment HTTP tracking specification (identify, track, page, screen, group, alias; `messageId`,
`timestamp`, `sentAt`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from keepwell.integrations.contracts import MessageError

TYPES = frozenset({"identify", "track", "page", "screen", "group", "alias"})
ID_LENGTH_MAX = 256
EVENT_LENGTH_MAX = 200
# Less than this between two clocks is the network; times are then taken as they were said.
SKEW_MIN = timedelta(seconds=5)
AHEAD_MAX = timedelta(minutes=5)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose form is right. `digest` stands for source and message id."""

    type: str
    digest: str
    at: datetime
    user_id: str
    anonymous_id: str
    previous_id: str
    group_id: str
    event: str
    name: str
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]


def digest_of(raw: Any, source: str) -> str:
    """32 hex digits for source and message id; for the whole message where it has no id."""
    given = raw.get("messageId") if isinstance(raw, dict) else None
    if isinstance(given, str) and given:
        body = given.encode(errors="replace")
    else:
        body = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)
    return blake2b(source.encode() + b"\0" + body, digest_size=16).hexdigest()


def read(raw: Any, *, source: str, received_at: datetime, skew: timedelta) -> Message:
    """Check a message as it came; `skew` is by how much the sender's clock is behind ours.

    Raises MessageError.
    """
    if not isinstance(raw, dict):
        raise MessageError("not_an_object", "a message must be a JSON object")
    kind = raw.get("type")
    if kind not in TYPES:
        raise MessageError("type", "type must be one of " + ", ".join(sorted(TYPES)))
    traits = _object(raw, "traits")
    context = _object(raw, "context")
    message = Message(
        type=kind,
        digest=digest_of(raw, source),
        at=_instant(raw, received_at, skew),
        user_id=_identifier(raw, "userId"),
        anonymous_id=_identifier(raw, "anonymousId"),
        previous_id=_identifier(raw, "previousId") if kind == "alias" else "",
        group_id=_identifier(raw, "groupId") if kind == "group" else "",
        event=_label(raw, "event") if kind == "track" else "",
        name=_label(raw, "name") if kind in ("page", "screen") else "",
        properties=_object(raw, "properties"),
        traits=traits or _object(context, "traits"),
        context=context,
    )
    _require_ids(message)
    return message


def skew_of(sent_at: Any, received_at: datetime) -> timedelta:
    """By how much the sender's clock is behind; nothing where it does not say or is near enough."""
    said = parse_instant(sent_at)
    if said is None or abs(received_at - said) < SKEW_MIN:
        return timedelta()
    return received_at - said


def parse_instant(value: Any) -> datetime | None:
    """An ISO 8601 instant (UTC where it names no zone), or None."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        instant = datetime.fromisoformat(value)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _require_ids(message: Message) -> None:
    if message.type == "alias":
        if not (message.previous_id and (message.user_id or message.anonymous_id)):
            raise MessageError("no_user", "alias needs previousId and userId")
    elif not (message.user_id or message.anonymous_id):
        raise MessageError("no_user", f"{message.type} needs userId or anonymousId")
    if message.type == "track" and not message.event:
        raise MessageError("event", "track needs event")
    if message.type == "group" and not message.group_id:
        raise MessageError("group", "group needs groupId")


def _instant(raw: dict[str, Any], received_at: datetime, skew: timedelta) -> datetime:
    said = raw.get("timestamp") or raw.get("originalTimestamp")
    if said is None:
        return received_at
    at = parse_instant(said)
    if at is None:
        raise MessageError("timestamp", "timestamp must be an ISO 8601 instant")
    try:
        at += skew
    except OverflowError:
        raise MessageError("timestamp", "timestamp is out of range") from None
    if at < EARLIEST:
        raise MessageError("timestamp", "timestamp is before 1970")
    return received_at if at > received_at + AHEAD_MAX else at


def _object(raw: dict[str, Any], name: str) -> dict[str, Any]:
    value = raw.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MessageError(name, f"{name} must be an object")
    return value


def _identifier(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise MessageError(name, f"{name} must be a string")
    value = value.strip()
    if len(value) > ID_LENGTH_MAX or not value.isprintable():
        raise MessageError(name, f"{name} must have at most {ID_LENGTH_MAX} printable characters")
    return value


def _label(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > EVENT_LENGTH_MAX:
        raise MessageError(name, f"{name} must be a string of at most {EVENT_LENGTH_MAX} characters")
    return value.strip()
