"""What e-mail promises: it goes out directly; SMTP says that a server has taken it, not that it arrived."""

from __future__ import annotations

from dataclasses import replace

from keepwell.outreach.channels.contracts import ChannelContract, Mode, Receipts

CONTRACT = ChannelContract(
    code="email",
    mode=Mode.DIRECT,
    address="email",
    # RFC 5321, section 6.1: a server that lost the connection after the final dot may have taken the message.
    repeatable=False,
    receipts=Receipts.NONE,
)
# Through a provider that tells afterwards what became of each message.
TOLD_CONTRACT = replace(CONTRACT, receipts=Receipts.WEBHOOK)
