"""What mail providers tell of messages: who said it, and what it says, in our terms."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import orjson
from anymail.exceptions import AnymailWarning
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import (
    Inbound,
    Receipt,
    ReceiptKind,
    Received,
    Refusal,
    SignatureError,
)
from keepwell.outreach.channels.email.api import NAME
from keepwell.outreach.channels.email.statuses import code_in, meaning

# A provider tells again for hours what we did not take. What comes twice counts once, so the limit need only
# keep out what was recorded long ago.
AGE_MAX = timedelta(days=1)
SKEW = timedelta(minutes=5)
DETAIL_MAX = 300
KINDS = {
    EventType.QUEUED: ReceiptKind.ACCEPTED,
    EventType.SENT: ReceiptKind.ACCEPTED,
    EventType.DELIVERED: ReceiptKind.DELIVERED,
    EventType.BOUNCED: ReceiptKind.FAILED,
    EventType.REJECTED: ReceiptKind.FAILED,
    EventType.FAILED: ReceiptKind.FAILED,
    EventType.COMPLAINED: ReceiptKind.COMPLAINED,
    EventType.UNSUBSCRIBED: ReceiptKind.UNSUBSCRIBED,
    EventType.OPENED: ReceiptKind.OPENED,
    EventType.CLICKED: ReceiptKind.CLICKED,
}
# What the provider did not even try, because the customer had said so to it before.
SAID_BEFORE = {
    RejectReason.UNSUBSCRIBED: ReceiptKind.UNSUBSCRIBED,
    RejectReason.SPAM: ReceiptKind.COMPLAINED,
}
DEAD = (RejectReason.INVALID, RejectReason.BOUNCED)

Event = dict[str, Any]
"""One event as a provider writes it."""
View = TypeVar("View")
# The library asks for a check of its own; ours stands before it.
_CHECKED = "checked:before"


def reader(view: Callable[..., View], **options: Any) -> View:
    """The library's reader of a provider's events, for its normalised kinds and reasons."""
    with warnings.catch_warnings():
        # That nobody of the library tries SendGrid against the real service any more.
        warnings.simplefilter("ignore", AnymailWarning)
        return view(webhook_secret=_CHECKED, **options)


def fresh(stamp: str, *, age_max: timedelta = AGE_MAX) -> None:
    """Raise SignatureError for a signed time (seconds since 1970) that is not of now."""
    try:
        at = datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureError("timestamp") from error
    if not -SKEW <= clock.now() - at <= age_max:
        raise SignatureError("timestamp")


def check_word(inbound: Inbound, word: str) -> None:
    """Whether the request carries the agreed word: as the password of HTTP Basic, or as Bearer token.

    For providers that sign nothing. Raises SignatureError, also where no word is agreed.
    """
    kind, _, given = inbound.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            given = base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError) as error:
            raise SignatureError("authorization") from error
    elif kind.lower() != "bearer":
        raise SignatureError("authorization")
    if not word or not hmac.compare_digest(given.strip().encode(), word.encode()):
        raise SignatureError("authorization")


def read_json(inbound: Inbound) -> Any:
    """The body; raises ValueError for none."""
    return orjson.loads(inbound.body)


def received(events: Any, read: Callable[[Event], Iterable[Receipt]]) -> Received:
    """The receipts of a batch. An event that cannot be read, or of a kind unknown, keeps back no other.

    Raises ValueError for what is no batch at all.
    """
    if not isinstance(events, list):
        raise ValueError("a list of events is expected")
    receipts: list[Receipt] = []
    for event in events:
        try:
            receipts.extend(read(event))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, OSError):
            continue
    return Received(tuple(receipts))


def receipts_of(
    event: AnymailTrackingEvent,
    *,
    at: datetime | None = None,
    key: str = "",
    dead: bool | None = None,
    by_machine: bool = False,
    name: str = "",
    code: str = "",
) -> list[Receipt]:
    """An event in our terms; none for what says nothing of a message's fate.

    `at` and `key` where the provider says them elsewhere than the library looks; `dead`: whether the provider
    itself says that the address takes nothing; the server's own code has the last word.
    """
    kind, at = KINDS.get(event.event_type), at or event.timestamp
    message_id, ref = name or named(event.metadata), str(event.message_id or "")
    if kind is None or at is None or not (message_id or ref):
        return []
    words = event.mta_response or event.description or ""
    failed = kind is ReceiptKind.FAILED
    one = Receipt(
        kind=kind,
        at=at.astimezone(UTC),
        message_id=message_id,
        provider_ref=ref[:120],
        key=key or _key(str(event.event_id or "")),
        code=(code or code_in(words) or str(event.reject_reason or ""))[:40] if failed else "",
        detail=words[:DETAIL_MAX] if failed else "",
        refusal=_refusal(event, words, dead, code) if failed else None,
        by_machine=by_machine,
        link=str(event.click_url or "") if kind is ReceiptKind.CLICKED else "",
    )
    before = SAID_BEFORE.get(event.reject_reason) if event.event_type == EventType.REJECTED else None
    if before is None:
        return [one]
    return [one, Receipt(before, one.at, message_id, one.provider_ref, one.key)]


def named(metadata: Mapping[str, Any] | None) -> str:
    """Our name of the message in what the provider keeps beside it."""
    value = (metadata or {}).get(NAME, "")
    return value if isinstance(value, str) else ""


def digest(*parts: object) -> str:
    """A number for an event of a provider that gives none: the same when it is told again."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:40]


def _key(said: str) -> str:
    return said if len(said) <= 120 else digest(said)


def _refusal(event: AnymailTrackingEvent, words: str, dead: bool | None, code: str) -> Refusal | None:
    if event.event_type == EventType.REJECTED and event.reject_reason in SAID_BEFORE:
        # What the customer said then is a receipt of its own.
        return None
    status = code or code_in(words)
    known = meaning(status, words)
    if known is not None:
        return known
    if status.startswith("4.") or event.reject_reason in (RejectReason.TIMED_OUT, RejectReason.UNSUBSCRIBED):
        return None
    if dead is None:
        dead = event.reject_reason in DEAD
    if dead:
        return Refusal.NEVER_AGAIN
    return Refusal.FIX if event.reject_reason == RejectReason.SPAM else None
