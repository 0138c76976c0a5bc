"""The Segment HTTP tracking API: /v1/identify, track, page, screen, group, alias, batch (and import)."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.api.auth import Caller, Remembered
from keepwell.api.gateway import BODY_BYTES_MAX
from keepwell.api.problems import ApiError
from keepwell.foundation import clock
from keepwell.integrations import services as integrations

INFLATED_BYTES_MAX = 8 * 1024 * 1024
BATCH_MAX = 2_000
SUCCESS = b'{"success":true}'
CALLERS = Remembered()


def take(request: HttpRequest, kind: str | None) -> HttpResponse:
    """Take one message of `kind`, or a batch where it is None.

    Raises ApiError: 400 for what is not JSON, 401 without a write key, 403 for a key that may not send,
    413 for too much.
    """
    received_at = clock.now()
    who = _by_header(request)
    said = _body(request)
    if who is None:
        who = _by_body(said)
    if who.scopes is not None and Permission.SEND_EVENTS not in who.scopes:
        raise ApiError(403, f"This token's scopes do not include {Permission.SEND_EVENTS.value}.")
    access.require(who.user, Permission.SEND_EVENTS)
    integrations.receive(
        batch=_messages(said, kind),
        source=who.source.replace("api:", "tracking:"),
        sent_at=said.get("sentAt"),
        received_at=received_at,
        actor=who.name,
    )
    return HttpResponse(SUCCESS, content_type="application/json")


def _by_header(request: HttpRequest) -> Caller | None:
    """The caller of the Authorization header; None without one."""
    said = request.headers.get("Authorization")
    if not said:
        return None
    scheme, _, value = said.partition(" ")
    secret = value.strip()
    if scheme.lower() == "basic":
        try:
            secret = base64.b64decode(value.strip()).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            secret = ""
    return _known(secret)


def _by_body(said: dict[str, Any]) -> Caller:
    key = said.get("writeKey")
    return _known(key if isinstance(key, str) else "")


def _known(secret: str) -> Caller:
    found = CALLERS.by_secret(secret)
    if found is None:
        raise ApiError(
            401,
            "Send the write key as user name of HTTP Basic, as Bearer token, or as writeKey in the body.",
            headers={"WWW-Authenticate": 'Basic realm="Keepwell"'},
        )
    return found


def _body(request: HttpRequest) -> dict[str, Any]:
    raw = request.body
    encoding = request.headers.get("Content-Encoding", "").lower()
    if encoding == "gzip":
        raw = _inflated(raw)
    elif encoding not in ("", "identity"):
        raise ApiError(415, "Content-Encoding must be gzip or absent.")
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise ApiError(400, "The body is not JSON.") from None
    if not isinstance(said, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return said


def _inflated(raw: bytes) -> bytes:
    """The gzip body, never more than `INFLATED_BYTES_MAX` of it."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(raw, INFLATED_BYTES_MAX)
    except zlib.error:
        raise ApiError(400, "The body is not gzip.") from None
    if unzip.unconsumed_tail:
        raise ApiError(413, f"A body may have at most {INFLATED_BYTES_MAX} bytes unpacked.")
    if not unzip.eof:
        raise ApiError(400, "The gzip body is cut short.")
    return plain


def _messages(said: dict[str, Any], kind: str | None) -> list[Any]:
    if kind is not None:
        return [{**said, "type": kind}]
    batch = said.get("batch")
    if not isinstance(batch, list):
        detail = "batch must be a list of messages."
        raise ApiError(400, detail, errors=[{"pointer": "/batch", "detail": detail}])
    if len(batch) > BATCH_MAX:
        raise ApiError(
            413, f"A batch may have at most {BATCH_MAX} messages of {BODY_BYTES_MAX} bytes in all."
        )
    return batch
