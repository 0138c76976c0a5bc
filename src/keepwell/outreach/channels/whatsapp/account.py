"""What an account at WhatsApp needs, and how it is opened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import AccountField, Provider, Settings, SettingsError
from keepwell.outreach.channels.endpoints import is_endpoint
from keepwell.outreach.channels.lazily import later
from keepwell.outreach.channels.whatsapp.contract import BASE_URL, CONTRACT

FIELDS = (
    AccountField(
        "phone_number_id",
        _("Phone number ID"),
        help=_("Of the number in WhatsApp Manager; it is not the number itself."),
    ),
    AccountField(
        "access_token",
        _("Access token"),
        secret=True,
        help=_("Of a system user, so that it does not expire."),
    ),
    AccountField(
        "app_secret", _("App secret"), secret=True, help=_("Shows that what arrives comes from Meta.")
    ),
    AccountField(
        "verify_token",
        _("Verify token of the webhook"),
        secret=True,
        help=_("Any words of your own; type the same where you enter our address."),
    ),
    AccountField("base_url", _("Address of the interface"), required=False, default=BASE_URL, leads=True),
)


def check(settings: Settings) -> None:
    """Raise SettingsError for what WhatsApp cannot be reached with."""
    problems = {}
    if not settings.get("phone_number_id", "").isdecimal():
        problems["phone_number_id"] = "not_a_number"
    if settings.get("base_url") and not is_endpoint(settings["base_url"]):
        problems["base_url"] = "not_https"
    if problems:
        raise SettingsError(problems)


CLOUD = Provider(
    code="whatsapp.cloud",
    label=_("WhatsApp Cloud API"),
    contract=CONTRACT,
    fields=FIELDS,
    open=later("whatsapp.sending", "WhatsappSession"),
    receive=later("whatsapp.receiving", "receive"),
    check=check,
)
