"""WeCom: tasks for colleagues, who send to customers."""

from keepwell.outreach.channels.wecom.account import WECOM
from keepwell.outreach.channels.wecom.contract import CONTRACT

PROVIDERS = (WECOM,)

__all__ = ["CONTRACT", "PROVIDERS", "WECOM"]
