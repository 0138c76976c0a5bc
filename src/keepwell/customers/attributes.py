"""What segments may ask of customers, in bulk: nothing that names or reaches a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import OuterRef, Subquery

from keepwell.customers.models import Customer, Ownership

CHUNK = 1_000
STREAM = 20_000
PLAIN = (
    "country",
    "region",
    "city",
    "gender",
    "language",
    "occupation",
    "income",
    "industry",
    "acquired_at",
    "acquisition_channel",
    "acquisition_cost",
    "tags",
    "source",
)
# The order of the values in a row.
COLUMNS = ("customer_id", *PLAIN, "owner_id", "owner", "age_years", "birth_month")


def attribute_rows(customer_ids: Collection[str] | None, *, today: date) -> Iterator[tuple[Any, ...]]:
    """One row per customer as `COLUMNS` says, in order of number; of all for None, streamed.

    Of the birth date only the age in whole years on `today` and the month are told.
    """
    owner = Ownership.objects.filter(customer=OuterRef("pk"), ended_at=None).order_by()
    found = Customer.objects.order_by("pk").annotate(
        present_owner=Subquery(owner.values("owner")[:1]),
        owner_name=Subquery(owner.values("owner__username")[:1]),
    )
    wanted = found.values_list("pk", *PLAIN, "present_owner", "owner_name", "birth_on")
    if customer_ids is None:
        for row in wanted.iterator(chunk_size=STREAM):
            yield _row(row, today)
        return
    rest = iter(sorted(customer_ids))
    while chunk := list(islice(rest, CHUNK)):
        for row in wanted.filter(pk__in=chunk):
            yield _row(row, today)


def changed_since(at: datetime) -> Iterator[str]:
    """Numbers of the customers whose record or owner changed at or after `at`; one may come twice."""
    yield from Customer.objects.filter(updated_at__gte=at).order_by().values_list("pk", flat=True)
    for field in ("started_at", "ended_at"):
        changed = Ownership.objects.filter(**{f"{field}__gte": at}).order_by()
        yield from changed.values_list("customer_id", flat=True)


def _row(row: tuple[Any, ...], today: date) -> tuple[Any, ...]:
    *known, birth = row
    return (*(value if value != "" else None for value in known), *_birth(birth, today))


def _birth(text: str, today: date) -> tuple[int | None, int | None]:
    try:
        born = date.fromisoformat(text)
    except (TypeError, ValueError):
        return None, None
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return (age if 0 <= age <= 130 else None), born.month
