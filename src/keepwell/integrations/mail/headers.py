"""Who wrote to whom, when and about what; anybody may have written it, so nothing of it is trusted.

Only the block of headers is read, with the parser that takes them as they are: the newer one needs seconds
for some lines of a few kilobytes.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from keepwell.integrations.contracts import MailError

HEADER_BYTES_MAX = 128 * 2**10
ADDRESSES_MAX = 200  # more is a mailing, not a letter
ADDRESS_LENGTH_MAX = 254  # RFC 5321, 4.5.3.1.3
TEXT_LENGTH_MAX = 998  # RFC 5322, 2.1.1
OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
SKEW = timedelta(days=1)
_END = re.compile(rb"\r?\n\r?\n|\r\r")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufffd]+")
# Chinese programs name the old sets and write the new one, which holds them.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
# Codecs of Python that are no charsets of mail; some take minutes for a megabyte.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_BROKEN = (
    HeaderParseError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


@dataclass(frozen=True)
class Letter:
    """What the headers say; addresses in lower case, `names` as people write themselves."""

    message_id: str
    subject: str
    sent_at: datetime | None
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    names: tuple[str, ...]


def read(content: bytes, *, now: datetime) -> Letter:
    """The headers of a message; `sent_at` is None where no date in them can be right.

    Raises MailError where it is no message between somebody and somebody.
    """
    said = fields(content)
    senders, names = _people(said, ("from",))
    receivers, other_names = _people(said, ("to", "cc"))
    if not senders:
        raise MailError("no_sender")
    if len(senders) + len(receivers) > ADDRESSES_MAX:
        raise MailError("too_many_addresses")
    return Letter(
        message_id=_BLANK.sub("", _first(said, "message-id"))[:TEXT_LENGTH_MAX],
        subject=header_text(_first(said, "subject"))[:TEXT_LENGTH_MAX].strip(),
        sent_at=_sent_at(said, now),
        senders=senders,
        receivers=receivers,
        names=tuple(dict.fromkeys((*names, *other_names))),
    )


def fields(content: bytes) -> list[tuple[str, str]]:
    """Name, in lower case, and raw value of each header. Raises MailError for none, or too many."""
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not content.strip():
        raise MailError("empty")
    end = _END.search(content, 0, HEADER_BYTES_MAX)
    if end is None and len(content) > HEADER_BYTES_MAX:
        raise MailError("headers_too_large")
    block = content[: end.start() if end else None] + b"\n\n"
    found = [(name.lower(), str(value)) for name, value in _raw(block)]
    if not found:
        raise MailError("no_headers")
    return found


def header_text(raw: str) -> str:
    """An unstructured header in words: encoded words (RFC 2047) and plain 8-bit text decoded, on one line."""
    raw = _recovered(raw)
    try:
        text = "".join(_part(part, charset) for part, charset in decode_header(raw))
    except _BROKEN:
        text = raw
    return _BLANK.sub(" ", text).strip()


def _part(part: str | bytes, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    # That is how the library hands over what stands between encoded words.
    return decoded(part, charset) if charset else _whole(part.decode("raw-unicode-escape"))


def decoded(content: bytes, charset: str | None) -> str:
    """Text in the charset that is said, else in one that fits; what cannot be read is marked, never lost."""
    said = _charset(charset)
    for name in dict.fromkeys((said or "utf-8", "utf-8", "gb18030")):
        try:
            return _whole(content.decode(name))
        except _BROKEN:
            continue
    return _whole(content.decode(said or "utf-8", "replace"))


def _whole(text: str) -> str:
    """`text` without halves of characters (UTF-7 can bring them), which nothing can store."""
    return text.encode("utf-8", "replace").decode()


def _charset(said: str | None) -> str:
    """The codec of a charset, "" where there is none."""
    try:
        name = codecs.lookup((said or "").strip()).name
        "".encode(name)
    except _BROKEN:
        return ""
    return "" if name in _NO_CHARSETS else _WIDER.get(name, name)


def _raw(block: bytes) -> Iterable[tuple[str, str]]:
    try:
        return list(BytesHeaderParser(policy=compat32).parsebytes(block).raw_items())
    except _BROKEN:
        raise MailError("no_headers") from None


def _first(said: list[tuple[str, str]], name: str) -> str:
    return next((value for found, value in said if found == name), "")


def _people(said: list[tuple[str, str]], headers: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses in these headers, each once, and the names beside them."""
    raw = [_recovered(value) for name, value in said if name in headers]
    try:
        found = getaddresses([_BLANK.sub(" ", value) for value in raw])
    except _BROKEN:
        return (), ()
    addresses = [address.strip().casefold() for _name, address in found]
    names = [header_text(name[:TEXT_LENGTH_MAX]) for name, _address in found]
    return (
        tuple(dict.fromkeys(one for one in addresses if _is_address(one))),
        tuple(dict.fromkeys(one for one in names if one)),
    )


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and len(text) <= ADDRESS_LENGTH_MAX and not _BLANK.search(text)


def _sent_at(said: list[tuple[str, str]], now: datetime) -> datetime | None:
    """The Date, else when the last server took it; None where neither can be right."""
    dates = [_first(said, "date"), _first(said, "received").rpartition(";")[2]]
    for text in dates:
        try:
            found = parsedate_to_datetime(_BLANK.sub(" ", text[:TEXT_LENGTH_MAX]))
            at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except _BROKEN:
            continue
        if OLDEST <= at <= now + SKEW:
            return min(at, now)
    return None


def _recovered(raw: str) -> str:
    """8-bit bytes that the parser kept as surrogates, as text."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        return decoded(raw.encode("utf-8", "surrogateescape"), None)
    return raw
