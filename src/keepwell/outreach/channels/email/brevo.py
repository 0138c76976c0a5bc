"""Brevo: its API, its words, its webhooks (which it does not sign: a password or token keeps others out)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, partial

from anymail.signals import EventType
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import Inbound, Provider, Receipt, Received, Refusal, Settings
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT

STOPPED = frozenset({"not_enough_credits", "account_under_validation", "unauthorized", "permission_denied"})
_TO_IS_WRONG = re.compile(r"email is not valid in to|invalid (?:to|recipient)", re.IGNORECASE)
DEAD = frozenset({"hard_bounce", "invalid_email"})
# Opened by the mail program's own proxy, whether anybody looked or not.
BY_PROXY = frozenset({"unique_proxy_open", "proxy_open"})
# The server's answer is not final: another event follows.
NOT_FINAL = frozenset({"soft_bounce"})


def judge(_status: int, body: Body) -> Verdict:
    """What an error means."""
    if not isinstance(body, dict):
        return Verdict()
    code = str(body.get("code") or "")
    if code in STOPPED:
        return Verdict(code, Refusal.STOP)
    return Verdict(code, Refusal.NEVER_AGAIN if _TO_IS_WRONG.search(str(body.get("message"))) else None)


API = Api(
    backend="brevo",
    options=lambda settings: {"api_key": settings["api_key"]},
    judge=judge,
    keeps_message_id=False,
)


@cache
def _view() -> BrevoTrackingWebhookView:
    return hooks.reader(BrevoTrackingWebhookView)


def _read(event: hooks.Event) -> Iterable[Receipt]:
    kind = event["event"]
    if kind in NOT_FINAL:
        return []
    said = _view().esp_to_anymail_event(event)
    said.description = str(event.get("reason") or "")
    if kind == "blocked" and "unsubscribed" in said.description.lower():
        said.event_type, said.reject_reason = EventType.REJECTED, "unsubscribed"
    return hooks.receipts_of(
        said,
        key=hooks.digest(kind, event.get("message-id"), event.get("ts_epoch"), event.get("link")),
        by_machine=kind in BY_PROXY,
        dead=kind in DEAD,
    )


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the password or token, read the event, or the batch where that is switched on."""
    hooks.check_word(inbound, settings.get("hook_word", ""))
    body = hooks.read_json(inbound)
    return hooks.received(body if isinstance(body, list) else [body], _read)


BREVO = Provider(
    code="email.brevo",
    label=_("Brevo"),
    contract=TOLD_CONTRACT,
    fields=(forms.SENDER, forms.API_KEY, forms.HOOK_WORD, forms.api_url("https://api.brevo.com/v3/")),
    open=partial(open_api, API),
    receive=receive,
    check=forms.check,
)
