"""What an account at a mail server needs, and how it is opened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from standardwebhooks.webhooks import Webhook

from keepwell.foundation import addresses
from keepwell.outreach.channels.contracts import AccountField, Provider, Session, Settings, SettingsError
from keepwell.outreach.channels.email import forms, reports
from keepwell.outreach.channels.email.contract import CONTRACT
from keepwell.outreach.channels.email.smtp import connect

TLS = (
    ("start", _("STARTTLS (usually port 587)")),
    ("always", _("TLS from the start (usually port 465)")),
    ("", _("None (only inside your own network)")),
)
FIELDS = (
    AccountField(
        "sender",
        _("From"),
        help=_("Name and address that customers see, such as Lotus Shop <care@lotus.example>."),
    ),
    AccountField("host", _("Mail server"), leads=True),
    AccountField("port", _("Port"), default="587"),
    AccountField("tls", _("Encryption"), required=False, default="start", choices=TLS),
    AccountField("user", _("User name"), required=False),
    AccountField("password", _("Password"), required=False, secret=True),
    AccountField(
        reports.SECRET,
        _("Signing secret of reports"),
        required=False,
        secret=True,
        help=_("Only if your mail server tells Keepwell of every message that it took: begins with whsec_."),
    ),
    AccountField(
        "reports_within_minutes",
        _("Reports come within (minutes)"),
        required=False,
        default="60",
        help=_("A message that is not reported by then has not been taken and goes again."),
    ),
)

# As many as every mail server takes of one client; one answers while the other reads.
CONNECTIONS = 2


def check(settings: Settings) -> None:
    """Raise SettingsError for what no mail server can be reached with."""
    problems = {}
    if forms.sender_problem(settings):
        problems["sender"] = "not_an_address"
    port = settings.get("port", "")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        problems["port"] = "not_a_port"
    if not settings.get("tls") and settings.get("host") and not is_near(settings["host"]):
        problems["tls"] = "not_encrypted"
    within = settings.get("reports_within_minutes", "")
    if within and (not within.isdecimal() or int(within) < 1):
        problems["reports_within_minutes"] = "not_a_number"
    if settings.get(reports.SECRET):
        problems |= _secret_problem(settings[reports.SECRET])
    if problems:
        raise SettingsError(problems)


def is_near(host: str, resolver: addresses.Resolve = addresses.resolve) -> bool:
    """Whether a mail server stands on this machine or in the own network: no address of it is public.

    >>> is_near("127.0.0.1"), is_near("10.1.2.3"), is_near("8.8.8.8")
    (True, True, False)
    """
    try:
        found = resolver(host, 25)
    except addresses.AddressError:
        return False
    return bool(found) and not any(addresses.is_public(one) for one in found)


def _secret_problem(secret: str) -> dict[str, str]:
    try:
        Webhook(secret)
    except Exception:  # the library raises what its decoder happens to raise
        return {reports.SECRET: "not_a_secret"}
    return {}


def open_session(settings: Settings) -> Session:
    """A connection with the settings of an account; raises ChannelDownError."""
    return connect(
        host=settings["host"],
        port=int(settings["port"]),
        sender=settings["sender"],
        user=settings.get("user", ""),
        password=settings.get("password", ""),
        tls=settings.get("tls", ""),
    )


SMTP = Provider(
    code="email.smtp",
    label=_("E-mail server (SMTP)"),
    contract=CONTRACT,
    fields=FIELDS,
    open=open_session,
    receive=reports.receive,
    reports_all=reports.reports_all,
    check=check,
    connections=CONNECTIONS,
)
