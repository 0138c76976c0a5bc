"""Mails that no person wrote: what mail servers report of ours, complaints, automatic replies.

Delivery reports are those of RFC 3464 and 6533, and what Exim, qmail, QQ and others send instead; complaints
those of RFC 5965; automatic replies those of RFC 3834, and what says so only in its subject. Our message is
named by its Message-ID in what comes back, by what the report answers to, or by the address it came back to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime
from enum import StrEnum
from itertools import islice

from keepwell.outreach.channels.contracts import Receipt, ReceiptKind
from keepwell.outreach.channels.email.statuses import CODE, code_in, meaning

READ_BYTES_MAX = 2**20  # what a server says stands before what it gives back
PARTS_MAX, TEXT_MAX, DETAIL_MAX = 30, 20_000, 300
OURS = re.compile(r"(?<![0-9a-z])m[0-9a-f]{31}(?![0-9a-z])")
_SERVERS = re.compile(r"(?:mailer-daemon|postmaster|mail[-_.]?delivery|bounces?|mdaemon)@", re.IGNORECASE)
_RETURNED = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|report)|mail delivery failed|returned mail"
    r"|failure notice|could not be delivered|not delivered"
    r"|退信|未送达|投递失败|發送失敗|发送失败|未能送达|無法傳遞|无法投递",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"\s*(?:re:\s*)?(?:\[?(?:auto(?:matic)?[ -]?(?:reply|response)|out of (?:the )?office)|自动回复|自動回覆"
    r"|自动答复|不在办公室|外出|abwesenheitsnotiz|réponse automatique|respuesta automática)",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon)@", re.IGNORECASE)
_OF_LISTS = ("List-Id", "List-Unsubscribe", "List-Post", "X-Auto-Response-Suppress", "X-Loop")
_LATER = re.compile(r"delayed|will (?:be )?retr(?:y|ied)|still trying|尚未送达|延迟|延遲", re.IGNORECASE)
_ANSWER = re.compile(r"(?<!\d)([45]\d\d)[ -]")
GIVEN_BACK = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
COMPLAINTS = {
    "abuse": ReceiptKind.COMPLAINED,
    "fraud": ReceiptKind.COMPLAINED,
    "opt-out": ReceiptKind.UNSUBSCRIBED,
}
_BROKEN = (
    MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


class Kind(StrEnum):
    """What wrote it."""

    REPORT = "report"  # a mail server, about a message
    COMPLAINT = "complaint"  # a mailbox provider, for one of its people
    AUTOMATIC = "automatic"  # somebody's mailbox while he is away


@dataclass(frozen=True)
class Notice:
    """A mail that no person wrote; `receipt` is what it says of a message of ours, None for nothing final."""

    kind: Kind
    receipt: Receipt | None = None


def read(content: bytes, *, came_at: datetime) -> Notice | None:
    """What a mail tells, or None where a person wrote it; whatever it holds.

    `came_at` is its time where it says none, or one that is still to come.
    """
    try:
        message = message_from_bytes(content[:READ_BYTES_MAX], policy=compat32)
        parts = list(islice(_parts(message), PARTS_MAX))
        at = _time(message, came_at)
        kind = str(message.get_param("report-type") or "").lower()
        if message.get_content_type() == "multipart/report":
            if kind == "feedback-report":
                return Notice(Kind.COMPLAINT, _complaint(message, parts, at))
            if kind == "disposition-notification":
                return Notice(Kind.AUTOMATIC)
            return Notice(Kind.REPORT, _report(message, parts, at))
        if _is_report(message):
            return Notice(Kind.REPORT, _report(message, parts, at))
        if _is_automatic(message):
            return Notice(Kind.AUTOMATIC)
    except _BROKEN:
        return None
    return None


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a message, not those of messages that hang on it."""
    yield message
    if message.get_content_maintype() == "multipart":
        for part in message.get_payload() if message.is_multipart() else ():
            if isinstance(part, Message):
                yield from _parts(part)


def _report(message: Message, parts: list[Message], at: datetime) -> Receipt | None:
    """What a mail server says became of a message."""
    groups = _fields_of(parts, "delivery-status")
    name = _named(message, parts, groups)
    if not name:
        return None
    told = [group for group in groups if group.get("action")]
    words = _words(parts)
    for group in told:
        action = group["action"].split(";")[0].strip().lower()
        if action == "failed":
            return _failed(name, at, _status(group, words), group.get("diagnostic-code") or words)
        if action == "delivered":
            return Receipt(ReceiptKind.DELIVERED, at, name)
    if told or _LATER.search(_subject(message)):
        # Delayed, or handed to a system that reports nothing: nobody knows yet.
        return None
    return _failed(name, at, code_in(words), words)


def _failed(name: str, at: datetime, status: str, words: str) -> Receipt:
    answer = _ANSWER.search(words)
    code = status or (answer[1] if answer else "")
    detail = " ".join(words.split())[:DETAIL_MAX]
    is_permanent = code.startswith("5") or not code
    refusal = meaning(status, words) if is_permanent else None
    return Receipt(ReceiptKind.FAILED, at, name, code=code, detail=detail, refusal=refusal)


def _status(group: dict[str, str], words: str) -> str:
    """The RFC 3463 code: the remote server's own where the reporting one only says 5.0.0."""
    found = CODE.search(group.get("status", ""))
    own = found[0] if found else ""
    if own in ("", "5.0.0", "5.0.999") or own.startswith("4."):
        return code_in(group.get("diagnostic-code", "")) or own or code_in(words)
    return own


def _complaint(message: Message, parts: list[Message], at: datetime) -> Receipt | None:
    groups = _fields_of(parts, "feedback-report")
    kind = COMPLAINTS.get(groups[0].get("feedback-type", "").strip().lower()) if groups else None
    name = _named(message, parts, groups)
    return Receipt(kind, at, name) if kind and name else None


def _is_report(message: Message) -> bool:
    """Whether a mail server wrote it that writes no RFC 3464."""
    if message.get("X-Failed-Recipients"):
        return True
    is_servers = str(message.get("Return-Path", "")).strip() == "<>" or bool(
        _SERVERS.search(str(message.get("From", "")))
    )
    return is_servers and bool(_RETURNED.search(_subject(message)))


def _is_automatic(message: Message) -> bool:
    """RFC 3834; and those that do not say so but in their subject.

    What a machine wrote by itself (auto-generated), such as an order of a customer's own system, is automatic
    only where it answers a message of ours.
    """
    said = re.split(r"[;(\s]", str(message.get("Auto-Submitted", "")).strip().lower())[0]
    if said == "auto-replied" or str(message.get("Precedence", "")).strip().lower() == "auto_reply":
        return True
    if message.get("X-Autoreply") or message.get("X-Autorespond") or message.get("X-QQ-Auto-Reply"):
        return True
    if _AUTOMATIC.match(_subject(message)):
        return True
    answers = f"{message.get('In-Reply-To', '')} {message.get('References', '')}"
    return said in ("auto-generated", "auto-notified") and bool(OURS.search(answers))


def is_by_machine(content: bytes) -> bool:
    r"""Whether a mail must not be answered by a program: RFC 3834, section 2, and RFC 2919 for lists.

    >>> is_by_machine(b"Auto-Submitted: auto-generated\n\nhi"), is_by_machine(b"Auto-Submitted: no\n\nhi")
    (True, False)
    """
    try:
        message = message_from_bytes(content[:READ_BYTES_MAX], policy=compat32)
        said = re.split(r"[;(\s]", str(message.get("Auto-Submitted", "no")).strip().lower())[0]
        precedence = str(message.get("Precedence", "")).strip().lower()
        sender = f"{message.get('From', '')} {message.get('Return-Path', '')}"
        return (
            said not in ("", "no")
            or precedence in ("bulk", "list", "junk", "auto_reply")
            or any(message.get(name) for name in _OF_LISTS)
            or str(message.get("Return-Path", "")).strip() == "<>"
            or _NO_REPLY.search(sender) is not None
            or _is_report(message)
            or _is_automatic(message)
        )
    except _BROKEN:
        return True


def _named(message: Message, parts: list[Message], groups: list[dict[str, str]]) -> str:
    """Our name of the message that is spoken of; "" where it is none of ours."""
    places = [group.get("original-envelope-id", "") for group in groups]
    places += [str(part.get("Message-ID", "")) for part in _given_back(parts)]
    places += [str(message.get(header, "")) for header in ("In-Reply-To", "References")]
    places += [str(message.get(header, "")) for header in ("To", "Delivered-To", "X-Original-To")]
    places.append(_said(parts))
    for place in places:
        found = OURS.search(place)
        if found:
            return found[0]
    return ""


def _given_back(parts: list[Message]) -> Iterator[Message]:
    """The messages, or only their headers, that came back with a report."""
    for part in parts:
        if part.get_content_type() not in GIVEN_BACK:
            continue
        inner = part.get_payload()
        if isinstance(inner, list):
            yield from (one for one in inner if isinstance(one, Message))
        else:
            yield message_from_string(_text(part).lstrip(), policy=compat32)


def _fields_of(parts: list[Message], kind: str) -> list[dict[str, str]]:
    """The groups of fields of a report, names in small letters: of the message, then of each receiver."""
    found: list[dict[str, str]] = []
    for part in parts:
        if part.get_content_type() not in (f"message/{kind}", f"message/global-{kind}"):
            continue
        payload = part.get_payload()
        text = "\n\n".join(map(_whole, payload)) if isinstance(payload, list) else _text(part)
        for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
            group = {
                name.lower(): " ".join(str(value).split())
                for name, value in message_from_string(block, policy=compat32).items()
            }
            found += [group] if group else []
    return found


def _whole(part: Message) -> str:
    """Fields and what stands below them, as they are written."""
    fields = "\n".join(f"{name}: {value}" for name, value in part.items())
    below = part.get_payload()
    return f"{fields}\n\n{below}" if isinstance(below, str) else fields


def _said(parts: list[Message]) -> str:
    """What the report says to people."""
    texts = [_text(part) for part in parts if part.get_content_type() in ("text/plain", "text/html")]
    return "\n".join(texts)[:TEXT_MAX]


def _words(parts: list[Message]) -> str:
    """That, markup taken off."""
    return re.sub(r"<[^<>]{0,2000}>", " ", _said(parts)).strip()


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload() or "")
    for charset in (str(part.get_content_charset() or "utf-8"), "utf-8", "gb18030"):
        try:
            return payload.decode({"gb2312": "gb18030", "gbk": "gb18030"}.get(charset.lower(), charset))
        except (LookupError, ValueError):
            continue
    return payload.decode("utf-8", "replace")


def _subject(message: Message) -> str:
    raw = str(message.get("Subject", ""))[:1_000]
    try:
        parts = decode_header(raw)
    except _BROKEN:
        return raw
    words = []
    for content, charset in parts:
        if isinstance(content, str):
            words.append(content)
            continue
        wide = {"gb2312": "gb18030", "gbk": "gb18030"}.get((charset or "").lower(), charset or "utf-8")
        try:
            words.append(content.decode(wide, "replace"))
        except _BROKEN:
            words.append(content.decode("utf-8", "replace"))
    return " ".join("".join(words).split())


def _time(message: Message, came_at: datetime) -> datetime:
    try:
        found = parsedate_to_datetime(str(message["Date"]))
        at = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except _BROKEN:
        return came_at
    return min(at, came_at)
