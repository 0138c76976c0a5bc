"""What a webhook promises: a system of your own takes the message and brings it to the customer."""

from __future__ import annotations

from dataclasses import replace

from keepwell.outreach.channels.contracts import ChannelContract, Receipts

TIMEOUT_SECONDS = "10"


def through(contract: ChannelContract) -> ChannelContract:
    """A channel's contract, where a system of your own is in between.

    Standard Webhooks: the message's number is the same on every try, and the receiver does nothing twice for
    it, so an attempt of unknown fate may be repeated. What the system takes is its own affair.
    """
    return replace(
        contract,
        repeatable=True,
        templates_only=False,
        numbered_values=False,
        text_max=None,
        receipts=Receipts.WEBHOOK,
    )
