"""Resend: its API, its words, its webhooks, signed as Svix and Standard Webhooks sign."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

from anymail.signals import EventType
from anymail.webhooks.resend import ResendTrackingWebhookView
from django.utils.translation import gettext_lazy as _
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from keepwell.outreach.channels.contracts import (
    AccountField,
    Envelope,
    Inbound,
    Provider,
    Receipt,
    Received,
    Refusal,
    Settings,
    SignatureError,
)
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import NAME, Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT

# docs.svix.com: each try is signed anew, so a signature is never old.
AGE_MAX = timedelta(minutes=5)
# resend.com/docs/api-reference/errors
STOPPED = frozenset(
    {
        "missing_api_key",
        "invalid_api_key",
        "restricted_api_key",
        "invalid_from_address",
        "monthly_quota_exceeded",
    }
)
# Kinds that are newer than the library.
MORE_KINDS = {"email.failed": EventType.FAILED, "email.suppressed": EventType.REJECTED}
# As Amazon SES names it, which is below Resend.
DEAD = frozenset({"General", "NoEmail", "Suppressed", "OnAccountSuppressionList"})
SLOW_DOWN = frozenset({"rate_limit_exceeded", "daily_quota_exceeded"})


def judge(status: int, body: Body) -> Verdict:
    """What an error means."""
    if not isinstance(body, dict):
        return Verdict()
    name = str(body.get("name") or "")
    if name in STOPPED:
        return Verdict(name, Refusal.STOP)
    if name in SLOW_DOWN:
        return Verdict(name, Refusal.SLOW_DOWN)
    dead = status in (400, 422) and "`to`" in str(body.get("message"))
    return Verdict(name, Refusal.NEVER_AGAIN if dead else None)


def _adds(envelope: Envelope) -> Mapping[str, Any]:
    return {"tags": [{"name": NAME, "value": envelope.message_id}]}


API = Api(
    backend="resend",
    options=lambda settings: {"api_key": settings["api_key"]},
    judge=judge,
    adds=_adds,
    keeps_message_id=False,
    # The same name within a day is the same message to Resend, whatever happened on the way.
    idempotency_header="Idempotency-Key",
)


@cache
def _view() -> ResendTrackingWebhookView:
    return hooks.reader(ResendTrackingWebhookView)


def _read(event: hooks.Event, svix_id: str) -> Iterable[Receipt]:
    said = _view().esp_to_anymail_event(event, SimpleNamespace(headers={"svix-id": svix_id}))
    data = event["data"]
    said.event_type = MORE_KINDS.get(event["type"], said.event_type)
    bounce = data.get("bounce") or data.get("suppressed") or {}
    if bounce.get("diagnosticCode"):
        said.mta_response = " ".join(map(str, bounce["diagnosticCode"]))
    clicked = (data.get("click") or {}).get("timestamp")
    return hooks.receipts_of(
        said,
        at=datetime.fromisoformat(clicked) if clicked else None,
        name=_tagged(data.get("tags")),
        dead=bounce.get("type") == "Permanent" and bounce.get("subType") in DEAD if bounce else False,
    )


def _tagged(tags: Any) -> str:
    """Our name of the message; the tags come back as one object, or as a list of them."""
    if isinstance(tags, list):
        tags = {one.get("name"): one.get("value") for one in tags}
    return str((tags or {}).get(NAME) or "")


def verify(settings: Settings, inbound: Inbound) -> str:
    """The number of the event; raises SignatureError where it was not signed with the secret, or long ago."""
    names = ("svix-id", "svix-timestamp", "svix-signature")
    number, stamp, given = (inbound.headers.get(name, "") for name in names)
    hooks.fresh(stamp, age_max=AGE_MAX)
    try:
        at = datetime.fromtimestamp(int(stamp), UTC)
        right = Webhook(settings.get("signing_secret", "")).sign(number, at, inbound.body.decode())
    except (ValueError, RuntimeError, EmptyWebhookSecretError) as error:
        raise SignatureError("signature") from error
    wanted = base64.b64decode(right.partition(",")[2])
    for one in given.split():
        version, _comma, signature = one.partition(",")
        try:
            if version == "v1" and hmac.compare_digest(wanted, base64.b64decode(signature)):
                return number
        except binascii.Error:
            continue
    raise SignatureError("signature")


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the signature, read the one event."""
    number = verify(settings, inbound)
    return hooks.received([hooks.read_json(inbound)], lambda event: _read(event, number))


RESEND = Provider(
    code="email.resend",
    label=_("Resend"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        forms.API_KEY,
        AccountField(
            "signing_secret",
            _("Signing secret of the webhook"),
            secret=True,
            required=False,
            help=_("It begins with whsec_."),
        ),
        forms.api_url("https://api.resend.com/"),
    ),
    open=partial(open_api, API),
    receive=receive,
    check=forms.check,
)
