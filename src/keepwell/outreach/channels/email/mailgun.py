"""Mailgun: its API, its words, its signed webhooks."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from functools import cache, partial
from typing import Any

import httpx
from anymail.signals import RejectReason
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    Asked,
    Inbound,
    Provider,
    Receipt,
    Received,
    Refusal,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.asking import found_at, puller
from keepwell.outreach.channels.email.composing import sender_parts
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT

URL = "https://api.mailgun.net/v3/"
_TO_IS_WRONG = re.compile(r"'?to'? parameter is not a valid address", re.IGNORECASE)
# Mailgun did not try, because of what had been said before.
SUPPRESSED = {
    "suppress-bounce": RejectReason.BOUNCED,
    "suppress-unsubscribe": RejectReason.UNSUBSCRIBED,
    "suppress-complaint": RejectReason.SPAM,
}


def judge(_status: int, body: Body) -> Verdict:
    """What an error means; there are only words."""
    words = str(body.get("message")) if isinstance(body, dict) else ""
    return Verdict("to", Refusal.NEVER_AGAIN) if _TO_IS_WRONG.search(words) else Verdict()


def _options(settings: Settings) -> dict[str, Any]:
    return {"api_key": settings["api_key"], "sender_domain": settings.get("domain") or None}


API = Api(backend="mailgun", options=_options, judge=judge)


@cache
def _view() -> MailgunTrackingWebhookView:
    return hooks.reader(MailgunTrackingWebhookView, webhook_signing_key="checked before")


def _read(body: hooks.Event) -> Iterable[Receipt]:
    event = body["event-data"]
    said = _view().esp_to_anymail_event(body)
    reason, status = event.get("reason"), event.get("delivery-status") or {}
    if reason in SUPPRESSED:
        said.reject_reason = SUPPRESSED[reason]
        # It is Mailgun that refuses here: only then is what was said before said again.
        said.event_type = "rejected"
    return hooks.receipts_of(
        said,
        # Its number of the event is unique for a day; the token is that of one call.
        key=hooks.digest(event["id"], event["timestamp"]),
        by_machine=bool((event.get("client-info") or {}).get("bot")),
        dead=reason in ("bounce", "suppress-bounce"),
        code=str(status.get("enhanced-code") or ""),
    )


def verify(settings: Settings, signature: hooks.Event) -> None:
    """Raise SignatureError where the signing key did not sign token and time, or long ago."""
    key = settings.get("signing_key", "")
    stamp, token, given = (str(signature.get(name, "")) for name in ("timestamp", "token", "signature"))
    right = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    if not key or not hmac.compare_digest(right.encode(), given.encode()):
        raise SignatureError("signature")
    hooks.fresh(stamp)


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the signature in the body, read the one event."""
    body = hooks.read_json(inbound)
    signature = body.get("signature") if isinstance(body, dict) else None
    if not isinstance(signature, dict):
        raise SignatureError("signature")
    verify(settings, signature)
    return hooks.received([body], _read)


def _look(client: httpx.Client, settings: Settings, asked: Asked) -> Iterable[Receipt]:
    """The events of the message, by its Message-ID, which Mailgun keeps."""
    sender = sender_parts(settings["sender"])[1].rpartition("@")[2]
    params = {"message-id": f"{asked.message_id}@{sender}", "ascending": "yes", "limit": "50"}
    path = f"{settings.get('domain') or sender}/events"
    items = found_at(client, path, params).get("items") or ()
    return hooks.received([{"event-data": item} for item in items], _read).receipts


MAILGUN = Provider(
    code="email.mailgun",
    label=_("Mailgun"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        forms.API_KEY,
        AccountField(
            "domain",
            _("Sending domain"),
            required=False,
            help=_("As it stands at the provider; left empty it is that of the sender."),
        ),
        AccountField("signing_key", _("Signing key of the webhooks"), secret=True, required=False),
        forms.api_url(URL, _("For accounts in Europe https://api.eu.mailgun.net/v3/.")),
    ),
    open=partial(open_api, API),
    receive=receive,
    pulls_lost_only=True,
    pull=puller(URL, _look, lambda settings: {"auth": ("api", settings["api_key"])}),
    check=forms.check,
)
