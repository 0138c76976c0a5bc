"""Messages over the Cloud API."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import httpx

from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Envelope,
    Fate,
    Refusal,
    Reply,
    Settings,
)
from keepwell.outreach.channels.whatsapp import codes
from keepwell.outreach.channels.whatsapp.composing import ComposeError, compose
from keepwell.outreach.channels.whatsapp.contract import BASE_URL

TIMEOUT_SECONDS = 15.0
DETAIL_MAX = 300
# When each token of this process was last seen to be the right one; asked again after a minute.
LET_IN: dict[str, float] = {}
LET_IN_SECONDS = 60
# There was no connection, so nothing went over it.
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class WhatsappSession:
    """See `channels.contracts.Session`."""

    def __init__(self, settings: Settings) -> None:
        base = (settings.get("base_url") or BASE_URL).rstrip("/")
        self._number = f"{base}/{settings['phone_number_id']}"
        self._url = f"{self._number}/messages"
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {settings['access_token']}"}, timeout=TIMEOUT_SECONDS
        )
        mark = hashlib.sha256(f"{self._number}\0{settings['access_token']}".encode()).hexdigest()
        # So that a wrong token or an outage is known before anything is begun.
        if time.monotonic() - LET_IN.get(mark, float("-inf")) > LET_IN_SECONDS:
            self._ask()
            LET_IN[mark] = time.monotonic()

    def _ask(self) -> None:
        """Ask about our own number; raises ChannelDownError, AccountStoppedError."""
        try:
            answer = self._http.get(self._number, params={"fields": "id"})
        except httpx.HTTPError as error:
            self.close()
            raise ChannelDownError(type(error).__name__) from error
        if answer.is_success and "id" in _json(answer):
            return
        self.close()
        if "error" not in _json(answer):
            raise ChannelDownError(str(answer.status_code))
        reply = _reply(answer)
        raise AccountStoppedError(f"{reply.code} {reply.detail}")

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over; see the protocol."""
        try:
            data = compose(envelope)
        except ComposeError as error:
            return Reply(Fate.REFUSED, str(error), "", Refusal.FIX)
        committing()
        try:
            answer = self._http.post(self._url, json=data)
        except NEVER_LEFT as error:
            raise ChannelDownError(type(error).__name__) from error
        except httpx.HTTPError as error:
            return Reply(Fate.UNKNOWN, "lost", type(error).__name__)
        return _reply(answer)

    def close(self) -> None:
        """End it; never raises."""
        self._http.close()


def _reply(answer: httpx.Response) -> Reply:
    said = _json(answer)
    error = said.get("error")
    if isinstance(error, dict):
        details = error.get("error_data")
        more = details.get("details", "") if isinstance(details, dict) else ""
        detail = f"{error.get('message', '')} {more}".strip()[:DETAIL_MAX]
        return codes.refused(int(error.get("code", 1)), detail)
    messages = said.get("messages")
    if answer.is_success and isinstance(messages, list) and messages:
        return Reply(Fate.ACCEPTED, str(answer.status_code), provider_ref=str(messages[0].get("id", "")))
    # Somebody in between answered, or in another way than the documents say: who knows what went on.
    return Reply(Fate.UNKNOWN, "no_answer", str(answer.status_code))


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
