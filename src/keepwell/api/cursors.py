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
        raise unknown()
    return place


def unknown() -> ApiError:
    """The error for a cursor that is of no use here."""
    detail = "This is not a cursor of this list."
    return ApiError(422, detail, errors=[{"parameter": "cursor", "detail": detail}])
