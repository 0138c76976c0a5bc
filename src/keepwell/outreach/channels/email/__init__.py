"""E-mail over SMTP."""

from keepwell.outreach.channels.email.contract import CONTRACT
from keepwell.outreach.channels.email.smtp import SmtpSession, connect

__all__ = ["CONTRACT", "SmtpSession", "connect"]
