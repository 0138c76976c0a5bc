"""What text messages promise: they go out directly, once, and nobody can take them back."""

from __future__ import annotations

from dataclasses import replace

from keepwell.outreach.channels.contracts import ChannelContract, Mode, Receipts
from keepwell.outreach.channels.sms.numbers import is_abroad
from keepwell.outreach.policy.contracts import Cap

# Aliyun and Tencent Cloud: an approved signature and an approved template, nothing else.
CONTRACT = ChannelContract(
    code="sms",
    mode=Mode.DIRECT,
    address="phone",
    templates_only=True,
    is_abroad=is_abroad,
    # "Not idempotent; after a time-out look at the receipt before a retry" (Aliyun, SendSms).
    repeatable=False,
    receipts=Receipts.WEBHOOK,
    text_max=500,
    # One signature and template to one number: 50 promotions a day (Aliyun, limits of sending).
    caps=(Cap(50, 1, channel="sms", purpose="marketing"),),
)
# Tencent Cloud: its variables are {1}, {2}, …
NUMBERED = replace(CONTRACT, numbered_values=True)
# Twilio: any text, in up to ten segments (error 21617).
FREE_TEXT = replace(CONTRACT, templates_only=False, text_max=1_600)
