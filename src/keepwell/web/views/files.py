"""The files of a customer: saved as they are, an e-mail also opened as text."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import access_customer
from keepwell.customers.contracts import AttachmentView
from keepwell.foundation.audit import services as audit
from keepwell.integrations import queries
from keepwell.web.mail import DIRECTION, MIME
from keepwell.web.shell import render


@never_cache
def attachment(request: HttpRequest, item_id: int, customer_id: str) -> HttpResponse:
    """A file, always to be saved, never opened by the browser."""
    _gate(request, item_id, customer_id)
    found = customers.attachment_content(customer_id, item_id)
    if found is None:
        raise Http404(_("This entry is not there any more."))
    view, content = found
    _note(request, item_id, customer_id)
    response = HttpResponse(content, content_type="application/octet-stream")
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in view.name)
    name = quote(view.name, safe="")
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@never_cache
def mail(request: HttpRequest, item_id: int, customer_id: str) -> HttpResponse:
    """What an e-mail says, never its HTML; addresses are masked as on the customer's page."""
    _gate(request, item_id, customer_id)
    found = customers.attachment_content(customer_id, item_id)
    opened = queries.open_mail(found[1]) if found and _is_mail(found[0]) else None
    record = customers.get(customer_id)
    if found is None or opened is None or record is None:
        raise Http404(_("This entry is not there any more, or it is no e-mail."))
    _note(request, item_id, customer_id)
    archived = queries.mails_of_files(customer_id, [item_id]).get(item_id)
    context = {
        "title": _("E-mail"),
        "customer_id": customer_id,
        "record": record,
        "file": found[0],
        "mail": opened,
        "sent_at": archived.sent_at if archived else opened.sent_at,
        "direction": DIRECTION[archived.direction] if archived else "",
    }
    return render(request, "keepwell/portrait/mail.html", context)


def _gate(request: HttpRequest, item_id: int, customer_id: str) -> None:
    sensitive = customers.attachment_is_sensitive(customer_id=customer_id, attachment_id=item_id)
    needed = Permission.VIEW_SENSITIVE_NOTES if sensitive else Permission.VIEW_CUSTOMERS
    access_customer(request.user, needed, customer_id)


def _note(request: HttpRequest, item_id: int, customer_id: str) -> None:
    audit.log(
        actor=request.user.get_username(),
        action="customer.attachment_read",
        object_type="customer",
        object_id=customer_id,
        details={"item": item_id},
    )


def _is_mail(view: AttachmentView) -> bool:
    return view.content_type == MIME
