"""Ask a provider what became of messages whose answer got lost; of all others it tells by itself.

A key that may send need not be allowed to look up, and a provider that is busy looking up may well send: so
what cannot be asked stays unknown, and stops nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from keepwell.outreach.channels.contracts import Asked, Receipt, Settings

log = logging.getLogger("keepwell.sending")
TIMEOUT_SECONDS = 20
ASKED_MAX = 50  # in one go: each is a request

Look = Callable[[httpx.Client, Settings, Asked], Iterable[Receipt]]


def puller(default_url: str, look: Look, login: Callable[[Settings], Mapping[str, Any]]) -> Any:
    """A provider's `pull`: `look` finds receipts of one message, `login` are httpx's words of who we are."""

    def pull(settings: Settings, asked: Sequence[Asked], _now: datetime) -> list[Receipt]:
        unknown = [one for one in asked if not one.provider_ref and one.to][:ASKED_MAX]
        if not unknown:
            return []
        url = (settings.get("api_url") or default_url).rstrip("/") + "/"
        found: list[Receipt] = []
        try:
            with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, **login(settings)) as client:
                for one in unknown:
                    told = look(client, settings, one)
                    found += [receipt for receipt in told if receipt.message_id == one.message_id]
        except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
            # Without its words: they may name an address.
            log.info("a provider could not be asked", extra={"error": type(error).__name__})
        return found

    return pull


def found_at(client: httpx.Client, path: str, params: Mapping[str, str]) -> Any:
    """The JSON at an address of the provider's; raises httpx.HTTPError, ValueError."""
    return client.get(path, params=dict(params)).raise_for_status().json()
