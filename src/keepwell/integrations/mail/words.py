"""The words of a message as plain text: never its HTML, never what hangs on it."""

from __future__ import annotations

import html
import re
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from keepwell.integrations.contracts import OpenedMail
from keepwell.integrations.mail.headers import decoded, header_text

READ_BYTES_MAX = 2**20  # words stand before what hangs on them
TEXT_LENGTH_MAX = 100_000
FILES_MAX = 50
_SPACE = re.compile(r"\s+")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})(?=[\s/>])[^<>]*>|<[!/?a-zA-Z][^<>]*>")
_BREAKS = re.compile(
    r"address|article|blockquote|br|d[dlt]|div|fieldset|footer|form|h[1-6r]|header|li|[ou]l|p|pre|section|table|tr"
)
_UNSEEN = tuple(
    (re.compile(begin, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (
        ("<!--", "-->"),
        *((rf"<{name}(?=[\s/>])", rf"</{name}[^<>]*>") for name in ("head", "script", "style", "title")),
    )
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


def open_words(content: bytes) -> OpenedMail:
    """The text part, else the HTML part reduced to text, and the names of the files that hang on it.

    Of a message of more than 1 MiB the beginning is read. The parser that takes messages as they are: the
    newer one can be kept busy for minutes by a part's headers.
    """
    cut = len(content) > READ_BYTES_MAX
    try:
        parts = list(message_from_bytes(content[:READ_BYTES_MAX], policy=compat32).walk())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return OpenedMail("", (), is_cut=True)
    texts = {"text/plain": "", "text/html": ""}
    files: list[str] = []
    for part in parts:
        kind, name = _kind(part), _file_name(part)
        if name:
            files.append(name)
        elif kind in texts and not texts[kind]:
            texts[kind] = _text(part)
    text = texts["text/plain"].strip() or reduced(texts["text/html"])
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return OpenedMail(text[:TEXT_LENGTH_MAX], tuple(files[:FILES_MAX]), cut or len(text) > TEXT_LENGTH_MAX)


def reduced(source: str) -> str:
    """HTML as text: a line for each block, nothing of scripts, styles, comments and addresses of links.

    In time linear in its length whatever it holds.
    """
    for begin, end in _UNSEEN:
        source = _without(source, begin, end)
    text = html.unescape(_TAG.sub(_space, _SPACE.sub(" ", source)))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _space(tag: re.Match[str]) -> str:
    name = (tag[1] or "").lower()
    return "\n" if _BREAKS.fullmatch(name) else " " if name in ("td", "th") else ""


def _without(source: str, begin: re.Pattern[str], end: re.Pattern[str]) -> str:
    """`source` without what stands between the two; what is never closed goes on to the end."""
    kept, place = [], 0
    while start := begin.search(source, place):
        kept.append(source[place : start.start()])
        stop = end.search(source, start.end())
        if stop is None:
            return "".join(kept)
        place = stop.end()
    return "".join([*kept, source[place:]])


def _kind(part: Message) -> str:
    return "" if part.is_multipart() else part.get_content_type()


def _file_name(part: Message) -> str:
    """The name of a part that is no text to be read; "" for one that is."""
    try:
        name = part.get_filename()
        hangs_on = part.get_content_disposition() == "attachment"
    except (ValueError, LookupError, TypeError, AttributeError):
        return "?"
    if part.is_multipart() or not (name or hangs_on):
        return ""
    return _CONTROL.sub("", header_text(str(name or "")))[:200] or "?"


def _text(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return decoded(payload, charset) if isinstance(payload, bytes) else ""
