"""Fields that accounts at several mail providers ask for, and what is checked of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import AccountField, Settings, SettingsError
from keepwell.outreach.channels.email.addressing import AddressError
from keepwell.outreach.channels.email.composing import sender_parts

LOOPBACK = ("127.0.0.1", "::1", "localhost")

SENDER = AccountField(
    "sender",
    _("From"),
    help=_("Name and address that customers see, such as Lotus Shop <care@lotus.example>."),
)
API_KEY = AccountField("api_key", _("API key"), secret=True)
HOOK_WORD = AccountField(
    "hook_word",
    _("Password of the callback"),
    secret=True,
    required=False,
    help=_("A long random word of your own. The provider sends it with what it tells."),
)


def api_url(default: str, more: Any = None) -> AccountField:
    """The address of the API: another one for another region."""
    return AccountField(
        "api_url",
        _("Address of the API"),
        leads=True,
        required=False,
        default=default,
        help=_("Change it only if your account lies in another region.") if more is None else more,
    )


def check(settings: Settings) -> None:
    """Raise SettingsError for a sender or an address of the API that cannot be.

    Without encryption the key would be read on the way: only this machine itself is spoken to so.
    """
    problems = {}
    if sender_problem(settings):
        problems["sender"] = "not_an_address"
    if settings.get("api_url"):
        try:
            parts = urlsplit(settings["api_url"])
            host = parts.hostname or ""
        except ValueError:
            host = ""
        if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
            problems["api_url"] = "not_a_web_address"
    if problems:
        raise SettingsError(problems)


def sender_problem(settings: Settings) -> bool:
    """Whether nobody can write from the sender that is set."""
    try:
        sender_parts(settings.get("sender", ""))
    except AddressError:
        return True
    return False
