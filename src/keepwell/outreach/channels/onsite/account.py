"""What the shop's website or app needs to be set up here."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import (
    AccountField,
    Provider,
    Settings,
    SettingsError,
)
from keepwell.outreach.channels.endpoints import HERE
from keepwell.outreach.channels.onsite.contract import APP_CONTRACT, WEB_CONTRACT
from keepwell.outreach.channels.unsent import no_session

SECRET_MIN = 32
VISITS, VISITS_MAX = 3, 50
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")

_SECRET = AccountField(
    "secret",
    _("Secret that customers are signed with"),
    secret=True,
    help=_("At least 32 characters; the shop's server keeps it too and never puts it into a page."),
)
_VISITS = AccountField(
    "visits",
    _("On how many visits one message is shown at most"),
    required=False,
    default=str(VISITS),
    help=_("A visit ends after half an hour without a page. What was clicked or closed never comes again."),
)
FIELDS = (
    AccountField(
        "origins",
        _("Addresses of the website"),
        multiline=True,
        help=_("One on each line, such as https://www.shop.example; pages of no other address may ask."),
    ),
    _SECRET,
    _VISITS,
)
APP_FIELDS = (
    AccountField(
        "origins",
        _("Origins of the app's pages"),
        multiline=True,
        required=False,
        help=_("Only where the app shows web pages, such as capacitor://localhost; else leave it empty."),
    ),
    _SECRET,
    _VISITS,
)


def origin_of(address: str) -> str:
    """The origin as a browser names it, "" where it is none that may ask.

    >>> origin_of("https://Shop.example:443/"), origin_of("http://127.0.0.1:8000"), origin_of("http://a.example")
    ('https://shop.example', 'http://127.0.0.1:8000', '')
    """
    try:
        parts = urlsplit(address.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    if not host or not SCHEME.fullmatch(parts.scheme) or parts.path not in ("", "/") or parts.query:
        return ""
    if parts.username is not None or (parts.scheme == "http" and host not in HERE):
        return ""
    shown = f"[{host}]" if ":" in host else host
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{shown}" + (f":{port}" if port and port != usual else "")


def origins(settings: Settings) -> frozenset[str]:
    """The origins that may ask."""
    lines = settings.get("origins", "").splitlines()
    return frozenset(origin_of(line) for line in lines if line.strip()) - {""}


def visits(settings: Settings) -> int:
    """On how many visits one message is shown at most."""
    return int(settings.get("visits") or VISITS)


def check(settings: Settings) -> None:
    """Raise SettingsError for what cannot be."""
    problems = {}
    lines = [line for line in settings.get("origins", "").splitlines() if line.strip()]
    if any(not origin_of(line) for line in lines):
        problems["origins"] = "not_origins"
    if len(settings.get("secret", "")) < SECRET_MIN:
        problems["secret"] = "short_secret"  # noqa: S105 - what is wrong, not the secret
    number = settings.get("visits") or str(VISITS)
    if not number.isdecimal() or not 1 <= int(number) <= VISITS_MAX:
        problems["visits"] = "not_visits"
    if problems:
        raise SettingsError(problems)


WEB = Provider(
    code="web.site",
    label=_("Your website (banner and pop-up)"),
    contract=WEB_CONTRACT,
    fields=FIELDS,
    open=no_session,
    check=check,
)
APP = Provider(
    code="app.own",
    label=_("Your app (pop-up)"),
    contract=APP_CONTRACT,
    fields=APP_FIELDS,
    open=no_session,
    check=check,
)
