"""What an account at a system of your own needs."""

from __future__ import annotations

import base64
import binascii

from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _

from keepwell.foundation import addresses
from keepwell.outreach.channels.contracts import (
    AccountField,
    ChannelContract,
    Provider,
    Session,
    Settings,
    SettingsError,
)
from keepwell.outreach.channels.lazily import later
from keepwell.outreach.channels.webhook.contract import TIMEOUT_SECONDS, through

SECRET_BYTES_MIN = 24  # Standard Webhooks 1.0
FIELDS = (
    AccountField("url", _("Address"), help=_("Each message is posted there as a signed event."), leads=True),
    AccountField(
        "secret",
        _("Secret"),
        secret=True,
        help=_("As Standard Webhooks writes it: whsec_ and at least 24 bytes in base64."),
    ),
    AccountField(
        "timeout_seconds",
        _("Seconds to wait for an answer"),
        required=False,
        default=TIMEOUT_SECONDS,
        help=_("The same message is posted again after that, under the same webhook-id."),
    ),
)


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot be."""
    problems = {}
    try:
        addresses.check_form(settings.get("url", ""), allow_private=django_settings.KEEPWELL_WEBHOOKS_PRIVATE)
    except addresses.AddressError:
        problems["url"] = "not_an_endpoint"
    if len(_key(settings.get("secret", ""))) < SECRET_BYTES_MIN:
        problems["secret"] = "not_a_secret"  # noqa: S105
    try:
        if not 0 < float(settings.get("timeout_seconds") or TIMEOUT_SECONDS) <= 120:
            problems["timeout_seconds"] = "not_seconds"
    except ValueError:
        problems["timeout_seconds"] = "not_seconds"
    if problems:
        raise SettingsError(problems)


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except binascii.Error:
        return b""


def provider(contract: ChannelContract) -> Provider:
    """A system of your own as provider of a channel."""

    def open_session(settings: Settings) -> Session:
        from keepwell.outreach.channels.webhook.session import WebhookSession

        return WebhookSession(settings, contract.code)

    def probe(settings: Settings) -> None:
        from keepwell.outreach.channels.webhook.session import WebhookSession

        session = WebhookSession(settings, contract.code)
        try:
            session.probe()
        finally:
            session.close()

    return Provider(
        code=f"{contract.code}.webhook",
        label=_("Your own system (webhook)"),
        contract=through(contract),
        fields=FIELDS,
        open=open_session,
        receive=later("webhook.session", "receive"),
        check=check,
        probe=probe,
    )
