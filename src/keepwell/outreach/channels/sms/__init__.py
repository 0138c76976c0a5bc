"""Text messages: through Aliyun, Tencent Cloud or Twilio."""

from keepwell.outreach.channels.sms.aliyun import ALIYUN
from keepwell.outreach.channels.sms.contract import CONTRACT, FREE_TEXT
from keepwell.outreach.channels.sms.tencent import TENCENT
from keepwell.outreach.channels.sms.twilio import TWILIO

PROVIDERS = (ALIYUN, TENCENT, TWILIO)

__all__ = ["ALIYUN", "CONTRACT", "FREE_TEXT", "PROVIDERS", "TENCENT", "TWILIO"]
