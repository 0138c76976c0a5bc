"""What a banner or pop-up promises: it is shown when the customer comes, and nobody knows whether they will.

Nothing is sent: a message waits until a page asks what to show to this very customer, and the contact policy
is asked at that moment. That it was seen is known only when the page says so.
"""

from __future__ import annotations

from keepwell.outreach.channels.contracts import ChannelContract, Mode, Receipts

TEXT_MAX = 400

WEB_CONTRACT = ChannelContract(
    code="web",
    mode=Mode.NEXT_VISIT,
    address="",
    repeatable=True,
    receipts=Receipts.WEBHOOK,
    tells_reading=True,
    text_max=TEXT_MAX,
)
APP_CONTRACT = ChannelContract(
    code="app",
    mode=Mode.NEXT_VISIT,
    address="",
    repeatable=True,
    receipts=Receipts.WEBHOOK,
    tells_reading=True,
    text_max=TEXT_MAX,
)
