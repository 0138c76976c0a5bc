"""What WhatsApp tells us: what became of messages, and what customers write."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from keepwell.outreach.channels.contracts import (
    Answer,
    Heard,
    HeardKind,
    Inbound,
    Receipt,
    ReceiptKind,
    Received,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.stopwords import asks_to_stop
from keepwell.outreach.channels.whatsapp import codes

KINDS = {
    "sent": ReceiptKind.ACCEPTED,
    "delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.OPENED,
    "failed": ReceiptKind.FAILED,
}
# Not the customer's words: notices of the system, and what we cannot read.
SILENT = frozenset({"system", "unsupported", "ephemeral"})


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Read a call of WhatsApp; raises SignatureError, ValueError."""
    if inbound.method == "GET":
        return _handshake(settings, inbound)
    _check(settings.get("app_secret", ""), inbound)
    try:
        said = orjson.loads(inbound.body)
        values = list(_values(said, settings["phone_number_id"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the JSON that was expected") from error
    try:
        receipts = [one for value in values for one in _receipts(value)]
        heard = [one for value in values for one in _heard(value)]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not the JSON that was expected") from error
    return Received(receipts=receipts, heard=heard)


def _handshake(settings: Settings, inbound: Inbound) -> Received:
    query = inbound.query
    said, ours = query.get("hub.verify_token", ""), settings.get("verify_token", "")
    known = bool(ours) and hmac.compare_digest(said.encode(), ours.encode())
    if query.get("hub.mode") != "subscribe" or not known:
        raise SignatureError("verify_token")
    return Received(answer=Answer(body=query.get("hub.challenge", "").encode()))


def _check(secret: str, inbound: Inbound) -> None:
    """The signature covers the body byte for byte, as it came."""
    said = inbound.headers.get("x-hub-signature-256", "")
    made = "sha256=" + hmac.new(secret.encode(), inbound.body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(made.encode(), said.encode()):
        raise SignatureError("x-hub-signature-256")


def _values(said: dict[str, Any], phone_number_id: str) -> Iterator[dict[str, Any]]:
    """What is told of messages of our number; one address may be told of several numbers."""
    for entry in said.get("entry") or ():
        for change in entry.get("changes") or ():
            value = change.get("value") or {}
            about = (value.get("metadata") or {}).get("phone_number_id", "")
            if change.get("field") == "messages" and about == phone_number_id:
                yield value


def _at(one: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(one["timestamp"]), UTC)


def _receipts(value: dict[str, Any]) -> Iterator[Receipt]:
    for one in value.get("statuses") or ():
        kind = KINDS.get(one["status"])
        if kind is None:
            continue
        named = (one.get("biz_opaque_callback_data") or "", one["id"])
        if kind is not ReceiptKind.FAILED:
            yield Receipt(kind, _at(one), *named, key=one["status"])
            continue
        problem = (one.get("errors") or [{}])[0]
        code = int(problem.get("code", 131000))
        detail = str(problem.get("title") or problem.get("message") or "")[:300]
        refusal = codes.refusal_of(code)
        yield Receipt(kind, _at(one), *named, "failed", str(code), detail, refusal)
        if code == codes.OPTED_OUT:
            yield Receipt(ReceiptKind.UNSUBSCRIBED, _at(one), *named, key="opted_out", code=str(code))
    for one in value.get("messages") or ():
        # An answer to a certain message names it.
        ref = (one.get("context") or {}).get("id", "")
        if ref and one.get("type") not in SILENT:
            yield Receipt(ReceiptKind.REPLIED, _at(one), provider_ref=ref, key=str(one["id"])[:120])


def _heard(value: dict[str, Any]) -> Iterator[Heard]:
    for one in value.get("messages") or ():
        # A customer who hides their number has none that we could know them by.
        if one.get("type") in SILENT or not one.get("from"):
            continue
        key = hashlib.sha256(str(one["id"]).encode()).hexdigest()[:40]
        text = _words(one)
        yield Heard(HeardKind.MESSAGE, "+" + one["from"], _at(one), key, text)
        if asks_to_stop(text):
            yield Heard(HeardKind.STOP, "+" + one["from"], _at(one), key + ":stop")


def _words(one: dict[str, Any]) -> str:
    kind = one.get("type", "")
    part = one.get(kind) or {}
    if kind == "text":
        return str(part.get("body", ""))
    if kind == "button":
        return str(part.get("text", ""))
    if kind == "interactive":
        chosen = part.get(part.get("type", "")) or {}
        return str(chosen.get("title", ""))
    return str(part.get("caption", "")) if isinstance(part, dict) else ""
