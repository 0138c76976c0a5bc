"""Mailjet: its API, its words, its event callback (which it does not sign: a password keeps others out)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from typing import Any

from anymail.signals import EventType
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    Inbound,
    Provider,
    Receipt,
    Received,
    Refusal,
    Settings,
)
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT


def judge(_status: int, body: Body) -> Verdict:
    """What an error means: those about the recipient name its field."""
    messages = body.get("Messages") if isinstance(body, dict) else None
    errors = [
        error
        for message in messages or ()
        if isinstance(message, dict)
        for error in message.get("Errors") or ()
        if isinstance(error, dict)
    ]
    if not errors:
        return Verdict(str(body.get("ErrorCode") or "") if isinstance(body, dict) else "")
    about = [str(field) for error in errors for field in error.get("ErrorRelatedTo") or ()]
    dead = any(field.startswith("To[") for field in about)
    return Verdict(str(errors[0].get("ErrorCode") or ""), Refusal.NEVER_AGAIN if dead else Refusal.FIX)


def _options(settings: Settings) -> dict[str, Any]:
    return {"api_key": settings["api_key"], "secret_key": settings["secret_key"]}


API = Api(backend="mailjet", options=_options, judge=judge, keeps_message_id=False)


@cache
def _view() -> MailjetTrackingWebhookView:
    return hooks.reader(MailjetTrackingWebhookView)


def _read(event: hooks.Event) -> Iterable[Receipt]:
    said = _view().esp_to_anymail_event(event)
    if said.event_type == EventType.BOUNCED and not event.get("hard_bounce"):
        # A soft bounce: Mailjet tries no more, the address may take the next one.
        said.reject_reason = None
    said.description = " ".join(str(event[name]) for name in ("error", "comment") if event.get(name))
    return hooks.receipts_of(
        said,
        key=hooks.digest(event["event"], event.get("MessageID"), event["time"], event.get("url")),
        dead=bool(event.get("hard_bounce")),
    )


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the password, read the event, or the batch where they are grouped."""
    hooks.check_word(inbound, settings.get("hook_word", ""))
    body = hooks.read_json(inbound)
    return hooks.received(body if isinstance(body, list) else [body], _read)


MAILJET = Provider(
    code="email.mailjet",
    label=_("Mailjet"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        forms.API_KEY,
        AccountField("secret_key", _("Secret key"), secret=True),
        forms.HOOK_WORD,
        forms.api_url("https://api.mailjet.com/v3.1/"),
    ),
    open=partial(open_api, API),
    receive=receive,
    check=forms.check,
)
