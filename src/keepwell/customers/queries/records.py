"""Records, contact points and owners; contact points come masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum

from keepwell.customers.contracts import CONTACT_KINDS, Addressee, ContactPointView, CustomerView, Origin
from keepwell.customers.core import mask, normal_contact
from keepwell.customers.models import ContactPoint, Customer, Ownership
from keepwell.foundation.crypto import blind_index
from keepwell.foundation.rows import among

CHUNK = 5_000
KIND_ORDER = {kind: place for place, kind in enumerate(CONTACT_KINDS)}


class OwnedMark(NamedTuple):
    """What tells two states of somebody's customers apart."""

    customers: int
    newest: int
    checksum: int


def count() -> int:
    """How many customers there are."""
    return Customer.objects.count()


def existing(customer_ids: Iterable[str]) -> set[str]:
    """Those of `customer_ids` that have a record."""
    found: set[str] = set()
    for chunk in _chunks(customer_ids):
        found.update(Customer.objects.filter(among("pk", chunk)).values_list("pk", flat=True))
    return found


def ids() -> Iterator[str]:
    """Every customer number, streamed in order."""
    yield from Customer.objects.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=50_000)


def acquisition_costs() -> Iterator[tuple[str, Decimal]]:
    """Customer number and recorded acquisition cost, streamed; those without one are left out."""
    rows = Customer.objects.filter(acquisition_cost__isnull=False).order_by("pk")
    for customer_id, cost in rows.values_list("pk", "acquisition_cost").iterator(chunk_size=50_000):
        if cost is not None:
            yield customer_id, cost


def names(customer_ids: Iterable[str]) -> dict[str, str]:
    """Names by customer number; a customer without a name is left out."""
    found: dict[str, str] = {}
    for chunk in _chunks(customer_ids):
        rows = Customer.objects.filter(among("pk", chunk)).values_list("pk", "name")
        found.update({pk: name for pk, name in rows if name})
    return found


def whereabouts(customer_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Time zone and country by customer number, "" where they are not known; the unknown are left out."""
    found: dict[str, tuple[str, str]] = {}
    for chunk in _chunks(customer_ids):
        rows = Customer.objects.filter(among("pk", chunk)).values_list("pk", "time_zone", "country")
        found.update({pk: (time_zone, country) for pk, time_zone, country in rows})
    return found


def placed() -> Iterator[tuple[str, str, str]]:
    """Customer number, time zone and country of everybody of whom one of both is known, streamed."""
    rows = Customer.objects.exclude(time_zone="", country="").order_by()
    yield from rows.values_list("pk", "time_zone", "country").iterator(chunk_size=50_000)


def addressees(customer_ids: Iterable[str]) -> dict[str, Addressee]:
    """What one must know to write to many customers; the unknown are left out."""
    fields = ("name", "gender", "company", "city", "country", "language", "acquired_at")
    found: dict[str, Addressee] = {}
    for chunk in _chunks(customer_ids):
        rows = Customer.objects.filter(among("pk", chunk)).values_list("pk", *fields)
        found.update({pk: Addressee(*said) for pk, *said in rows})
    return found


def get(customer_id: str) -> CustomerView | None:
    """One customer's record, or None."""
    customer = Customer.objects.prefetch_related("contact_points").filter(pk=customer_id).first()
    return _view(customer) if customer else None


def find_by_contact(*, kind: str, value: str) -> list[str]:
    """Customer numbers that a contact value belongs to, by its blind index."""
    index = blind_index(kind, normal_contact(kind, value))
    rows = ContactPoint.objects.filter(kind=kind, value_index=index).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True))


def find_many_by_contact(*, kind: str, values: Collection[str]) -> dict[str, str]:
    """The customer number that each contact value belongs to; where several share it, the first."""
    indexes = {blind_index(kind, normal_contact(kind, value)): value for value in values}
    found: dict[str, str] = {}
    for chunk in _chunks(indexes):
        rows = ContactPoint.objects.filter(among("value_index", chunk), kind=kind).order_by("customer_id")
        for index, number in rows.values_list("value_index", "customer_id"):
            found.setdefault(indexes[index], number)
    return found


def with_contact(customer_ids: Iterable[str], *, kind: str) -> set[str]:
    """Those of these customers whose record has a contact value of this kind."""
    found: set[str] = set()
    for chunk in _chunks(customer_ids):
        rows = ContactPoint.objects.filter(among("customer_id", chunk), kind=kind)
        found.update(rows.values_list("customer_id", flat=True))
    return found


def owner_of(customer_id: str) -> int | None:
    """The user who looks after a customer now, or None."""
    return (
        Ownership.objects.filter(customer=customer_id, ended_at=None).values_list("owner", flat=True).first()
    )


def owners_of(customer_ids: Iterable[str]) -> dict[str, int]:
    """Who looks after these customers now; those whom nobody looks after are left out."""
    found: dict[str, int] = {}
    for chunk in _chunks(customer_ids):
        present = Ownership.objects.filter(among("customer_id", chunk), ended_at=None)
        found.update(present.order_by().values_list("customer_id", "owner_id"))
    return found


def owned_by(owner_ids: Collection[int]) -> QuerySet[Ownership, str]:
    """Numbers of the customers that these users look after now, to filter another query with (`__in`)."""
    present = Ownership.objects.filter(owner__in=owner_ids, ended_at=None)
    return present.order_by().values_list("customer_id", flat=True)


def present_owner(customer: str = "customer_id") -> Subquery:
    """Who looks after a customer now, as a column of another query; `customer` is that query's number."""
    present = Ownership.objects.filter(customer_id=OuterRef(customer), ended_at=None)
    return Subquery(present.order_by().values("owner_id")[:1])


def owned_mark(owner_ids: Collection[int]) -> OwnedMark:
    """How many customers these users look after now; another mark whenever it may be other ones."""
    present = Ownership.objects.filter(owner__in=owner_ids, ended_at=None).order_by()
    said = present.aggregate(customers=Count("pk"), newest=Max("pk"), checksum=Sum("pk"))
    return OwnedMark(said["customers"], said["newest"] or 0, int(said["checksum"] or 0))


def _chunks(customer_ids: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(customer_ids)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _view(customer: Customer) -> CustomerView:
    points = sorted(
        customer.contact_points.all(), key=lambda p: (not p.is_preferred, KIND_ORDER[p.kind], p.pk)
    )
    return CustomerView(
        customer_id=customer.customer_id,
        name=customer.name,
        contact_points=tuple(
            ContactPointView(
                kind=p.kind,
                masked=mask(p.kind, p.value),
                source=p.source,
                updated_at=p.updated_at,
                point_id=p.pk,
                label=p.label,
                is_preferred=p.is_preferred,
                verified_at=p.verified_at,
                updated_by=p.updated_by,
            )
            for p in points
        ),
        gender=customer.gender,
        birth_on=date.fromisoformat(customer.birth_on) if customer.birth_on else None,
        country=customer.country,
        region=customer.region,
        city=customer.city,
        language=customer.language,
        time_zone=customer.time_zone,
        occupation=customer.occupation,
        income=customer.income,
        company=customer.company,
        industry=customer.industry,
        acquired_at=customer.acquired_at,
        acquisition_channel=customer.acquisition_channel,
        acquisition_cost=customer.acquisition_cost,
        tags=tuple(customer.tags),
        extra=customer.extra,
        source=customer.source,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
        provenance={
            name: Origin(source, datetime.fromisoformat(at))
            for name, (source, at) in customer.provenance.items()
        },
    )
