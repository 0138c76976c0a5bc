"""All providers there are; each channel's folder names its own."""

from __future__ import annotations

from functools import cache

from keepwell.outreach.channels import email, onsite, person, sms, webhook, wechat, wecom, whatsapp
from keepwell.outreach.channels.contracts import ChannelContract, Provider

# One line for each channel: see "How to add a channel" in the documents.
CHANNELS = (email, sms, wecom, wechat, whatsapp, webhook, onsite, person)


@cache
def providers() -> dict[str, Provider]:
    """Every provider by its code."""
    return {one.code: one for channel in CHANNELS for one in channel.PROVIDERS}


def provider(code: str) -> Provider:
    """The provider of this code; raises KeyError."""
    return providers()[code]


def contract_of(channel: str) -> ChannelContract | None:
    """What is promised of a channel; None where nothing is sent by it."""
    return next((one.contract for one in providers().values() if one.channel == channel), None)
