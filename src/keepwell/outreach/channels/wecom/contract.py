"""What WeCom promises: a task for the colleague who looks after the customer; only they send it.

WeCom itself lets a customer receive one mass message a day (or as many a month as it has days).
"""

from __future__ import annotations

from keepwell.outreach.channels.contracts import ChannelContract, Mode, Receipts
from keepwell.outreach.policy.contracts import Cap

# Bytes of UTF-8, not characters: about 1,300 Chinese characters.
TEXT_BYTES_MAX = 4_000

BASE_URL = "https://qyapi.weixin.qq.com/cgi-bin"

CONTRACT = ChannelContract(
    code="wecom",
    mode=Mode.VIA_MEMBER,
    address="wecom",
    # A second call makes a second task.
    repeatable=False,
    receipts=Receipts.PULLED,
    text_max=TEXT_BYTES_MAX // 3,
    caps=(Cap(1, 1, channel="wecom"), Cap(1, 1, channel="wecom", purpose="service")),
)
