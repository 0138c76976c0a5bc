"""A system of your own that sends text messages or e-mails: each is posted to it, signed."""

from keepwell.outreach.channels.email.contract import CONTRACT as EMAIL
from keepwell.outreach.channels.sms.contract import CONTRACT as SMS
from keepwell.outreach.channels.webhook.account import provider

PROVIDERS = (provider(SMS), provider(EMAIL))

__all__ = ["PROVIDERS", "provider"]
