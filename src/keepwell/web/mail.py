"""E-mails of a customer where they are listed: in the timeline and among the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.customers import queries as customers
from keepwell.customers.contracts import AttachmentView
from keepwell.customers.labels import CHANNEL
from keepwell.customers.queries import correspondents
from keepwell.integrations import queries
from keepwell.integrations.contracts import MAIL_SOURCE, MailView
from keepwell.web.timeline import Event

MIME = "message/rfc822"
ENDING = ".eml"
LISTED = 100  # e-mails among the files; earlier ones are in the timeline
KIND: dict[str, Any] = {
    "incoming": _("E-mail from the customer"),
    "outgoing": _("E-mail to the customer"),
}
DIRECTION: dict[str, Any] = {
    "incoming": pgettext_lazy("direction of a mail", "from the customer"),
    "outgoing": pgettext_lazy("direction of a mail", "to the customer"),
}


@dataclass(frozen=True)
class FileRow:
    """A file in the list; one that is an e-mail has a page, one that was archived says when and who wrote."""

    one: AttachmentView
    name: str
    is_mail: bool
    mail: MailView | None
    kind: Any
    at: datetime


def rows(customer_id: str, *, sensitive: bool) -> list[FileRow]:
    """The files of a customer, the newest first: all that were put there by hand, `LISTED` e-mails."""
    mails = queries.newest_mails(customer_id, limit=LISTED)
    written = correspondents.files(customer_id, [mail.attachment_id for mail in mails], sensitive=sensitive)
    listed = [_row(written[mail.attachment_id], mail) for mail in mails if mail.attachment_id in written]
    by_hand = customers.attachments(customer_id, sensitive=sensitive, but_source=MAIL_SOURCE)
    listed += [_row(file, None) for file in by_hand]
    return sorted(listed, key=lambda row: row.at, reverse=True)


def _row(file: AttachmentView, mail: MailView | None) -> FileRow:
    is_mail = file.content_type == MIME
    if mail is None:
        return FileRow(file, file.name, is_mail, None, "", file.updated_at)
    return FileRow(file, file.name.removesuffix(ENDING), is_mail, mail, KIND[mail.direction], mail.sent_at)


def opened(customer_id: str, events: Sequence[Event], *, sensitive: bool) -> list[Event]:
    """The events, those that are archived e-mails with their subject and the address of their page."""
    keys = [event.key for event in events if event.kind in ("interactions", "contacts")]
    mails = queries.mails_of_facts(customer_id, keys) if keys else {}
    if not mails:
        return list(events)
    ids = [mail.attachment_id for mail in mails.values()]
    files = correspondents.files(customer_id, ids, sensitive=sensitive)
    return [_opened(customer_id, event, mails.get(event.key), files) for event in events]


def _opened(
    customer_id: str, event: Event, mail: MailView | None, files: Mapping[int, AttachmentView]
) -> Event:
    if mail is None or mail.attachment_id not in files:
        return event
    return replace(
        event,
        details=(str(CHANNEL["email"]), files[mail.attachment_id].name.removesuffix(ENDING)),
        href=reverse("customer_mail", args=[mail.attachment_id, customer_id]),
    )
