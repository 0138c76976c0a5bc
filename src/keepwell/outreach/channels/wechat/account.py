"""What an official account at WeChat needs, and how it is opened."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keepwell.outreach.channels.contracts import AccountField, Provider, Settings, SettingsError
from keepwell.outreach.channels.endpoints import is_endpoint
from keepwell.outreach.channels.lazily import later
from keepwell.outreach.channels.wechat.contract import BASE_URL, CONTRACT

FIELDS = (
    AccountField("app_id", _("AppID")),
    AccountField("secret", _("AppSecret"), secret=True),
    AccountField("token", _("Token of the callback"), secret=True),
    AccountField(
        "aes_key",
        _("EncodingAESKey of the callback"),
        required=False,
        secret=True,
        help=_("With it, choose the safe mode there: only sealed calls are then believed."),
    ),
    AccountField("base_url", _("Address of the interface"), required=False, default=BASE_URL, leads=True),
)


def check(settings: Settings) -> None:
    """Raise SettingsError for what WeChat cannot be reached with."""
    from keepwell.outreach.channels import weixin

    problems = {}
    if settings.get("aes_key") and not weixin.is_key(settings["aes_key"]):
        problems["aes_key"] = "not_an_aes_key"
    if settings.get("base_url") and not is_endpoint(settings["base_url"]):
        problems["base_url"] = "not_https"
    if problems:
        raise SettingsError(problems)


OFFICIAL = Provider(
    code="wechat.official",
    label=_("WeChat official account"),
    contract=CONTRACT,
    fields=FIELDS,
    open=later("wechat.sending", "WechatSession"),
    receive=later("wechat.receiving", "receive"),
    check=check,
)
