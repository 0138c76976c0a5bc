"""One SMTP connection that knows the moment from which on a message may have been taken.

`smtplib.SMTP.sendmail` sends the text and its final dot in one go, so whoever dies in it never knows. Here
the text goes out without the dot, then `committing` is called, then the dot. RFC 5321, section 4.1.1.4: the
server takes responsibility only after the dot. One connection serves many messages.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Envelope,
    Fate,
    Refusal,
    Reply,
)
from keepwell.outreach.channels.email.composing import ComposeError
from keepwell.outreach.channels.email.statuses import code_in, is_full, meaning
from keepwell.outreach.channels.email.writing import Written, write

TIMEOUT_SECONDS = 30
DETAIL_MAX = 300
REF_MAX = 80
CRLF = b"\r\n"
GO_AHEAD = 354
# RFC 5321: the server shuts the connection. RFC 4954: it wants to know who we are, or does not believe it.
CLOSING = 421
NOT_LET_IN = frozenset({530, 534, 535, 538})


class SmtpSession:
    """An open connection; see `channels.contracts.Session`."""

    def __init__(
        self,
        connection: smtplib.SMTP,
        *,
        sender: str,
        now: Callable[[], datetime] = clock.now,
        headers: Mapping[str, str] | None = None,
        name_header: tuple[str, str] | None = None,
        ref: Callable[[str], str] | None = None,
        dial: Callable[[], smtplib.SMTP] | None = None,
    ) -> None:
        self._smtp = connection
        self._dial = dial
        self._served = False  # whether this connection has taken a message
        self._sender = sender
        self._now = now
        self._headers = dict(headers or {})
        self._name_header = name_header
        self._ref = ref
        self._pipelines = connection.has_extn("pipelining")

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        headers = self._headers
        if self._name_header:
            name, value = self._name_header
            headers = {**headers, name: value.format(envelope.message_id)}
        try:
            message = write(envelope, sender=self._sender, at=self._now(), headers=headers)
        except ComposeError as error:
            return Reply(Fate.REFUSED, "compose", str(error)[:DETAIL_MAX], Refusal.FIX)
        refused = self._announced(message, envelope.message_id)
        if refused is not None:
            return refused
        committing()
        try:
            self._smtp.send(b"." + CRLF)
            code, text = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Reply(Fate.UNKNOWN, "lost", type(error).__name__)
        self._served = True
        return self._reply(code, text)

    def _announced(self, message: Written, name: str) -> Reply | None:
        """Announce it; a server that shuts a connection after so many messages is called once more."""
        try:
            return self._announce(message, name)
        except AccountStoppedError:
            raise
        except ChannelDownError:
            if not self._served or self._dial is None:
                raise
        self.close()
        self._smtp, self._served = self._dial(), False
        self._pipelines = self._smtp.has_extn("pipelining")
        return self._announce(message, name)

    def _announce(self, message: Written, name: str) -> Reply | None:
        """Everything up to the final dot; a reply where the server does not want it."""
        if message.wide and not self._smtp.has_extn("smtputf8"):
            # RFC 6531, section 3.5: nobody else may write the address in another way.
            return Reply(Fate.REFUSED, "smtputf8", "", Refusal.FIX)
        options = " SMTPUTF8 BODY=8BITMIME" if message.wide else ""
        if self._smtp.has_extn("dsn"):
            # RFC 3461: a report names the message so, and gives back its headers only.
            options += f" RET=HDRS ENVID={name}"
        # Both addresses are what `wire` lets pass: nothing in them ends a command or a bracket.
        commands = (f"MAIL FROM:<{message.sender}>{options}", f"RCPT TO:<{message.receiver}>", "DATA")
        try:
            self._smtp.command_encoding = "utf-8" if message.wide else "ascii"
            refused = self._all_at_once(commands) if self._pipelines else self._one_by_one(commands)
            if refused is not None:
                return self._unwanted(*refused)
            self._smtp.send(_stuffed(message.content))
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDownError(type(error).__name__) from error
        return None

    def _one_by_one(self, commands: Sequence[str]) -> tuple[int, bytes] | None:
        """Each when the one before was answered; the answer that refuses."""
        for command in commands:
            code, text = self._smtp.docmd(command)
            if code >= 400:
                return code, text
        _go_ahead(code)
        return None

    def _all_at_once(self, commands: Sequence[str]) -> tuple[int, bytes] | None:
        """All in one packet, for a server that says it reads them so (RFC 2920); the answer that refuses.

        A server that lets the text come although it wants no receiver is given an empty one, as section 3.1
        says: it goes to nobody.
        """
        self._smtp.send("".join(f"{command}\r\n" for command in commands))
        refused, code = None, 0
        for _command in commands:
            code, text = self._smtp.getreply()
            if code >= 400 and refused is None:
                refused = code, text
            if code == CLOSING:
                return refused
        if refused is None:
            _go_ahead(code)
        elif code == GO_AHEAD:
            self._smtp.send(b"." + CRLF)
            self._smtp.getreply()
        return refused

    def _unwanted(self, code: int, text: bytes) -> Reply:
        if code == CLOSING:
            raise ChannelDownError(str(code))
        if code in NOT_LET_IN:
            raise AccountStoppedError(f"smtp_{code} {text.decode('utf-8', 'replace')[:DETAIL_MAX]}")
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._smtp.rset()
        return self._reply(code, text)

    def _reply(self, code: int, text: bytes) -> Reply:
        said = text.decode("utf-8", "replace")[:DETAIL_MAX]
        if 200 <= code < 300:
            ref = self._ref(said) if self._ref else said
            return Reply(Fate.ACCEPTED, str(code), provider_ref=ref[:REF_MAX])
        if 400 <= code < 500:
            return Reply(Fate.LATER, str(code), said, Refusal.SLOW_DOWN)
        status = code_in(said)
        refusal = meaning(status, said) or (Refusal.SLOW_DOWN if is_full(status, said) else Refusal.FIX)
        return Reply(Fate.REFUSED, status if status.startswith("5.") else str(code), said, refusal)

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
    headers: Mapping[str, str] | None = None,
    name_header: tuple[str, str] | None = None,
    ref: Callable[[str], str] | None = None,
) -> SmtpSession:
    """A session with a mail server; `tls` is "", "start" (STARTTLS) or "always".

    `headers` go into every message; `name_header` is the name of one and its value, with {} for the name of
    the message; `ref` finds the provider's number of the message in the words of its answer.

    Raises AccountStoppedError where it does not let one in, or cannot show that it is who it should be;
    ChannelDownError where it cannot be reached.
    """

    def dial() -> smtplib.SMTP:
        return _dial(host, port, user, password, tls, timeout)

    return SmtpSession(dial(), sender=sender, headers=headers, name_header=name_header, ref=ref, dial=dial)


def _dial(host: str, port: int, user: str, password: str, tls: str, timeout: float) -> smtplib.SMTP:
    context = ssl.create_default_context() if tls else None
    connection: smtplib.SMTP | None = None
    try:
        if tls == "always":
            connection = smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
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
        if connection is not None:
            connection.close()
        raise _trouble(error) from error
    return connection


def _trouble(error: OSError | smtplib.SMTPException) -> ChannelDownError:
    """Whether trying again is enough, or a person must see to it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return AccountStoppedError("certificate")
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in NOT_LET_IN:
        words = error.smtp_error
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        return AccountStoppedError(f"smtp_{error.smtp_code} {said[:DETAIL_MAX]}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        # No STARTTLS, or no way to sign in: what is set does not fit this server.
        return AccountStoppedError("not_supported")
    return ChannelDownError(type(error).__name__)


def _go_ahead(code: int) -> None:
    """Raise where DATA was not answered as it must be."""
    if code != GO_AHEAD:
        raise ChannelDownError(f"the server answered {code} to DATA")


def _stuffed(content: bytes) -> bytes:
    """The text with the dots that begin a line doubled (RFC 5321, section 4.5.2)."""
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\r\n.", b"\r\n..")
