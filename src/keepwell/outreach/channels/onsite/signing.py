"""Who comes: the shop signs its customer's number; what was shown is named by a token of ours.

The shop's signature is HMAC-SHA-256 (RFC 2104) over `number.seconds`, where seconds is the moment of signing
as Unix time, in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from keepwell.foundation.crypto import signature

PURPOSE = "outreach.onsite.v1"
VALID = timedelta(hours=24)
AHEAD = timedelta(minutes=5)
TOKEN = re.compile(r"([mn])-([0-9a-f]{1,32})-(\d{1,4})-([0-9a-f]{32})")


@dataclass(frozen=True)
class Shown:
    """What a token names: a message ("m") or a notice for everybody ("n"), and on which visit."""

    kind: str
    name: str
    visit: int


def sign(secret: str, customer_id: str, issued: int) -> str:
    """What the shop's server writes into its page."""
    return hmac.new(secret.encode(), f"{customer_id}.{issued}".encode(), hashlib.sha256).hexdigest()


def is_signed(secret: str, customer_id: str, issued: int, given: str, *, now: datetime) -> bool:
    """Whether the shop said within a day that this customer is the one who looks."""
    seconds = now.timestamp() - issued
    if not -AHEAD.total_seconds() <= seconds <= VALID.total_seconds():
        return False
    return hmac.compare_digest(sign(secret, customer_id, issued).encode(), given.encode())


def seal(shown: Shown) -> str:
    """A token that says what was shown."""
    body = f"{shown.kind}-{shown.name}-{shown.visit}"
    return f"{body}-{_signed(body)}"


def read(token: str) -> Shown | None:
    """What a token names; None where it is not ours."""
    match = TOKEN.fullmatch(token)
    if match is None:
        return None
    body, given = token.rpartition("-")[0], match[4]
    if not hmac.compare_digest(_signed(body), given):
        return None
    return Shown(match[1], match[2], int(match[3]))


def _signed(body: str) -> str:
    return signature(PURPOSE, body.encode()).hex()[:32]
