"""What a company's own mail server may tell of messages: a few lines of JSON, signed.

SMTP has no receipts. A server whose log is followed by a small script can tell of every message that it took,
so that one whose answer got lost is known to be there, or known not to be:

    POST /hooks/<token>, signed as https://www.standardwebhooks.com says
    [{"id": "m01ab…", "event": "accepted", "at": "2026-11-23T04:00:00Z"}, …]

`id` is the part of the Message-ID before the @; `event` accepted, delivered or failed (then with `code`, an
RFC 3463 status such as 5.1.1).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from keepwell.outreach.channels.contracts import (
    Answer,
    Inbound,
    Receipt,
    ReceiptKind,
    Received,
    Refusal,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.email.statuses import DEAD_ADDRESS

SECRET = "reports_secret"  # noqa: S105 - the name of a field
EVENTS = {
    "accepted": ReceiptKind.ACCEPTED,
    "delivered": ReceiptKind.DELIVERED,
    "failed": ReceiptKind.FAILED,
}


def reports_all(settings: Settings) -> bool:
    """Whether the server is said to tell of every message that it takes."""
    return bool(settings.get(SECRET))


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Read a report; raises SignatureError, and ValueError naming the first event that is none."""
    if not settings.get(SECRET):
        raise SignatureError("this account takes no reports: it has no signing secret")
    try:
        Webhook(settings[SECRET]).verify(inbound.body, dict(inbound.headers))
    except WebhookVerificationError as error:
        raise SignatureError(str(error)) from error
    told = orjson.loads(inbound.body)
    if not isinstance(told, list):
        raise ValueError("a list of events is expected")
    return Received([_read(number, event) for number, event in enumerate(told)], Answer(204))


def _read(number: int, event: Any) -> Receipt:
    try:
        kind = EVENTS[event["event"]]
        at = datetime.fromisoformat(event["at"])
        name, code = str(event["id"]), str(event.get("code", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"event {number}: id, event and at are needed") from error
    if at.tzinfo is None:
        raise ValueError(f"event {number}: at has no time zone")
    refusal = Refusal.NEVER_AGAIN if kind is ReceiptKind.FAILED and code in DEAD_ADDRESS else None
    return Receipt(kind=kind, at=at, message_id=name, code=code, refusal=refusal)
