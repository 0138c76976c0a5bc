"""Opaque places in lists."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson

from keepwell.api.problems import ApiError

LENGTH_MAX = 1_000


def encode(*place: Any) -> str:
    """A cursor for `place`."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode(cursor: str, *types: type) -> list[Any]:
    """The place that `encode` was given; raises ApiError 422 for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = orjson.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list) or len(place) != len(types) or not all(map(isinstance, place, types)):
        detail = "This is not a cursor of this list."
        raise ApiError(422, detail, errors=[{"parameter": "cursor", "detail": detail}])
    return place
