"""WhatsApp: over the Cloud API."""

from keepwell.outreach.channels.whatsapp.account import CLOUD
from keepwell.outreach.channels.whatsapp.contract import CONTRACT

PROVIDERS = (CLOUD,)

__all__ = ["CLOUD", "CONTRACT", "PROVIDERS"]
