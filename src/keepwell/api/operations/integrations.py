"""Webhooks and refused tracking messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Path, Query, Schema

from keepwell.accounts.contracts import Permission
from keepwell.api import auth, cursors, idempotency
from keepwell.api.app import operation
from keepwell.api.fields import Cursor, Limit, Said500, Text200
from keepwell.api.problems import ApiError
from keepwell.foundation import clock
from keepwell.integrations import queries, services
from keepwell.integrations.contracts import (
    AddressError,
    DeadLetterView,
    DeliveryView,
    EndpointView,
    EventType,
)
from keepwell.integrations.services.webhooks import NoEndpointError

GATE = Permission.MANAGE_INTEGRATIONS
EVENTS = tuple(str(one) for one in EventType if one is not EventType.PING)
EventName = Literal[EVENTS]  # type: ignore[valid-type]  # the contract lists them once
EndpointId = Annotated[str, Path(pattern="^we_[0-9a-f]{24}$")]
DeliveryId = Annotated[str, Path(pattern="^msg_[0-9a-f]{28}$")]


class Endpoint(Schema):
    """An address that is told of events."""

    endpoint_id: str
    url: str
    description: str
    event_types: list[str]
    active: bool
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    created_at: datetime
    updated_at: datetime


class NewEndpoint(Endpoint):
    """With the secret to check signatures with."""

    secret: str


class Endpoints(Schema):
    """Every address."""

    data: list[Endpoint]


class EndpointIn(Schema):
    """A new address."""

    model_config = {"extra": "forbid"}

    url: Said500 = Field(description="https://…, on the public internet")
    event_types: Annotated[list[EventName], Field(min_length=1, max_length=20)]
    description: Text200 = ""


class EndpointChange(Schema):
    """What changes; the rest stays."""

    model_config = {"extra": "forbid"}

    url: Said500 | None = None
    event_types: Annotated[list[EventName], Field(min_length=1, max_length=20)] | None = None
    description: Text200 | None = None
    active: bool | None = None


class Secret(Schema):
    """The secret to check signatures with."""

    secret: str


class Delivery(Schema):
    """One event for one address."""

    delivery_id: str
    endpoint_id: str
    event_type: str
    created_at: datetime
    status: str
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_error: str
    delivered_at: datetime | None
    payload: dict[str, Any]


class Deliveries(Schema):
    """A part of what an address was told, newest first."""

    data: list[Delivery]
    next_cursor: str | None


class DeadLetter(Schema):
    """A refused tracking message, without what it said."""

    id: int
    received_at: datetime
    source: str
    type: str
    code: str
    reason: str
    status: str
    attempts: int


class DeadLetters(Schema):
    """A part of the refused messages, newest first."""

    data: list[DeadLetter]
    next_cursor: str | None


class Ids(Schema):
    """Which refused messages."""

    model_config = {"extra": "forbid"}

    ids: Annotated[list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=1000)]


class Replayed(Schema):
    """How many were taken now, and how many still cannot be."""

    accepted: int
    rejected: int


class Discarded(Schema):
    """How many were put away."""

    discarded: int


@operation("GET", "/api/v1/webhooks", permission=GATE, tag="Webhooks", response=Endpoints)
def list_webhooks(request: HttpRequest) -> Endpoints:
    """List the addresses that are told of events"""
    auth.require(request, GATE)
    return Endpoints(data=[_endpoint(one) for one in queries.endpoints()])


@operation("POST", "/api/v1/webhooks", permission=GATE, tag="Webhooks", response=NewEndpoint, status=201)
def create_webhook(request: HttpRequest, body: EndpointIn) -> HttpResponse:
    """Tell an address of events from now on"""
    auth.require(request, GATE)

    def work() -> Any:
        made = services.webhooks.create(
            url=body.url,
            event_types=body.event_types,
            description=body.description,
            actor=auth.caller(request).name,
            now=clock.now(),
        )
        secret = queries.secret(made.endpoint_id) or ""
        return NewEndpoint(**_endpoint(made).model_dump(), secret=secret).model_dump(mode="json")

    return _done(request, 201, work)


@operation(
    "GET", "/api/v1/webhooks/{endpoint_id}", permission=GATE, tag="Webhooks", response=Endpoint, errors=[404]
)
def get_webhook(request: HttpRequest, endpoint_id: EndpointId) -> Endpoint:
    """Read one address"""
    auth.require(request, GATE)
    found = queries.endpoint(endpoint_id)
    if found is None:
        raise Http404("There is no such address.")
    return _endpoint(found)


@operation(
    "PATCH",
    "/api/v1/webhooks/{endpoint_id}",
    permission=GATE,
    tag="Webhooks",
    response=Endpoint,
    errors=[404],
)
def change_webhook(request: HttpRequest, endpoint_id: EndpointId, body: EndpointChange) -> HttpResponse:
    """Change an address, or switch it off and on"""
    auth.require(request, GATE)

    def work() -> Any:
        changed = services.webhooks.change(
            endpoint_id=endpoint_id,
            url=body.url,
            event_types=body.event_types,
            description=body.description,
            active=body.active,
            actor=auth.caller(request).name,
            now=clock.now(),
        )
        return _endpoint(changed).model_dump(mode="json")

    return _done(request, 200, work)


@operation(
    "DELETE",
    "/api/v1/webhooks/{endpoint_id}",
    permission=GATE,
    tag="Webhooks",
    response=None,
    status=204,
    errors=[404],
)
def delete_webhook(request: HttpRequest, endpoint_id: EndpointId) -> HttpResponse:
    """Forget an address and what it was told"""
    auth.require(request, GATE)
    who = auth.caller(request).name
    return _done(
        request, 204, lambda: services.webhooks.delete(endpoint_id=endpoint_id, actor=who, now=clock.now())
    )


@operation(
    "POST",
    "/api/v1/webhooks/{endpoint_id}/secret",
    permission=GATE,
    tag="Webhooks",
    response=Secret,
    errors=[404],
)
def renew_webhook_secret(request: HttpRequest, endpoint_id: EndpointId) -> HttpResponse:
    """Give an address a new secret"""
    auth.require(request, GATE)
    who = auth.caller(request).name

    def work() -> Any:
        return {"secret": services.webhooks.renew_secret(endpoint_id=endpoint_id, actor=who, now=clock.now())}

    return _done(request, 200, work)


@operation(
    "POST",
    "/api/v1/webhooks/{endpoint_id}/ping",
    permission=GATE,
    tag="Webhooks",
    response=Delivery,
    status=202,
    errors=[404],
)
def ping_webhook(request: HttpRequest, endpoint_id: EndpointId) -> HttpResponse:
    """Send an address an event that says nothing, to try it out"""
    auth.require(request, GATE)
    who = auth.caller(request).name

    def work() -> Any:
        return _delivery(
            services.webhooks.ping(endpoint_id=endpoint_id, actor=who, now=clock.now())
        ).model_dump(mode="json")

    return _done(request, 202, work)


@operation(
    "GET",
    "/api/v1/webhooks/{endpoint_id}/deliveries",
    permission=GATE,
    tag="Webhooks",
    response=Deliveries,
    errors=[404],
)
def list_deliveries(
    request: HttpRequest, endpoint_id: EndpointId, cursor: Cursor, limit: Limit
) -> Deliveries:
    """List what an address was told or will be, newest first"""
    auth.require(request, GATE)
    if queries.endpoint(endpoint_id) is None:
        raise Http404("There is no such address.")
    (before,) = cursors.decode(cursor, str) if cursor else (None,)
    found = queries.deliveries(endpoint_id=endpoint_id, before=before, limit=limit + 1)
    more = cursors.encode(found[limit - 1].delivery_id) if len(found) > limit else None
    return Deliveries(data=[_delivery(one) for one in found[:limit]], next_cursor=more)


@operation(
    "POST",
    "/api/v1/deliveries/{delivery_id}/redeliver",
    permission=GATE,
    tag="Webhooks",
    response=Delivery,
    status=202,
    errors=[404],
)
def redeliver(request: HttpRequest, delivery_id: DeliveryId) -> HttpResponse:
    """Send an event again, with its own id"""
    auth.require(request, GATE)
    who = auth.caller(request).name

    def work() -> Any:
        again = services.webhooks.redeliver(delivery_id=delivery_id, actor=who, now=clock.now())
        return _delivery(again).model_dump(mode="json")

    return _done(request, 202, work)


@operation("GET", "/api/v1/dead-letters", permission=GATE, tag="Tracking", response=DeadLetters)
def list_dead_letters(
    request: HttpRequest,
    cursor: Cursor,
    limit: Limit,
    status: Annotated[Literal["waiting", "replayed", "discarded"], Query("waiting")],
) -> DeadLetters:
    """List tracking messages that could not be taken, newest first"""
    auth.require(request, GATE)
    (before,) = cursors.decode(cursor, int) if cursor else (None,)
    if before is not None and not 0 <= before < 2**62:
        raise cursors.unknown()
    found = queries.dead_letters(status=status, before=before, limit=limit + 1)
    more = cursors.encode(found[limit - 1].id) if len(found) > limit else None
    return DeadLetters(data=[_letter(one) for one in found[:limit]], next_cursor=more)


@operation("POST", "/api/v1/dead-letters/replay", permission=GATE, tag="Tracking", response=Replayed)
def replay_dead_letters(request: HttpRequest, body: Ids) -> HttpResponse:
    """Try refused messages again"""
    auth.require(request, GATE)
    who = auth.caller(request).name

    def work() -> Any:
        done = services.replay(ids=body.ids, actor=who, now=clock.now())
        return {"accepted": done.accepted, "rejected": done.rejected}

    return _done(request, 200, work)


@operation("POST", "/api/v1/dead-letters/discard", permission=GATE, tag="Tracking", response=Discarded)
def discard_dead_letters(request: HttpRequest, body: Ids) -> HttpResponse:
    """Put refused messages away and forget what they said"""
    auth.require(request, GATE)
    who = auth.caller(request).name
    return _done(
        request, 200, lambda: {"discarded": services.discard(ids=body.ids, actor=who, now=clock.now())}
    )


def _done(request: HttpRequest, status: int, work: Callable[[], Any]) -> HttpResponse:
    def checked() -> Any:
        try:
            return work()
        except NoEndpointError:
            raise Http404("There is no such address or delivery.") from None
        except AddressError as error:
            raise ApiError(422, str(error), errors=[{"pointer": "/url", "detail": str(error)}]) from None
        except ValueError as error:
            raise ApiError(422, str(error)) from None

    return idempotency.once(request, status, checked)


def _endpoint(view: EndpointView) -> Endpoint:
    said = {name: getattr(view, name) for name in Endpoint.model_fields}
    return Endpoint(**{**said, "event_types": list(view.event_types)})


def _delivery(view: DeliveryView) -> Delivery:
    said = {name: getattr(view, name) for name in Delivery.model_fields}
    return Delivery(**{**said, "payload": dict(view.payload)})


def _letter(view: DeadLetterView) -> DeadLetter:
    return DeadLetter(**{name: getattr(view, name) for name in DeadLetter.model_fields})
