"""Aliyun DirectMail (阿里云邮件推送): its SMTP endpoints."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.outreach.channels.contracts import AccountField, Provider, Session, Settings, SettingsError
from keepwell.outreach.channels.email import forms
from keepwell.outreach.channels.email.contract import CONTRACT
from keepwell.outreach.channels.email.smtp import connect

# help.aliyun.com, "SMTP endpoints": each region its own; 465 is TLS from the start, 25 is shut on Aliyun's
# own machines.
HOSTS = {
    "smtpdm.aliyun.com": pgettext_lazy("region", "China (Hangzhou)"),
    "smtpdm-ap-southeast-1.aliyun.com": pgettext_lazy("region", "Singapore"),
    "smtpdm-eu-central-1.aliyun.com": pgettext_lazy("region", "Germany (Frankfurt)"),
    "smtpdm-us-east-1.aliyun.com": pgettext_lazy("region", "US (Virginia)"),
}


def open_session(settings: Settings) -> Session:
    """A connection; DirectMail's user name is the sender's address. Raises ChannelDownError."""
    return connect(
        host=settings["host"],
        port=int(settings.get("port") or 465),
        sender=settings["sender"],
        user=forms.sender_parts(settings["sender"])[1],
        password=settings["password"],
        tls=settings.get("tls", "always"),
    )


def check(settings: Settings) -> None:
    """Raise SettingsError for a sender that cannot be."""
    if forms.sender_problem(settings):
        raise SettingsError({"sender": "not_an_address"})


ALIYUN = Provider(
    code="email.aliyun",
    label=_("Aliyun DirectMail"),
    contract=CONTRACT,
    fields=(
        forms.SENDER,
        AccountField("host", _("Region"), default="smtpdm.aliyun.com", choices=tuple(HOSTS.items())),
        AccountField("password", _("SMTP password of the sender address"), secret=True),
    ),
    open=open_session,
    check=check,
)
