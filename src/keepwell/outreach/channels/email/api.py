"""Send through a mail provider's web API: the request is built and its answer read by django-anymail.

What is ours is the moment: the connection is opened first, then `committing` is called, then the first byte
of the request goes out. So nobody is said to be unreachable after a message may have been taken, and no
request is repeated by the libraries below: neither a retry nor a redirect.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

import requests
from anymail.exceptions import AnymailError, AnymailWarning
from django.core.mail import EmailMultiAlternatives

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Envelope,
    Fate,
    Refusal,
    Reply,
    Settings,
)
from keepwell.outreach.channels.email.composing import ComposeError, compose
from keepwell.outreach.channels.email.gate import Gate, GatedAdapter

TIMEOUT_SECONDS = 30
DETAIL_MAX = 300
REF_MAX = 120
# How our message is called in what the provider keeps beside it and tells again afterwards.
NAME = "keepwell_message"
TAKEN = frozenset({"sent", "queued"})

Body = Any
"""What an answer says, as JSON; None where it is none."""


@dataclass(frozen=True)
class Verdict:
    """The provider's own code for a refusal, and what it means; None: what its HTTP status means."""

    code: str = ""
    refusal: Refusal | None = None


def _no_more(_envelope: Envelope) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Api:
    """What is particular to a provider's API.

    `backend` is anymail's module of it, `options` what its backend is told, by the account's settings;
    `judge` reads a refusal. `adds` is put into a message's request where anymail has no word for it,
    `headers` into the message; `keeps_message_id` where a Message-ID of ours is kept; `ref` reads the
    provider's number of the message from the answer where anymail does not.
    """

    backend: str
    options: Callable[[Settings], dict[str, Any]]
    judge: Callable[[int, Body], Verdict]
    adds: Callable[[Envelope], Mapping[str, Any]] = _no_more
    headers: Mapping[str, str] = field(default_factory=dict)
    keeps_message_id: bool = True
    ref: Callable[[requests.Response], str] | None = None
    idempotency_header: str = ""


class ApiSession:
    """An open way to a provider's API; see `channels.contracts.Session`."""

    def __init__(
        self, backend: Any, gate: Gate, *, api: Api, sender: str, now: Callable[[], datetime]
    ) -> None:
        self._backend, self._gate, self._api = backend, gate, api
        self._sender, self._now = sender, now

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        try:
            message = self._message(envelope)
        except ComposeError as error:
            return Reply(Fate.REFUSED, "compose", str(error)[:DETAIL_MAX], Refusal.FIX)
        if self._api.idempotency_header:
            self._backend.session.headers[self._api.idempotency_header] = envelope.message_id
        self._gate.shut(committing)
        try:
            self._backend.send_messages([message])
        except AnymailError as error:
            response = getattr(error, "response", None)
            if response is not None:
                return self._refused(response)
            if not self._gate.passed and isinstance(error, requests.RequestException):
                raise ChannelDownError(_cause(error)) from error
            if not self._gate.passed:
                return Reply(Fate.REFUSED, "compose", _cause(error), Refusal.FIX)
            return Reply(Fate.UNKNOWN, "lost", _cause(error))
        except Exception as error:
            # An answer that the library cannot read. The bytes went out: nobody knows.
            if not self._gate.passed:
                raise
            return Reply(Fate.UNKNOWN, "unreadable", type(error).__name__)
        return self._taken(message)

    def close(self) -> None:
        """End it."""
        self._backend.close()

    def _message(self, envelope: Envelope) -> EmailMultiAlternatives:
        """The message as Django's, with nothing in it that the SMTP one would refuse."""
        composed = compose(envelope, sender=self._sender, at=self._now())
        headers = {**envelope.headers, **self._api.headers}
        if self._api.keeps_message_id:
            headers["Message-ID"] = str(composed["Message-ID"])
        if envelope.language:
            headers["Content-Language"] = envelope.language
        message = EmailMultiAlternatives(
            subject=envelope.subject,
            body=envelope.text,
            from_email=str(composed["From"]),
            to=[composed["To"].addresses[0].addr_spec],
            headers=headers,
        )
        if envelope.html:
            message.attach_alternative(envelope.html, "text/html")
        message.metadata = {NAME: envelope.message_id}  # type: ignore[attr-defined]
        message.esp_extra = dict(self._api.adds(envelope))  # type: ignore[attr-defined]
        return message

    def _taken(self, message: EmailMultiAlternatives) -> Reply:
        status = message.anymail_status  # type: ignore[attr-defined]
        response = status.esp_response
        if not status.status or not status.status <= TAKEN:
            return self._refused(response)
        ref = self._api.ref(response) if self._api.ref else status.message_id
        if not ref:
            # All of them give a number: this was somebody else on the way.
            return Reply(Fate.UNKNOWN, "unclear", response.text[:DETAIL_MAX])
        return Reply(Fate.ACCEPTED, str(response.status_code), provider_ref=str(ref)[:REF_MAX])

    def _refused(self, response: requests.Response) -> Reply:
        status = response.status_code
        verdict = self._api.judge(status, body_of(response))
        code, detail = (verdict.code or f"http_{status}")[:20], response.text[:DETAIL_MAX]
        refusal = verdict.refusal or _by_status(status, response)
        if refusal is Refusal.STOP:
            raise AccountStoppedError(f"{code} {detail}".strip())
        if refusal is Refusal.SLOW_DOWN:
            raise ChannelDownError(f"{code} {detail}".strip())
        if refusal is None:
            return Reply(Fate.UNKNOWN, code, detail)
        return Reply(Fate.REFUSED, code, detail, refusal)


def _by_status(status: int, response: requests.Response) -> Refusal | None:
    """What an HTTP status means for what comes next; None where the message may have been taken."""
    if status in (401, 402, 403, 404, 405) or 300 <= status < 400:
        # Credentials, money, or an address of the API that is wrong: no message would go.
        return Refusal.STOP
    if status in (408, 425, 429):
        return Refusal.SLOW_DOWN
    if 400 <= status < 500 and status != 409:
        return Refusal.FIX
    if status >= 500 and response.headers.get("Retry-After"):
        return Refusal.SLOW_DOWN
    return None


def body_of(response: requests.Response) -> Body:
    """The answer as JSON; None where it is none."""
    try:
        return response.json()
    except ValueError:
        return None


def _cause(error: BaseException) -> str:
    """What happened, without addresses and secrets that the libraries' words may hold."""
    inner = error.__cause__ or error
    return type(inner).__name__


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def open_api(
    api: Api,
    settings: Settings,
    *,
    timeout: float = TIMEOUT_SECONDS,
    now: Callable[[], datetime] = clock.now,
) -> ApiSession:
    """A session with a provider's API, by an account's settings; it connects with the first message."""
    options = {"timeout": timeout, **api.options(settings)}
    if settings.get("api_url"):
        options["api_url"] = settings["api_url"]
    with warnings.catch_warnings():
        # That it cannot be tried against the real service any more by those who maintain the library.
        warnings.simplefilter("ignore", AnymailWarning)
        backend = import_module(f"anymail.backends.{api.backend}").EmailBackend(**options)
    backend.open()
    gate = Gate()
    for scheme in ("https://", "http://"):
        backend.session.mount(scheme, GatedAdapter(gate))
    # Else whatever a .netrc says of the host would take the place of the account's key.
    backend.session.auth = _as_it_is
    backend.session.get_redirect_target = lambda _response: None
    return ApiSession(backend, gate, api=api, sender=settings["sender"], now=now)
