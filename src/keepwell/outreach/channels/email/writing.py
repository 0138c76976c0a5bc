"""An envelope as the bytes that go over the wire, for many that differ in little.

The library's `EmailMessage` (see `composing`) parses and folds every header anew, which costs more than all
the rest of sending. Here a line that needs no folding or encoding is written as it is, the others come out
of the library once and are kept. What is read of these bytes is what is read of the library's; a property
test holds both side by side.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.channels.email.addressing import AddressError, needs_utf8, wire
from keepwell.outreach.channels.email.composing import (
    POLICY,
    POLICY_UTF8,
    ComposeError,
    compose,
    header_name,
    sender_parts,
)

CRLF = b"\r\n"
# Lines and bodies as RFC 5322, section 2.1.1, and RFC 2045, section 6.8, want them.
LINE_MAX = 78
ENCODED_MAX = 76
# RFC 5322 allows 998 letters in a line; what cannot be broken may go beyond 78.
WORD_MAX = 900
# Words in ASCII, one space between them: nothing of it can be read in another way.
_SIMPLE = re.compile(r"(?!.*=\?)[!-~]+(?: [!-~]+)*")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KEPT = 4_096


@dataclass(frozen=True)
class Written:
    """A message on its way: CRLF line ends, no line longer than the protocol allows, dots not yet doubled."""

    sender: str
    receiver: str
    content: bytes
    wide: bool = False  # only a server with SMTPUTF8 can take it


def write(envelope: Envelope, *, sender: str, at: datetime, headers: Mapping[str, str]) -> Written:
    """The bytes of `envelope`, sent `at`; `headers` are added to its own.

    Raises ComposeError as `composing.compose` does.
    """
    try:
        receiver = wire(envelope.to)
        came_from, domain, own = _sender(sender, envelope.sender_name)
    except (AddressError, ValueError, IndexError) as error:
        raise ComposeError(str(error)) from error
    if needs_utf8(receiver) or needs_utf8(own) or not _ID.fullmatch(envelope.message_id):
        return _by_library(envelope, sender, at, headers)
    lines = [
        came_from,
        _line("To", receiver),
        _line("Subject", envelope.subject),
        _date(at.replace(microsecond=0)),
        f"Message-ID: <{envelope.message_id}@{domain}>\r\n",
    ]
    lines += [_line(header_name(name), value) for name, value in envelope.headers.items()]
    lines += [_line(name, value) for name, value in headers.items()]
    if envelope.language:
        lines.append(_line("Content-Language", envelope.language))
    lines.append("MIME-Version: 1.0\r\n")
    head, body = "".join(lines).encode("ascii"), _part("plain", envelope.text)
    if envelope.html:
        # No encoded line holds "=_", and no other text the message's own name.
        mark = f"=_{envelope.message_id}"
        head += f'Content-Type: multipart/alternative;\r\n boundary="{mark}"\r\n\r\n'.encode("ascii")
        between = f"\r\n--{mark}".encode("ascii")
        opening = between[2:] + CRLF
        closing = (between, b"--", CRLF)
        body = b"".join((opening, body, between, CRLF, _part("html", envelope.html), *closing))
    return Written(own, receiver, head + body)


def _by_library(envelope: Envelope, sender: str, at: datetime, headers: Mapping[str, str]) -> Written:
    message = compose(envelope, sender=sender, at=at)
    for name, value in headers.items():
        message[name] = value
    addresses = [message[name].addresses[0].addr_spec for name in ("From", "To")]
    wide = any(map(needs_utf8, addresses))
    content = message.as_bytes(policy=POLICY_UTF8 if wide else POLICY)
    return Written(addresses[0], addresses[1], CRLF.join(content.splitlines()) + CRLF, wide)


@lru_cache(maxsize=256)
def _sender(sender: str, named: str) -> tuple[str, str, str]:
    """The From line, the domain of Message-IDs, and the address itself."""
    _name, address = sender_parts(sender)
    blank = Envelope("m", "to@shop.example", text="-", sender_name=named)
    message = compose(blank, sender=sender, at=datetime(2000, 1, 1))
    line = POLICY.fold("From", message["From"])
    return line, address.rpartition("@")[2], message["From"].addresses[0].addr_spec


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    return f"Date: {format_datetime(at)}\r\n"


def _line(name: str, value: str) -> str:
    """A header line; one that is long, or has letters that must be encoded, as the library writes it."""
    if _SIMPLE.fullmatch(value):
        if len(name) + len(value) + 2 <= LINE_MAX:
            return f"{name}: {value}\r\n"
        if " " not in value and len(value) <= WORD_MAX:
            return f"{name}:\r\n {value}\r\n"
    return _by_policy(name, value)


@lru_cache(maxsize=_KEPT)
def _by_policy(name: str, value: str) -> str:
    message = EmailMessage(policy=POLICY)
    try:
        message[name] = value
        return POLICY.fold(name, message[name])
    except (ValueError, IndexError) as error:
        raise ComposeError(name if name == "Content-Language" else str(error)) from error


def _part(subtype: str, text: str) -> bytes:
    """A text with the headers that say how it is written: as it is, or whichever form is shorter."""
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise ComposeError("letters that there are not") from error
    lines = raw.splitlines()
    body = CRLF.join(lines) + CRLF
    if raw.isascii() and b"\0" not in raw and max(map(len, lines), default=0) <= LINE_MAX:
        form = "7bit"
    elif _is_latin(len(text), len(raw)):
        form, body = "quoted-printable", binascii.b2a_qp(body, istext=True)
    else:
        form, body = "base64", _base64(body)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {form}\r\n\r\n'
    return head.encode("ascii") + body


def _is_latin(letters: int, octets: int) -> bool:
    """Whether quoted-printable is the shorter form: three signs for an octet beyond ASCII, else one.

    A letter beyond ASCII has two to four octets; what makes it more than one is counted, and half again.
    """
    beyond = (octets - letters) * 1.5
    return octets + 2 * beyond <= octets * 4 / 3


def _base64(body: bytes) -> bytes:
    whole = binascii.b2a_base64(body, newline=False)
    steps = range(0, len(whole), ENCODED_MAX)
    return CRLF.join([whole[start : start + ENCODED_MAX] for start in steps]) + CRLF
