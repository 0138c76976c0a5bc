"""What WhatsApp promises: free words for 24 hours after the customer wrote, approved templates otherwise."""

from __future__ import annotations

from keepwell.outreach.channels.contracts import ChannelContract, HeardKind, Mode, Receipts, WindowRule

TEXT_MAX = 4_096

BASE_URL = "https://graph.facebook.com/v23.0"

CONTRACT = ChannelContract(
    code="whatsapp",
    mode=Mode.WINDOWED,
    address="whatsapp",
    address_else="phone",
    repeatable=False,
    receipts=Receipts.WEBHOOK,
    text_max=TEXT_MAX,
    windows=(WindowRule(HeardKind.MESSAGE, 24 * 60),),
    numbered_values=True,
    tells_reading=True,
    template_purposes=("marketing", "service", "survey"),
)
