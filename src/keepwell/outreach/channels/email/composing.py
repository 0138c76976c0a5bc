"""An envelope as an internet message: RFC 5322, with the headers that bulk mail must have."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from keepwell.outreach.channels.contracts import Envelope


class ComposeError(ValueError):
    """An envelope that no message can be made of."""


def compose(envelope: Envelope, *, sender: str, at: datetime) -> EmailMessage:
    """The message: text, and HTML beside it where there is any; sent `at`.

    The Message-ID follows from the envelope's, so that a second try is the same message to every mail
    program. Raises ComposeError for an address or header that cannot be, such as one with a line break.
    """
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    if not domain or not envelope.message_id:
        raise ComposeError("sender: no address")
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(display_name=name, addr_spec=address)
        message["To"] = Address(addr_spec=envelope.to)
        message["Subject"] = envelope.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{envelope.message_id}@{domain}>"
        for header, value in envelope.headers.items():
            message[header] = value
    except (ValueError, IndexError) as error:
        raise ComposeError(str(error)) from error
    message.set_content(envelope.text)
    if envelope.html:
        message.add_alternative(envelope.html, subtype="html")
    if envelope.language:
        # Last: what begins with Content- would go with the text into its part.
        message["Content-Language"] = envelope.language
    return message


def unsubscribe_headers(address: str) -> dict[str, str]:
    """The headers of one-click unsubscription: `address` takes a POST (RFC 8058); a GET shows a page."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
