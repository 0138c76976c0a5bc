"""One SMTP connection that knows the moment from which on a message may have been taken.

`smtplib.SMTP.sendmail` sends the text and its final dot in one go, so whoever dies in it never knows. Here
the text goes out without the dot, then `committing` is called, then the dot. RFC 5321, section 4.1.1.4: the
server takes responsibility only after the dot.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import ChannelDownError, Envelope, Fate, Refusal, Reply
from keepwell.outreach.channels.email.composing import ComposeError, compose

TIMEOUT_SECONDS = 30
DETAIL_MAX = 300
CRLF = b"\r\n"
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\n)")
# RFC 3463: what the address itself is wrong about, as against the server, the text or the sender.
NEVER_AGAIN = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
GO_AHEAD = 354


class SmtpSession:
    """An open connection; see `channels.contracts.Session`."""

    def __init__(
        self, connection: smtplib.SMTP, *, sender: str, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._smtp = connection
        self._sender = sender
        self._now = now

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        try:
            message = compose(envelope, sender=self._sender, at=self._now())
        except ComposeError as error:
            return Reply(Fate.REFUSED, "compose", str(error)[:DETAIL_MAX], Refusal.FIX)
        refused = self._announce(message)
        if refused is not None:
            return refused
        committing()
        try:
            self._smtp.send(b"." + CRLF)
            code, text = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Reply(Fate.UNKNOWN, "lost", type(error).__name__)
        return _reply(code, text)

    def _announce(self, message: EmailMessage) -> Reply | None:
        """Everything up to the final dot; a reply where the server does not want it."""
        try:
            sender, receiver = message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec
            for command in (
                lambda: self._smtp.mail(sender),
                lambda: self._smtp.rcpt(receiver),
                lambda: self._smtp.docmd("DATA"),
            ):
                code, text = command()
                if code >= 400:
                    with contextlib.suppress(OSError, smtplib.SMTPException):
                        self._smtp.rset()
                    return _reply(code, text)
            if code != GO_AHEAD:
                raise ChannelDownError(f"the server answered {code} to DATA")
            self._smtp.send(_stuffed(message.as_bytes()))
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDownError(type(error).__name__) from error
        return None

    def close(self) -> None:
        """Say goodbye; a server that does not listen any more is no trouble."""
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.quit()
        self._smtp.close()


def connect(
    *,
    host: str,
    port: int,
    sender: str,
    user: str = "",
    password: str = "",
    tls: str = "",
    timeout: float = TIMEOUT_SECONDS,
) -> SmtpSession:
    """A session with a mail server; `tls` is "", "start" (STARTTLS) or "always".

    Raises ChannelDownError where it cannot be reached or does not let one in.
    """
    context = ssl.create_default_context() if tls else None
    try:
        if tls == "always":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        else:
            connection = smtplib.SMTP(host, port, timeout=timeout)
        if tls == "start":
            connection.starttls(context=context)
        if connection.sock is not None:
            # The final dot goes alone: it must not wait for the acknowledgement of what went before it.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.ehlo_or_helo_if_needed()
        if user:
            connection.login(user, password)
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelDownError(type(error).__name__) from error
    return SmtpSession(connection, sender=sender)


def _stuffed(content: bytes) -> bytes:
    """The text as it goes over the wire: CRLF line ends, dots doubled (RFC 5321, section 4.5.2)."""
    lines = _LINE_END.split(content)
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." + line if line.startswith(b".") else line) + CRLF for line in lines)


def _reply(code: int, text: bytes) -> Reply:
    said = text.decode("utf-8", "replace")[:DETAIL_MAX]
    if 200 <= code < 300:
        return Reply(Fate.ACCEPTED, str(code), provider_ref=said[:80])
    if 400 <= code < 500:
        return Reply(Fate.LATER, str(code), said, Refusal.SLOW_DOWN)
    extended = said.split(" ", 1)[0]
    refusal = Refusal.NEVER_AGAIN if extended in NEVER_AGAIN else Refusal.FIX
    return Reply(Fate.REFUSED, extended if extended.startswith("5.") else str(code), said, refusal)
