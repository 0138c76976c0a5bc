"""What an official account at WeChat promises: answers in a window, notices by template, no marketing by it.

A customer's message opens 48 hours for 5 messages; following, a tap on the menu or a scan one minute for 3.
"""

from __future__ import annotations

from keepwell.outreach.channels.contracts import ChannelContract, HeardKind, Mode, Receipts, WindowRule

# Bytes of UTF-8 in a text message.
TEXT_BYTES_MAX = 2_048

BASE_URL = "https://api.weixin.qq.com/cgi-bin"

CONTRACT = ChannelContract(
    code="wechat",
    mode=Mode.WINDOWED,
    address="wechat",
    repeatable=False,
    receipts=Receipts.WEBHOOK,
    text_max=TEXT_BYTES_MAX // 3,
    windows=(
        WindowRule(HeardKind.MESSAGE, 48 * 60, 5),
        WindowRule(HeardKind.FOLLOW, 1, 3),
        WindowRule(HeardKind.MENU, 1, 3),
        WindowRule(HeardKind.SCAN, 1, 3),
    ),
    # WeChat forbids marketing in template messages.
    template_purposes=("service",),
)
