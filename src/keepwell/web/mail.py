"""E-mails of a customer where they are listed: in the timeline and among the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.customers.contracts import AttachmentView
from keepwell.customers.labels import CHANNEL
from keepwell.customers.queries import correspondents
from keepwell.integrations import queries
from keepwell.integrations.contracts import MailView
from keepwell.web.timeline import Event

MIME = "message/rfc822"
ENDING = ".eml"
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


def rows(customer_id: str, files: Sequence[AttachmentView]) -> list[FileRow]:
    """The files of a customer as they are listed."""
    written = [file.attachment_id for file in files if file.content_type == MIME]
    mails = queries.mails_of_files(customer_id, written) if written else {}
    return [_row(file, mails.get(file.attachment_id)) for file in files]


def _row(file: AttachmentView, mail: MailView | None) -> FileRow:
    name = file.name.removesuffix(ENDING) if mail else file.name
    kind = KIND[mail.direction] if mail else ""
    return FileRow(file, name, file.content_type == MIME, mail, kind)


def opened(customer_id: str, events: Sequence[Event], *, sensitive: bool) -> list[Event]:
    """The events, those that are archived e-mails with their subject and the address of their page."""
    keys = [event.key for event in events if event.kind in ("interactions", "contacts")]
    mails = queries.mails_of_facts(customer_id, keys) if keys else {}
    if not mails:
        return list(events)
    ids = [mail.attachment_id for mail in mails.values()]
    names = correspondents.file_names(customer_id, ids, sensitive=sensitive)
    return [_opened(customer_id, event, mails.get(event.key), names) for event in events]


def _opened(customer_id: str, event: Event, mail: MailView | None, names: Any) -> Event:
    if mail is None or mail.attachment_id not in names:
        return event
    return replace(
        event,
        details=(str(CHANNEL["email"]), names[mail.attachment_id].removesuffix(ENDING)),
        href=reverse("customer_mail", args=[mail.attachment_id, customer_id]),
    )
