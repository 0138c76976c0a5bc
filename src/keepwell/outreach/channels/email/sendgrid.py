"""Twilio SendGrid: its API, its words, its signed event webhook."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from functools import cache, partial

from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    Inbound,
    Provider,
    Receipt,
    Received,
    Refusal,
    Settings,
    SettingsError,
    SignatureError,
)
from keepwell.outreach.channels.email import forms, hooks
from keepwell.outreach.channels.email.api import NAME, Api, Body, Verdict, open_api
from keepwell.outreach.channels.email.contract import TOLD_CONTRACT

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
# "bounce_classification" of the event webhook: these are about us, not about the address.
OURS = frozenset({"Reputation", "Content", "Technical", "Frequency or Volume Too High"})
DROPPED = {
    "unsubscribed address": "unsubscribed",
    "spam reporting address": "spam",
    "bounced address": "bounced",
    "invalid": "invalid",
}


def judge(_status: int, body: Body) -> Verdict:
    """What an error means: those about the recipient name its field."""
    errors = body.get("errors") if isinstance(body, dict) else None
    fields = [str(one.get("field") or "") for one in errors or () if isinstance(one, dict)]
    if any(field.startswith("personalizations") and ".to" in field for field in fields):
        return Verdict("to", Refusal.NEVER_AGAIN)
    return Verdict()


API = Api(
    backend="sendgrid",
    options=lambda settings: {"api_key": settings["api_key"], "generate_message_id": False},
    judge=judge,
    ref=lambda response: response.headers.get("X-Message-Id", ""),
)


@cache
def _view() -> SendGridTrackingWebhookView:
    return hooks.reader(SendGridTrackingWebhookView)


def _read(event: hooks.Event) -> Iterable[Receipt]:
    said = _view().esp_to_anymail_event(event)
    said.message_id = str(event.get("sg_message_id") or "").partition(".")[0]
    if event["event"] == "dropped":
        said.mta_response = str(event.get("reason") or "")
        said.reject_reason = DROPPED.get(said.mta_response.lower(), said.reject_reason)
        dead = said.reject_reason in hooks.DEAD
    else:
        dead = event.get("type") != "blocked" and event.get("bounce_classification") not in OURS
    return hooks.receipts_of(
        said,
        name=str(event.get(NAME) or ""),
        by_machine=event.get("sg_machine_open") is True,
        dead=dead,
        code=str(event.get("status") or ""),
    )


def public_key(text: str) -> EllipticCurvePublicKey:
    """The verification key as SendGrid shows it: base64 of DER; raises ValueError for none."""
    key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("not an elliptic curve key")
    return key


def verify(settings: Settings, inbound: Inbound) -> None:
    """Raise SignatureError where SendGrid's key did not sign this body at this time."""
    stamp = inbound.headers.get(TIMESTAMP, "")
    try:
        key = public_key(settings.get("verification_key", ""))
        signature = base64.b64decode(inbound.headers.get(SIGNATURE, ""), validate=True)
        key.verify(signature, stamp.encode() + inbound.body, ECDSA(SHA256()))
    except (ValueError, binascii.Error, InvalidSignature) as error:
        raise SignatureError("signature") from error
    hooks.fresh(stamp)


def receive(settings: Settings, inbound: Inbound) -> Received:
    """Check the signature, read the batch."""
    verify(settings, inbound)
    return hooks.received(hooks.read_json(inbound), _read)


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot work."""
    problems: dict[str, str] = {}
    try:
        forms.check(settings)
    except SettingsError as error:
        problems.update(error.problems)
    if settings.get("verification_key"):
        try:
            public_key(settings["verification_key"])
        except ValueError:
            problems["verification_key"] = "not_a_key"
    if problems:
        raise SettingsError(problems)


SENDGRID = Provider(
    code="email.sendgrid",
    label=_("SendGrid"),
    contract=TOLD_CONTRACT,
    fields=(
        forms.SENDER,
        forms.API_KEY,
        AccountField(
            "verification_key",
            _("Verification key of the event webhook"),
            required=False,
            help=_("SendGrid shows it where the signature of the event webhook is switched on."),
        ),
        forms.api_url("https://api.sendgrid.com/v3/"),
    ),
    open=partial(open_api, API),
    receive=receive,
    check=check,
)
