"""The settings of an account, out of their seal."""

from __future__ import annotations

import orjson

from keepwell.outreach.channels.contracts import Settings
from keepwell.outreach.sending.models import ChannelAccount


def opened(account: ChannelAccount) -> Settings:
    """What the account was told, secrets included: for a provider's own functions only."""
    found: dict[str, str] = orjson.loads(account.settings)
    return found


def sealed(values: Settings) -> str:
    """The form in which settings are kept."""
    return orjson.dumps(dict(values)).decode()
