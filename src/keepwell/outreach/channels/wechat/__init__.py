"""WeChat: an official account."""

from keepwell.outreach.channels.wechat.account import OFFICIAL
from keepwell.outreach.channels.wechat.contract import CONTRACT

PROVIDERS = (OFFICIAL,)

__all__ = ["CONTRACT", "OFFICIAL", "PROVIDERS"]
