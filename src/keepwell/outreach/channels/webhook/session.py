"""Messages as signed events, and receipts that come back signed the same way (Standard Webhooks 1.0)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import orjson
from django.conf import settings as django_settings
from standardwebhooks import Webhook

from keepwell.foundation import addresses, clock
from keepwell.outreach.channels.contracts import (
    Answer,
    ChannelDownError,
    Envelope,
    Fate,
    Inbound,
    Receipt,
    ReceiptKind,
    Received,
    Refusal,
    Reply,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.webhook.contract import TIMEOUT_SECONDS

DETAIL_MAX, CODE_MAX, REF_MAX = 300, 40, 120
# What it says in its answer is read up to here.
ANSWER_BYTES_MAX = 10_000
SENT, TOLD, PING = "message.send", "message.receipt", "ping"
SLOW_DOWN = frozenset({408, 425, 429, 503})
STOP = frozenset({401, 403, 404, 405, 410})


class WebhookSession:
    """Calls of one address; see `channels.contracts.Session`."""

    def __init__(self, settings: Settings, channel: str) -> None:
        self._settings, self._channel = settings, channel
        seconds = float(settings.get("timeout_seconds") or TIMEOUT_SECONDS)
        self._client = httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False)

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        request = self._request(envelope.message_id, SENT, _said(envelope, self._channel))
        committing()
        try:
            answer = self._client.send(request, stream=True)
            try:
                return _reply(answer.status_code, _start_of(answer))
            finally:
                answer.close()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise ChannelDownError(type(error).__name__) from error
        except httpx.HTTPError as error:
            return Reply(Fate.UNKNOWN, "lost", type(error).__name__)

    def probe(self) -> None:
        """Post an event that says nothing; raises ChannelDownError where it is not taken."""
        name = f"ping_{clock.now():%Y%m%dT%H%M%S%f}"
        try:
            answer = self._client.send(self._request(name, PING, {}))
        except httpx.HTTPError as error:
            raise ChannelDownError(type(error).__name__) from error
        if not answer.is_success:
            raise ChannelDownError(f"HTTP {answer.status_code}")

    def _request(self, name: str, kind: str, data: dict[str, Any]) -> httpx.Request:
        """The call; raises ChannelDownError where the name of its host is not known, or is not public."""
        try:
            target = addresses.target(
                self._settings["url"], allow_private=django_settings.KEEPWELL_WEBHOOKS_PRIVATE
            )
        except addresses.AddressError as error:
            raise ChannelDownError(str(error)) from error
        now = clock.now()
        body = orjson.dumps({"type": kind, "timestamp": now.isoformat(), "data": data})
        signature = Webhook(self._settings["secret"]).sign(name, now, body.decode())
        headers = {
            "Content-Type": "application/json",
            "Host": target.host_header,
            "User-Agent": "Keepwell-Webhooks/1",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        extensions = {"sni_hostname": target.server_name}
        return self._client.build_request(
            "POST", target.url, content=body, headers=headers, extensions=extensions
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _said(envelope: Envelope, channel: str) -> dict[str, Any]:
    return {
        "message_id": envelope.message_id,
        "channel": channel,
        "to": envelope.to,
        "purpose": envelope.purpose,
        "language": envelope.language,
        "subject": envelope.subject,
        "text": envelope.text,
        "html": envelope.html,
        "headers": dict(envelope.headers),
    }


def _start_of(answer: httpx.Response) -> bytes:
    found = b""
    for part in answer.iter_bytes():
        found += part
        if len(found) >= ANSWER_BYTES_MAX:
            break
    return found[:ANSWER_BYTES_MAX]


def _reply(status: int, body: bytes) -> Reply:
    said = body.decode("utf-8", "replace")[:DETAIL_MAX]
    code = str(status)
    if 200 <= status < 300:
        return Reply(Fate.ACCEPTED, code, provider_ref=_ref(body))
    if status in SLOW_DOWN:
        return Reply(Fate.LATER, code, said, Refusal.SLOW_DOWN)
    if status in STOP:
        return Reply(Fate.LATER, code, said, Refusal.STOP)
    if status == 422:
        # The address is fine, the customer's is not.
        return Reply(Fate.REFUSED, code, said, Refusal.NEVER_AGAIN)
    if status >= 500:
        return Reply(Fate.UNKNOWN, code, said)
    return Reply(Fate.REFUSED, code, said, Refusal.FIX)


def _ref(body: bytes) -> str:
    """The receiver's own number of the message, where it says one."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    ref = told.get("ref", "") if isinstance(told, dict) else ""
    return str(ref)[:REF_MAX]


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check and read receipts: {"type": "message.receipt", "data": [{"message_id", "kind", "at", …}]}.

    Raises SignatureError, and ValueError for what cannot be read.
    """
    try:
        Webhook(settings["secret"]).verify(inbound.body, dict(inbound.headers), json_parse=False)
    except Exception as error:  # its own class, and whatever odd headers make of base64 and splitting
        raise SignatureError("webhook-signature") from error
    told = orjson.loads(inbound.body)
    if not isinstance(told, dict) or told.get("type") != TOLD or not isinstance(told.get("data"), list):
        raise ValueError(f"not a {TOLD}")
    return Received([_receipt(item) for item in told["data"]], Answer(204))


def _receipt(item: Any) -> Receipt:
    if not isinstance(item, dict) or not (item.get("message_id") or item.get("address")):
        raise ValueError("a receipt names a message_id or an address")
    at = datetime.fromisoformat(item["at"]) if item.get("at") else clock.now()
    if at.tzinfo is None:
        raise ValueError("at: needs its offset from UTC")
    refusal = item.get("refusal")
    return Receipt(
        ReceiptKind(item.get("kind", "")),
        at,
        message_id=str(item.get("message_id") or ""),
        provider_ref=str(item.get("ref") or "")[:REF_MAX],
        key=str(item.get("key") or ""),
        code=str(item.get("code") or "")[:CODE_MAX],
        detail=str(item.get("detail") or "")[:DETAIL_MAX],
        refusal=Refusal(refusal) if refusal else None,
        address=str(item.get("address") or ""),
    )
