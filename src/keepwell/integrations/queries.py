"""What can be asked of the integrations; nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from keepwell.customers.queries import correspondents
from keepwell.foundation import clock
from keepwell.integrations.contracts import (
    DeadLetterView,
    DeliveryView,
    Direction,
    EndpointView,
    MailError,
    MailView,
    OpenedMail,
)
from keepwell.integrations.mail import headers, words
from keepwell.integrations.models import ArchivedMail, DeadLetter, WebhookDelivery, WebhookEndpoint

PAGE = 50


def dead_letters(
    *, status: str | None = "waiting", before: int | None = None, limit: int = PAGE
) -> list[DeadLetterView]:
    """Refused messages, newest first, without what they said; `before` continues after that id."""
    rows = DeadLetter.objects.all() if status is None else DeadLetter.objects.filter(status=status)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_letter(row) for row in rows.defer("payload").order_by("-pk")[:limit]]


def dead_letter(number: int) -> DeadLetterView | None:
    """One refused message with what it said, or None."""
    row = DeadLetter.objects.filter(pk=number).first()
    return _letter(row, payload=row.payload) if row else None


def count_dead_letters() -> int:
    """How many refused messages wait."""
    return DeadLetter.objects.filter(status=DeadLetter.Status.WAITING).count()


def endpoints() -> list[EndpointView]:
    """Every address that is told of events."""
    return [_endpoint(row) for row in WebhookEndpoint.objects.all()]


def endpoint(endpoint_id: str) -> EndpointView | None:
    """One address, or None."""
    row = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    return _endpoint(row) if row else None


def secret(endpoint_id: str) -> str | None:
    """The secret that an address checks signatures with, or None for an unknown one."""
    row = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    return row.secret if row else None


def deliveries(*, endpoint_id: str, before: str | None = None, limit: int = PAGE) -> list[DeliveryView]:
    """What an address was told or will be, newest first; `before` continues after that delivery."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint_id)
    if before is not None:
        rows = rows.filter(delivery_id__lt=before)
    return [_delivery(row) for row in rows.order_by("-delivery_id")[:limit]]


def delivery(delivery_id: str) -> DeliveryView | None:
    """One delivery, or None."""
    row = WebhookDelivery.objects.filter(pk=delivery_id).first()
    return _delivery(row) if row else None


def deliveries_due(*, now: datetime) -> bool:
    """Whether anything waits to be sent."""
    due = WebhookDelivery.objects.filter(
        Q(leased_until=None) | Q(leased_until__lt=now),
        status=WebhookDelivery.Status.PENDING,
        next_at__lte=now,
        endpoint__active=True,
    )
    return due.exists()


def count_deliveries_waiting() -> int:
    """How many webhook messages have not been delivered yet and are still tried."""
    return WebhookDelivery.objects.filter(status=WebhookDelivery.Status.PENDING).count()


def event_types_wanted() -> frozenset[str]:
    """The events that any active address asks for."""
    wanted: Sequence[list[str]] = list(
        WebhookEndpoint.objects.filter(active=True).values_list("event_types", flat=True)
    )
    return frozenset(name for names in wanted for name in names)


def mails_of_facts(customer_id: str, fact_keys: Collection[str]) -> dict[str, MailView]:
    """The archived e-mails of a customer that these facts tell of, by the key of the fact."""
    rows = ArchivedMail.objects.filter(customer_id=customer_id, fact_key__in=list(fact_keys))
    return {row.fact_key: _mail(row) for row in rows.exclude(attachment=None)}


def mails_of_files(customer_id: str, attachment_ids: Collection[int]) -> dict[int, MailView]:
    """The archived e-mails that these files of a customer are, by the id of the file."""
    rows = ArchivedMail.objects.filter(customer_id=customer_id, attachment__in=list(attachment_ids))
    return {view.attachment_id: view for view in map(_mail, rows)}


def newest_mails(customer_id: str, *, limit: int) -> list[MailView]:
    """The archived e-mails of a customer that were sent last, the newest first."""
    rows = ArchivedMail.objects.filter(customer_id=customer_id).exclude(attachment=None)
    return [_mail(row) for row in rows.order_by("-sent_at", "-pk")[:limit]]


def open_mail(content: bytes) -> OpenedMail | None:
    """An e-mail as text, its addresses masked; None where it is none."""
    try:
        letter = headers.read(content, now=clock.now())
    except MailError:
        return None
    return replace(
        words.open_words(content),
        subject=letter.subject,
        sent_at=letter.sent_at,
        senders=tuple(map(correspondents.masked_address, letter.senders)),
        receivers=tuple(map(correspondents.masked_address, letter.receivers)),
    )


def _letter(row: DeadLetter, payload: str = "") -> DeadLetterView:
    return DeadLetterView(
        id=row.pk,
        received_at=row.received_at,
        source=row.source,
        type=row.type,
        code=row.code,
        reason=row.reason,
        status=row.status,
        attempts=row.attempts,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        payload=payload,
    )


def _endpoint(row: WebhookEndpoint) -> EndpointView:
    return EndpointView(
        endpoint_id=row.endpoint_id,
        url=row.url,
        description=row.description,
        event_types=tuple(row.event_types),
        active=row.active,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
    )


def _delivery(row: WebhookDelivery) -> DeliveryView:
    waiting = row.status == WebhookDelivery.Status.PENDING
    return DeliveryView(
        delivery_id=row.delivery_id,
        endpoint_id=str(row.endpoint_id),
        event_type=row.event_type,
        created_at=row.created_at,
        status=row.status,
        attempts=row.attempts,
        next_at=row.next_at if waiting else None,
        last_status=row.last_status,
        last_error=row.last_error,
        delivered_at=row.delivered_at,
        payload=row.payload,
    )


def _mail(row: ArchivedMail) -> MailView:
    assert row.attachment_id is not None
    return MailView(row.attachment_id, row.fact_key, Direction(row.direction), row.sent_at)
