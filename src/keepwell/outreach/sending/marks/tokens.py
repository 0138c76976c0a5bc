"""Signed names of messages for public addresses: no row is needed to check one, and none says who it is.

A token is kind (1 byte), the message's number (16 bytes), for a click the link's number and for a
questionnaire its own (2 bytes), and the first 16 bytes of a signature over them; base64url without padding
(RFC 4648, section 5).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from keepwell.foundation.crypto import signature

PURPOSE = "outreach.marks.v1"
SIGNATURE_BYTES = 16
LINK_MAX = 0xFFFF
TOKEN = re.compile(r"[A-Za-z0-9_-]{44,47}")
MESSAGE_ID = re.compile(r"m[0-9a-f]{31}")


class Kind(StrEnum):
    """What a token may be used for, and no other."""

    WISHES = "u"  # unsubscribe and preferences
    CLICK = "c"
    OPEN = "o"
    ASK = "q"  # a questionnaire
    GUEST = "g"  # an invitation


NUMBERED = (Kind.CLICK, Kind.ASK)


@dataclass(frozen=True)
class Mark:
    """What a token says; `link` counts from 1 in a click, 0 being the link that no person sees.

    Of a questionnaire `link` says which.
    """

    kind: Kind
    message_id: str
    link: int = 0


def seal(mark: Mark) -> str:
    """The token of `mark`; raises ValueError for a message that is not called as ours are."""
    if not MESSAGE_ID.fullmatch(mark.message_id) or not 0 <= mark.link <= LINK_MAX:
        raise ValueError("mark: no such message or link")
    body = mark.kind.encode() + bytes.fromhex("0" + mark.message_id[1:])
    if mark.kind in NUMBERED:
        body += mark.link.to_bytes(2, "big")
    return base64.urlsafe_b64encode(body + _signed(body)).rstrip(b"=").decode()


def read(token: str, kind: Kind) -> Mark | None:
    """What `token` says; None where it is not ours, was cut or altered, or is of another kind."""
    raw = _bytes(token)
    if raw is None or raw[:1] != kind.encode():
        return None
    body, given = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if len(body) != (19 if kind in NUMBERED else 17) or not hmac.compare_digest(_signed(body), given):
        return None
    link = int.from_bytes(body[17:], "big") if kind in NUMBERED else 0
    return Mark(kind, "m" + body[1:17].hex()[1:], link)


def _bytes(token: str) -> bytes | None:
    if not TOKEN.fullmatch(token):
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except binascii.Error:
        return None
    # The last letter may carry bits that mean nothing: only one way of writing a token is the token.
    return raw if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == token else None


def _signed(body: bytes) -> bytes:
    return signature(PURPOSE, body)[:SIGNATURE_BYTES]
