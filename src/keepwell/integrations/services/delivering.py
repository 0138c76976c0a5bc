"""Deliveries on their way: signed, sent, retried, given up (Standard Webhooks 1.0)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import httpx
import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from standardwebhooks import Webhook

from keepwell.foundation import addresses, clock
from keepwell.foundation.audit import services as audit
from keepwell.integrations.contracts import AddressError
from keepwell.integrations.models import WebhookDelivery, WebhookEndpoint
from keepwell.integrations.webhooks import requests

# After each failure; then it is given up. A day and a half in all, denser at first.
RETRY_AFTER = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400)
)
LEASE = timedelta(seconds=60)
TIMEOUT_SECONDS = 10.0
GIVE_UP_ENDPOINT_AFTER = timedelta(days=3)
AT_ONCE = 100
KEPT = timedelta(days=30)
GONE = 410
ANSWER_BYTES_MAX = 64_000


@dataclass(frozen=True)
class Answer:
    """What the other side said: its status, and its words; None where they broke off, or had no end."""

    status: int
    body: bytes | None = b""


Send = Callable[[addresses.Target, bytes, dict[str, str]], Answer | int]


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: a status, or why there is none."""

    status: int | None
    error: str
    body: bytes | None = b""

    @property
    def delivered(self) -> bool:
        """Whether the other side has taken it."""
        return self.status is not None and 200 <= self.status < 300


def deliver_due(*, now: datetime, send: Send | None = None, limit: int = AT_ONCE) -> int:
    """Make one attempt for each delivery that is due; returns how many were attempted.

    Each is taken by a lease first, so several workers do not send the same one, and one that dies lets go.
    """
    attempted, begun = 0, monotonic()
    for delivery_id in _due(now, limit):
        # Who waits for slow addresses must not take the next one under a lease that is over already.
        present = now + timedelta(seconds=int(monotonic() - begun))
        if _lease(delivery_id, present):
            _attempt(delivery_id, present, send or post)
            attempted += 1
    return attempted


def tidy(*, now: datetime) -> int:
    """Forget settled deliveries older than `KEPT`; returns how many."""
    settled = ~Q(status=WebhookDelivery.Status.PENDING)
    return WebhookDelivery.objects.filter(settled, created_at__lt=now - KEPT).delete()[0]


def post(target: addresses.Target, body: bytes, headers: dict[str, str]) -> Answer:
    """Send to exactly that address, following no redirect; returns its answer. Raises httpx.HTTPError."""
    extensions = {"sni_hostname": target.server_name}
    with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            "POST", target.url, content=body, headers=headers, extensions=extensions
        )
        answer = client.send(request, stream=True)
        try:
            return Answer(answer.status_code, _words(answer))
        finally:
            answer.close()


def _words(answer: httpx.Response) -> bytes | None:
    """What it says; None where that breaks off, takes too long or is longer than an answer can be.

    Its status holds all the same: whoever says that they have it has it.
    """
    found, until = b"", monotonic() + TIMEOUT_SECONDS
    try:
        for part in answer.iter_bytes():
            found += part
            if len(found) > ANSWER_BYTES_MAX or monotonic() > until:
                return None
    except httpx.HTTPError:
        return None
    return found


def _due(now: datetime, limit: int) -> list[str]:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    due = WebhookDelivery.objects.filter(
        free, status=WebhookDelivery.Status.PENDING, next_at__lte=now, endpoint__active=True
    )
    return list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:limit])


def _lease(delivery_id: str, now: datetime) -> bool:
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    mine = WebhookDelivery.objects.filter(free, pk=delivery_id, status=WebhookDelivery.Status.PENDING)
    return bool(mine.update(leased_until=now + LEASE))


def _attempt(delivery_id: str, now: datetime, send: Send) -> None:
    row = WebhookDelivery.objects.select_related("endpoint").get(pk=delivery_id)
    if requests.is_late(row, now):
        # Nobody waits for it any more: what it asks for must not happen now.
        requests.give_up(row)
        return
    outcome = _sent(row, now, send)
    answer = requests.decided(row, outcome.status, outcome.body)
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=row.endpoint_id).first()
        row = WebhookDelivery.objects.select_for_update().get(pk=delivery_id)
        row.attempts += 1
        row.leased_until = None
        row.last_status = outcome.status
        row.last_error = outcome.error[:300]
        if answer:
            requests.record(row, answer, outcome.status, clock.now())
        if outcome.delivered or answer:
            row.status = WebhookDelivery.Status.DELIVERED
            row.delivered_at = clock.now()
        elif row.attempts > len(RETRY_AFTER):
            row.status = WebhookDelivery.Status.FAILED
        else:
            row.next_at = now + RETRY_AFTER[row.attempts - 1]
        row.save()
        if endpoint is not None:
            _note(endpoint, row, outcome, now, answered=bool(answer))


def _sent(row: WebhookDelivery, now: datetime, send: Send) -> Outcome:
    body = orjson.dumps(row.payload)
    signature = Webhook(row.endpoint.secret).sign(row.delivery_id, now, body.decode())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Keepwell-Webhooks/1",
        "webhook-id": row.delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    try:
        target = addresses.target(row.endpoint.url, allow_private=settings.KEEPWELL_WEBHOOKS_PRIVATE)
        said = send(target, body, {**headers, "Host": target.host_header})
    except AddressError as error:
        return Outcome(None, str(error))
    except httpx.HTTPError as error:
        return Outcome(None, type(error).__name__)
    answer = said if isinstance(said, Answer) else Answer(said)
    fine = 200 <= answer.status < 300
    if fine and answer.body is None and requests.is_request(row):
        # Yes or no stands in the words: asked again under the same number.
        return Outcome(None, "unreadable answer")
    return Outcome(answer.status, "" if fine else f"HTTP {answer.status}", answer.body)


def _note(
    endpoint: WebhookEndpoint, row: WebhookDelivery, outcome: Outcome, now: datetime, *, answered: bool
) -> None:
    """Remember since when the address fails; switch it off where it is gone or fails for days."""
    if outcome.delivered or answered:
        endpoint.failing_since = None
    else:
        endpoint.failing_since = endpoint.failing_since or now
        long = now - endpoint.failing_since >= GIVE_UP_ENDPOINT_AFTER
        gone = outcome.status == GONE
        if endpoint.active and (long or gone or row.status == WebhookDelivery.Status.FAILED):
            endpoint.active = False
            endpoint.disabled_at = now
            endpoint.disabled_reason = "gone" if gone else (row.last_error or "failed")
            audit.log(
                actor="keepwell",
                action="webhook.disable",
                object_type="webhook",
                object_id=endpoint.pk,
                details={"reason": endpoint.disabled_reason, "attempts": row.attempts},
                at=now,
            )
    endpoint.save(update_fields=["failing_since", "active", "disabled_at", "disabled_reason"])
