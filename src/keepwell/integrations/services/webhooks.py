"""Addresses that are told of events."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from keepwell.foundation import addresses
from keepwell.foundation.audit import services as audit
from keepwell.integrations import queries
from keepwell.integrations.contracts import AddressError, DeliveryView, EndpointView, EventType
from keepwell.integrations.models import WebhookDelivery, WebhookEndpoint
from keepwell.integrations.webhooks import events

ENDPOINTS_MAX = 50
SECRET_BYTES = 32


class NoEndpointError(LookupError):
    """There is no such address."""


def create(
    *, url: str, event_types: Collection[str], actor: str, now: datetime, description: str = ""
) -> EndpointView:
    """Tell `url` of events from now on; its secret is made here, `queries.secret` shows it.

    Raises AddressError for an address that must not be called, ValueError for an unknown event, none, or
    one address too many.
    """
    _check(url, event_types)
    with transaction.atomic():
        if WebhookEndpoint.objects.count() >= ENDPOINTS_MAX:
            raise ValueError(f"There are {ENDPOINTS_MAX} addresses already.")
        row = WebhookEndpoint.objects.create(
            endpoint_id=f"we_{uuid.uuid4().hex[:24]}",
            url=url,
            description=description[:200],
            event_types=sorted(set(event_types)),
            secret=new_secret(),
            created_at=now,
            created_by=actor,
            updated_at=now,
        )
        _log("webhook.create", row.pk, actor, now, {"host": addresses.host_of(url)})
    return _view(row.pk)


def change(
    *,
    endpoint_id: str,
    actor: str,
    now: datetime,
    url: str | None = None,
    event_types: Collection[str] | None = None,
    description: str | None = None,
    active: bool | None = None,
) -> EndpointView:
    """Change what is said. Switched on again, an address starts afresh and waiting deliveries go out.

    Raises NoEndpointError, and what `create` raises.
    """
    with transaction.atomic():
        row = _locked(endpoint_id)
        _check(
            url if url is not None else row.url, event_types if event_types is not None else row.event_types
        )
        if url is not None:
            row.url = url
        if event_types is not None:
            row.event_types = sorted(set(event_types))
        if description is not None:
            row.description = description[:200]
        if active is not None and active != row.active:
            row.active = active
            row.failing_since = None
            row.disabled_at = None if active else now
            row.disabled_reason = ""
        row.updated_at = now
        row.save()
        _log("webhook.change", endpoint_id, actor, now, {"active": row.active})
    return _view(endpoint_id)


def renew_secret(*, endpoint_id: str, actor: str, now: datetime) -> str:
    """Give the address a new secret and return it. Raises NoEndpointError."""
    with transaction.atomic():
        row = _locked(endpoint_id)
        row.secret = new_secret()
        row.updated_at = now
        row.save(update_fields=["secret", "updated_at"])
        _log("webhook.renew_secret", endpoint_id, actor, now, {})
    return row.secret


def delete(*, endpoint_id: str, actor: str, now: datetime) -> None:
    """Forget an address and what it was told. Raises NoEndpointError."""
    with transaction.atomic():
        _locked(endpoint_id).delete()
        _log("webhook.delete", endpoint_id, actor, now, {})


def ping(*, endpoint_id: str, actor: str, now: datetime) -> DeliveryView:
    """Send the address an event that says nothing, to try it out. Raises NoEndpointError."""
    with transaction.atomic():
        row = _locked(endpoint_id)
        event = events.Event(EventType.PING, uuid.uuid4().hex, "", now, {"sent_by": actor})
        made = events.delivery(row, event, now)
        made.save()
    return _delivery(made.pk)


def redeliver(*, delivery_id: str, actor: str, now: datetime) -> DeliveryView:
    """Send an event again, delivered or given up, with its own id. Raises NoEndpointError."""
    with transaction.atomic():
        row = WebhookDelivery.objects.select_for_update().filter(pk=delivery_id).first()
        if row is None:
            raise NoEndpointError(delivery_id)
        row.status = WebhookDelivery.Status.PENDING
        row.attempts = 0
        row.next_at = now
        row.leased_until = None
        row.save()
        _log("webhook.redeliver", str(row.endpoint_id), actor, now, {"delivery": delivery_id})
    return _delivery(delivery_id)


def new_secret() -> str:
    """A secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _check(url: str, event_types: Collection[str]) -> None:
    if len(url) > 500:
        raise AddressError("The address is too long.")
    addresses.check_form(url, allow_private=settings.KEEPWELL_WEBHOOKS_PRIVATE)
    offered = {str(one) for one in EventType} - {EventType.PING}
    if not event_types or not set(event_types) <= offered:
        raise ValueError("Choose at least one event of: " + ", ".join(sorted(offered)))


def _locked(endpoint_id: str) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if row is None:
        raise NoEndpointError(endpoint_id)
    return row


def _view(endpoint_id: str) -> EndpointView:
    found = queries.endpoint(endpoint_id)
    if found is None:
        raise NoEndpointError(endpoint_id)
    return found


def _delivery(delivery_id: str) -> DeliveryView:
    found = queries.delivery(delivery_id)
    if found is None:
        raise NoEndpointError(delivery_id)
    return found


def _log(action: str, endpoint_id: str, actor: str, now: datetime, details: dict[str, Any]) -> None:
    audit.log(
        actor=actor, action=action, object_type="webhook", object_id=endpoint_id, details=details, at=now
    )
