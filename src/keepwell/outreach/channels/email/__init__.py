"""E-mail: over SMTP, or through one of the usual providers."""

from keepwell.outreach.channels.email.account import SMTP
from keepwell.outreach.channels.email.aliyun import ALIYUN
from keepwell.outreach.channels.email.amazon_ses import AMAZON_SES
from keepwell.outreach.channels.email.brevo import BREVO
from keepwell.outreach.channels.email.contract import CONTRACT
from keepwell.outreach.channels.email.mailgun import MAILGUN
from keepwell.outreach.channels.email.mailjet import MAILJET
from keepwell.outreach.channels.email.postmark import POSTMARK
from keepwell.outreach.channels.email.resend import RESEND
from keepwell.outreach.channels.email.sendgrid import SENDGRID
from keepwell.outreach.channels.email.smtp import SmtpSession, connect
from keepwell.outreach.channels.email.sparkpost import SPARKPOST

PROVIDERS = (SMTP, AMAZON_SES, SENDGRID, MAILGUN, POSTMARK, SPARKPOST, BREVO, MAILJET, RESEND, ALIYUN)

__all__ = ["CONTRACT", "PROVIDERS", "SMTP", "SmtpSession", "connect"]
