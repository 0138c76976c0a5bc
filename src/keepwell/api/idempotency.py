"""`Idempotency-Key`: the same request twice is one request (IETF draft-ietf-httpapi-idempotency-key-header).

The claim of a key is written first and for itself; work and answer are then one transaction. So a request
that dies leaves a claim that runs out, and nothing done.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from keepwell.api.auth import caller
from keepwell.api.models import IdempotentAnswer
from keepwell.api.problems import ApiError
from keepwell.foundation import clock

KEPT = timedelta(hours=24)
CLAIM = timedelta(seconds=60)
KEY_LENGTH_MAX = 255


def once(request: HttpRequest, status: int, work: Callable[[], Any]) -> HttpResponse:
    """Do `work` (which gives the body) and answer `status`; a second time give the first answer.

    Raises ApiError: 400 for a key that will not do, 409 while the first request is being worked on, 422
    where the key came with another request before. Where `work` raises nothing is kept, and the key is
    free again.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with transaction.atomic():
            return _response(status, _json(work()))
    if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isprintable() or not key.isascii():
        detail = f"Idempotency-Key must have 1 to {KEY_LENGTH_MAX} printable characters."
        raise ApiError(400, detail, errors=[{"parameter": "Idempotency-Key", "detail": detail}])
    who = sha256(caller(request).identity.encode()).hexdigest()
    now = clock.now()
    claim = uuid.uuid4().hex
    known = _claim(who, key, _hash_of(request), claim, now)
    if known is not None:
        response = _response(known.status or 200, known.body.encode())
        response.headers["Idempotency-Replayed"] = "true"
        return response
    mine = IdempotentAnswer.objects.filter(caller=who, key=key, claim=claim)
    try:
        with transaction.atomic():
            body = _json(work())
            row = mine.select_for_update().first()
            if row is None:
                raise ApiError(409, "This took too long, and another request with this key took over.")
            row.status, row.body = status, body.decode()
            row.save(update_fields=["status", "body"])
    except BaseException:
        mine.filter(status=None).delete()
        raise
    return _response(status, body)


def _claim(who: str, key: str, request_hash: str, claim: str, now: datetime) -> IdempotentAnswer | None:
    """Take the key, or give the answer that it had. Raises ApiError."""
    IdempotentAnswer.objects.filter(created_at__lt=now - KEPT).delete()
    fields = {"request_hash": request_hash, "claim": claim, "claimed_until": now + CLAIM, "created_at": now}
    try:
        with transaction.atomic():
            IdempotentAnswer.objects.create(caller=who, key=key, **fields)
        return None
    except IntegrityError:
        known = IdempotentAnswer.objects.filter(caller=who, key=key).first()
    if known is None:
        raise ApiError(409, "A request with this key has just ended. Please try again.")
    if known.request_hash != request_hash:
        raise ApiError(422, "This Idempotency-Key came with another request before.")
    if known.status is not None:
        return known
    free = IdempotentAnswer.objects.filter(pk=known.pk, status=None, claimed_until__lt=now)
    if not free.update(**fields):
        raise ApiError(409, "A request with this key is being worked on.", headers={"Retry-After": "1"})
    return None


def _hash_of(request: HttpRequest) -> str:
    parts = (request.method or "", request.get_full_path(), request.headers.get("If-Match", ""))
    return sha256("\0".join(parts).encode() + b"\0" + request.body).hexdigest()


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=str) if value is not None else b""


def _response(status: int, body: bytes) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json" if body else None)
