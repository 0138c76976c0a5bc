"""Send a text to oneself, to see it where customers see it: in a mail program."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.utils import make_msgid
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import BadHeaderError
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.foundation.audit import services as audit
from keepwell.outreach.content.contracts import ContentError, Kind, TemplateView, TextView
from keepwell.outreach.content.core.email import tag
from keepwell.outreach.content.queries import stored
from keepwell.outreach.content.services.rendering import preview


def send_test(
    *, template: TemplateView, text: TextView, user: Account, customer_id: str = "", now: datetime
) -> str:
    """Send a text as an e-mail to the address of `user`'s own account, and to nobody else; returns it.

    Raises PermissionDenied, or ContentError: "no_mail_server", "no_own_address", "not_sent", and what
    `preview` raises.
    """
    access.require(user, Permission.CHANGE_CONTENT)
    if not settings.KEEPWELL_SMTP_URL:
        raise ContentError("no_mail_server")
    address = str(getattr(user, "email", "") or "")
    if "@" not in address:
        raise ContentError("no_own_address")
    made = preview(template=template, text=text, user=user, customer_id=customer_id, now=now)
    subject = made.subject if template.kind is Kind.EMAIL else template.name
    message = EmailMultiAlternatives(
        subject=_("Test: %(subject)s") % {"subject": subject},
        body=made.text,
        from_email=_sender(),
        to=[address],
        headers={
            "Content-Language": tag(made.language),
            "Message-ID": make_msgid(domain=_domain()),
            "X-Auto-Response-Suppress": "All",
        },
    )
    if made.html:
        message.attach_alternative(made.html, "text/html")
    try:
        message.send()
    except (BadHeaderError, ValueError) as error:
        raise ContentError("bad_header", "subject") from error
    except (SMTPException, OSError) as error:
        raise ContentError("not_sent", detail=type(error).__name__) from error
    audit.log(
        actor=user.get_username(),
        action="content.test",
        object_type="template",
        object_id=template.code,
        details={"language": text.language, "with_customer": bool(customer_id)},
        at=now,
    )
    return address


def _sender() -> str:
    """The company's name before the address that mail goes out under."""
    name = stored.brand().values.get("company_name", "")
    plain = str(settings.DEFAULT_FROM_EMAIL)
    if not name or "<" in plain or "@" not in plain:
        return plain
    local, _at, domain = plain.rpartition("@")
    return str(Address(name, local, domain))


def _domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].strip("<> ") or "localhost"
