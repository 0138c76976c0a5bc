"""Customers: their records, timeline and score; contact data masked."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Query, Schema
from pydantic import AfterValidator, AwareDatetime

from keepwell.accounts.contracts import Permission, Reach
from keepwell.api import auth, cursors, idempotency
from keepwell.api.app import operation
from keepwell.api.fields import (
    Cursor,
    CustomerId,
    CustomerPath,
    Limit,
    Said80,
    Text16,
    Text40,
    Text80,
    Text120,
    Text200,
    Text254,
    Text400,
)
from keepwell.api.problems import ApiError
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow, CustomerView
from keepwell.customers.identity import queries as identity
from keepwell.customers.queries import listing
from keepwell.foundation import clock
from keepwell.history.schemas import FACT_TABLES
from keepwell.intake import contactdata, pseudonyms
from keepwell.integrations.services.telling import tell_updated

TAG = "Customers"
TABLES = tuple(name for name, table in FACT_TABLES.items() if table.has_customer and name != "scores")
TableName = Literal[TABLES]  # type: ignore[valid-type]  # the schemas list them once


class ContactPoint(Schema):
    """A way to reach somebody, masked."""

    kind: str
    masked: str
    source: str
    updated_at: datetime


class Customer(Schema):
    """One customer's record."""

    customer_id: str
    name: str
    contact_points: list[ContactPoint]
    gender: str
    birth_on: date | None
    country: str
    region: str
    city: str
    language: str
    time_zone: str
    occupation: str
    income: str
    company: str
    industry: str
    acquired_at: datetime | None
    acquisition_channel: str
    acquisition_cost: Decimal | None
    tags: list[str]
    extra: dict[str, Any]
    source: str
    created_at: datetime
    updated_at: datetime


class CustomerPage(Schema):
    """A part of the list of customers, by customer number."""

    data: list[Customer]
    next_cursor: str | None = Field(description="Absent at the end")


def _email(value: str) -> str:
    found = contactdata.email(value)
    if found is None:
        raise ValueError("is not an e-mail address")
    return found


def _phone(value: str) -> str:
    found = contactdata.phone(value)
    if found is None:
        raise ValueError("is not a telephone number")
    return found


def _birth_on(value: date) -> date:
    if contactdata.birth_on(value, clock.now().date()) is None:
        raise ValueError("nobody alive was born then")
    return value


Scalar = Text400 | bool | int | float


class CustomerIn(Schema):
    """What a source says of a customer; what is left out or null stays as it is."""

    model_config = {"extra": "forbid"}

    name: Text200 | None = None
    email: Annotated[Text254, AfterValidator(_email)] | None = None
    phone: Annotated[Text40, AfterValidator(_phone)] | None = Field(None, description="E.164 is best")
    gender: Literal["female", "male", "other"] | None = None
    birth_on: Annotated[date, AfterValidator(_birth_on)] | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(None, description="ISO 3166 alpha-2")
    region: Text80 | None = None
    city: Text80 | None = None
    language: Text16 | None = None
    time_zone: Text40 | None = None
    occupation: Text120 | None = None
    income: Text40 | None = None
    company: Text200 | None = None
    industry: Text120 | None = None
    acquired_at: AwareDatetime | None = None
    acquisition_channel: Text80 | None = None
    acquisition_cost: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)] | None = None
    tags: Annotated[list[Said80], Field(max_length=50)] | None = None
    extra: Annotated[dict[Said80, Scalar], Field(max_length=100)] | None = None


class NumberedCustomer(CustomerIn):
    """What a source says of the customer with this number."""

    customer_id: CustomerId


class CustomersIn(Schema):
    """Several customers."""

    model_config = {"extra": "forbid"}

    customers: Annotated[list[NumberedCustomer], Field(min_length=1, max_length=1000)]


class Upserted(Schema):
    """How many records were made, changed and left as they were."""

    created: int
    updated: int
    unchanged: int


class Fact(Schema):
    """Something that happened."""

    table: str
    key: str
    at: datetime
    data: dict[str, Any]


class Timeline(Schema):
    """A part of a customer's history, newest first."""

    data: list[Fact]
    next_cursor: str | None


@operation("GET", "/api/v1/customers", permission=Permission.VIEW_CUSTOMERS, tag=TAG, response=CustomerPage)
def list_customers(request: HttpRequest, cursor: Cursor, limit: Limit) -> CustomerPage:
    """List customers by number

    Those whom the caller's user may see.
    """
    auth.require(request, Permission.VIEW_CUSTOMERS)
    (after,) = cursors.decode(cursor, str) if cursor else ("",)
    found = listing.listed(
        after=after,
        limit=limit + 1,
        owner_ids=auth.owners_within(request, Permission.VIEW_CUSTOMERS),
        without=identity.merged_ids(),
    )
    more = cursors.encode(found[limit - 1].customer_id) if len(found) > limit else None
    return CustomerPage(data=[_out(view) for view in found[:limit]], next_cursor=more)


@operation("POST", "/api/v1/customers", permission=Permission.CHANGE_CUSTOMERS, tag=TAG, response=Upserted)
def upsert_customers(request: HttpRequest, body: CustomersIn) -> HttpResponse:
    """Make or complete several customers' records

    All or none. New customers may only be made by who reaches everybody's.
    """
    auth.require(request, Permission.CHANGE_CUSTOMERS)
    numbers = [row.customer_id for row in body.customers]
    for place, number in enumerate(numbers):
        _refuse_contact_data(number, pointer=f"/customers/{place}/customer_id")
    _require_all(request, numbers)

    def work() -> Any:
        rows = [_row(one.customer_id, one) for one in body.customers]
        return Upserted(**asdict(_upsert(request, rows))).model_dump(mode="json")

    return idempotency.once(request, 200, work)


@operation(
    "GET",
    "/api/v1/customers/{path:customer_id}/timeline",
    permission=Permission.VIEW_CUSTOMERS,
    tag=TAG,
    response=Timeline,
    errors=[404],
)
def get_timeline(
    request: HttpRequest,
    customer_id: CustomerPath,
    cursor: Cursor,
    limit: Limit,
    table: Annotated[list[TableName] | None, Query(None, description="Only facts of these tables")],
) -> Timeline:
    """Read what a customer did, newest first"""
    auth.require_customer(request, Permission.VIEW_CUSTOMERS, customer_id)
    _existing(customer_id)
    before = None
    if cursor:
        (said,) = cursors.decode(cursor, str)
        before = _instant(said)
    facts = identity.timeline(
        customer_id, limit=limit, before=before, tables=list(dict.fromkeys(table or [])) or None
    )
    more = cursors.encode(facts[-1].at.isoformat()) if len(facts) >= limit else None
    return Timeline(
        data=[Fact(table=f.table, key=f.key, at=f.at, data=_plain(f.data)) for f in facts], next_cursor=more
    )


@operation(
    "GET",
    "/api/v1/customers/{path:customer_id}",
    permission=Permission.VIEW_CUSTOMERS,
    tag=TAG,
    response=Customer,
    errors=[404],
)
def get_customer(request: HttpRequest, customer_id: CustomerPath) -> HttpResponse:
    """Read a customer's record

    The answer has an ETag; with `If-None-Match` an unchanged record is 304.
    """
    auth.require_customer(request, Permission.VIEW_CUSTOMERS, customer_id)
    body = orjson.dumps(_out(_existing(customer_id)).model_dump(mode="json"))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


@operation(
    "PUT",
    "/api/v1/customers/{path:customer_id}",
    permission=Permission.CHANGE_CUSTOMERS,
    tag=TAG,
    response=Customer,
    errors=[404],
)
def put_customer(request: HttpRequest, customer_id: CustomerPath, body: CustomerIn) -> HttpResponse:
    """Make or complete a customer's record

    Values that are left out stay. A number that is contact data is refused.
    """
    auth.require_customer(request, Permission.CHANGE_CUSTOMERS, customer_id)
    _refuse_contact_data(customer_id, parameter="customer_id")

    def work() -> Any:
        _upsert(request, [_row(customer_id, body)])
        return _out(_existing(customer_id)).model_dump(mode="json")

    return idempotency.once(request, 200, work)


def _upsert(request: HttpRequest, rows: list[CustomerRow]) -> Any:
    who = auth.caller(request)
    now = clock.now()
    done = customer_services.upsert_many(rows=rows, source=who.source, at=now, actor=who.name)
    if done.created or done.updated:
        tell_updated(customer_ids={row.customer_id for row in rows}, key=uuid.uuid4().hex, now=now)
    return done


def _row(customer_id: str, said: CustomerIn) -> CustomerRow:
    values = {name: getattr(said, name) for name in CustomerIn.model_fields}
    values["tags"] = tuple(said.tags) if said.tags is not None else None
    return CustomerRow(customer_id=customer_id, **values)


def _require_all(request: HttpRequest, numbers: list[str]) -> None:
    """Every one of these customers is within reach; nobody can make customers beyond it."""
    owners = auth.owners_within(request, Permission.CHANGE_CUSTOMERS)
    if owners is None:
        return
    owned = customers.owners_of(numbers)
    if any(owned.get(number) not in owners for number in numbers):
        raise ApiError(403, f"Your reach is {Reach.OWN.name.lower()}: some of these customers are not yours.")


def _refuse_contact_data(customer_id: str, **where: str) -> None:
    if pseudonyms.kind_of(customer_id) is not None:
        detail = "A customer number must not be an e-mail address or telephone number."
        raise ApiError(422, detail, errors=[{**where, "detail": detail}])


def _existing(customer_id: str) -> CustomerView:
    found = customers.get(customer_id)
    if found is None:
        raise Http404("There is no customer with this number.")
    return found


def _out(view: CustomerView) -> Customer:
    said = {name: getattr(view, name) for name in Customer.model_fields}
    points = [
        ContactPoint(kind=p.kind, masked=p.masked, source=p.source, updated_at=p.updated_at)
        for p in view.contact_points
    ]
    return Customer.model_construct(
        **{**said, "contact_points": points, "tags": list(view.tags), "extra": dict(view.extra)}
    )


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Values of a fact as JSON has them; properties opened."""
    plain = orjson.loads(orjson.dumps(data, default=str))
    if isinstance(plain.get("properties"), str):
        plain["properties"] = orjson.loads(plain["properties"])
    return {name: value for name, value in plain.items() if value is not None}


def _instant(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise cursors.unknown()
    return at
