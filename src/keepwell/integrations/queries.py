"""What can be asked of the integrations; nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from keepwell.integrations.contracts import DeadLetterView, DeliveryView, EndpointView
from keepwell.integrations.models import DeadLetter, WebhookDelivery, WebhookEndpoint

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
