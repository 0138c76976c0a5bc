"""What an account at WeCom needs, and how it is opened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import AccountField, Provider, Settings, SettingsError
from keepwell.outreach.channels.endpoints import is_endpoint
from keepwell.outreach.channels.lazily import later
from keepwell.outreach.channels.wecom.contract import BASE_URL, CONTRACT

FIELDS = (
    AccountField("corp_id", _("Corporation ID"), help=_("In WeCom under My Company.")),
    AccountField(
        "secret", _("Secret"), secret=True, help=_("Of the application that may manage customer contacts.")
    ),
    AccountField(
        "members",
        _("Colleagues"),
        required=False,
        multiline=True,
        help=_(
            "One line each: user name here = user ID in WeCom. Who is not listed does not send: WeCom then "
            "asks the colleague who was last in touch with the customer."
        ),
    ),
    AccountField("token", _("Token of the callback"), required=False, secret=True),
    AccountField("aes_key", _("EncodingAESKey of the callback"), required=False, secret=True),
    AccountField(
        "base_url",
        _("Address of the interface"),
        leads=True,
        required=False,
        default=BASE_URL,
        help=_("Another one only where WeCom runs in your own data centre."),
    ),
)


def check(settings: Settings) -> None:
    """Raise SettingsError for what WeCom cannot be reached with."""
    from keepwell.outreach.channels import weixin
    from keepwell.outreach.channels.wecom.client import members

    problems = {}
    if settings.get("aes_key") and not weixin.is_key(settings["aes_key"]):
        problems["aes_key"] = "not_an_aes_key"
    if settings.get("base_url") and not is_endpoint(settings["base_url"]):
        problems["base_url"] = "not_https"
    try:
        members(settings.get("members", ""))
    except ValueError:
        problems["members"] = "not_a_list"
    if problems:
        raise SettingsError(problems)


WECOM = Provider(
    code="wecom.wecom",
    label=_("WeCom customer contact"),
    contract=CONTRACT,
    fields=FIELDS,
    open=later("wecom.sending", "WecomSession"),
    receive=later("wecom.receiving", "receive"),
    pull=later("wecom.asking", "pull"),
    find=later("wecom.asking", "find"),
    check=check,
)
