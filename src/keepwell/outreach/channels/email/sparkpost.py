"""SparkPost: its API, its words, its webhooks (which it does not sign: a password keeps others out)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import httpx
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    Asked,
    Inbound,
    Provider,
    Receipt,
    Received,
    Refusal,
    Settings,
)
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.asking import found_at, puller
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT

URL = "https://api.sparkpost.com/api/v1/"
CLOCKS_APART = timedelta(minutes=10)
# developers.sparkpost.com/api, "Errors": no valid recipient, an invalid one; a domain that is not set up.
DEAD_CODES, STOPPED_CODES = frozenset({"5001", "5002"}), frozenset({"7001"})
SLOW_DOWN_STATUS = 420  # "exceed sending limit"
# support.sparkpost.com, "Bounce classification codes": invalid recipient, no such recipient.
DEAD_CLASSES = frozenset({"10", "30", "90"})


def judge(status: int, body: Body) -> Verdict:
    """What an error means."""
    if not isinstance(body, dict):
        return Verdict(refusal=Refusal.SLOW_DOWN if status == SLOW_DOWN_STATUS else None)
    results = body.get("results")
    if status < 300 and isinstance(results, dict) and results.get("total_rejected_recipients"):
        return Verdict("rejected", Refusal.NEVER_AGAIN)
    codes = [str(one.get("code") or "") for one in body.get("errors") or () if isinstance(one, dict)]
    code = next(filter(None, codes), "")
    if status == SLOW_DOWN_STATUS:
        return Verdict(code, Refusal.SLOW_DOWN)
    if STOPPED_CODES & set(codes):
        return Verdict(code, Refusal.STOP)
    return Verdict(code, Refusal.NEVER_AGAIN if DEAD_CODES & set(codes) else None)


API = Api(
    backend="sparkpost",
    options=lambda settings: {"api_key": settings["api_key"]},
    judge=judge,
    keeps_message_id=False,
)


@cache
def _view() -> SparkPostTrackingWebhookView:
    return hooks.reader(SparkPostTrackingWebhookView, track_initial_open_as_opened=True)


def _read(wrapped: hooks.Event) -> Iterable[Receipt]:
    view = _view()
    kind, event, raw = view.unwrap_event(wrapped)
    if event is None or kind == "relay_message":
        return []
    agent = event.get("user_agent_parsed") or {}
    stamp = str(event.get("timestamp"))
    return hooks.receipts_of(
        view.esp_to_anymail_event(kind, event, raw),
        # Seconds where it is told, ISO 8601 where it is asked for.
        at=datetime.fromisoformat(stamp) if "T" in stamp else None,
        # Fetched ahead by a mail program or scanner before anybody looked.
        by_machine=agent.get("is_prefetched") is True,
        dead=str(event.get("bounce_class", "")) in DEAD_CLASSES,
    )


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the password, read the batch."""
    hooks.check_word(inbound, settings.get("hook_word", ""))
    return hooks.received(hooks.read_json(inbound), _read)


def _look(client: httpx.Client, _settings: Settings, asked: Asked) -> Iterable[Receipt]:
    """The events of what went to the receiver since then, by what was kept beside the message."""
    since = (asked.sent_at - CLOCKS_APART).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = {"recipients": asked.to, "from": since, "per_page": "100"}
    events = found_at(client, "events/message", params).get("results") or ()
    return hooks.received([{"msys": {"event": event}} for event in events], _read).receipts


SPARKPOST = Provider(
    code="email.sparkpost",
    label=_("SparkPost"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        forms.API_KEY,
        forms.HOOK_WORD,
        forms.api_url(
            URL,
            _("For accounts in Europe https://api.eu.sparkpost.com/api/v1/."),
        ),
    ),
    open=partial(open_api, API),
    receive=receive,
    pulls_lost_only=True,
    pull=puller(URL, _look, lambda settings: {"headers": {"Authorization": settings["api_key"]}}),
    check=forms.check,
)
