"""An envelope as an internet message: RFC 5322, with the headers that bulk mail must have."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.channels.email.addressing import AddressError, wire

# RFC 5322, section 2.2, without what only machines of the past used.
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
# What the message says of itself; nobody else says it.
_OURS = frozenset({"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "return-path"})
# These say how the parts are written.
_OF_PARTS = ("content-", "mime-")


class _Registry(HeaderRegistry):
    """Makes the class of a header once; the library makes it anew for each, which is half of all the work."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        key = name.lower()
        if key not in self._made:
            self._made[key] = super().__getitem__(name)
        return self._made[key]


POLICY = SMTP.clone(header_factory=_Registry())
POLICY_UTF8 = POLICY.clone(utf8=True)


class ComposeError(ValueError):
    """An envelope that no message can be made of."""


def compose(envelope: Envelope, *, sender: str, at: datetime) -> EmailMessage:
    """The message: text, and HTML beside it where there is any; sent `at`.

    The Message-ID follows from the envelope's, so that a second try is the same message to every mail
    program. Raises ComposeError for an address or header that cannot be, such as one with a line break.
    """
    message = EmailMessage(policy=POLICY)
    try:
        name, address = sender_parts(sender)
        message["From"] = _address(envelope.sender_name or name, address)
        message["To"] = _address("", wire(envelope.to))
        message["Subject"] = envelope.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = message_id(envelope, sender=sender)
        for header, value in envelope.headers.items():
            message[header_name(header)] = value
    except (AddressError, ValueError, IndexError) as error:
        raise ComposeError(str(error)) from error
    try:
        message.set_content(envelope.text)
        if envelope.html:
            message.add_alternative(envelope.html, subtype="html")
    except UnicodeEncodeError as error:
        raise ComposeError("letters that there are not") from error
    if envelope.html:
        # Else one is looked for that no part contains; this one is as unlikely, and the same each time.
        message.set_boundary(f"=_{envelope.message_id}")
    if envelope.language:
        # Last: what begins with Content- would go with the text into its part.
        try:
            message["Content-Language"] = envelope.language
        except ValueError as error:
            raise ComposeError("language") from error
    return message


def header_name(name: str) -> str:
    """`name`, where a text may give a header of that name; raises ComposeError where not."""
    low = name.lower()
    if not _HEADER_NAME.fullmatch(name) or low in _OURS or low.startswith(_OF_PARTS):
        raise ComposeError(f"header: {name[:40]!r}")
    return name


def _address(name: str, address: str) -> Address:
    """An address that was checked before: the class itself would refuse names beyond ASCII."""
    username, _at, domain = address.rpartition("@")
    return Address(display_name=name, username=username, domain=domain)


def sender_parts(sender: str) -> tuple[str, str]:
    """Name and address of "Lotus Shop <care@lotus.example>", the domain in ASCII; raises AddressError."""
    name, address = parseaddr(sender)
    return name, wire(address)


def message_id(envelope: Envelope, *, sender: str) -> str:
    """The Message-ID, the same for the same message; raises AddressError, ComposeError for none."""
    if not envelope.message_id:
        raise ComposeError("message: no name")
    domain = sender_parts(sender)[1].rpartition("@")[2]
    return f"<{envelope.message_id}@{domain}>"


def unsubscribe_headers(address: str) -> dict[str, str]:
    """The headers of one-click unsubscription: `address` takes a POST (RFC 8058); a GET shows a page."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
