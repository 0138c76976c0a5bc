"""E-mail: over SMTP."""

from keepwell.outreach.channels.email.account import SMTP
from keepwell.outreach.channels.email.contract import CONTRACT
from keepwell.outreach.channels.email.smtp import SmtpSession, connect

PROVIDERS = (SMTP,)

__all__ = ["CONTRACT", "PROVIDERS", "SMTP", "SmtpSession", "connect"]
