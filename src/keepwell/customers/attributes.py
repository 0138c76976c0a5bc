"""What segments may ask of customers, in bulk: nothing that names or reaches a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from keepwell.customers.contracts import TRAIT_CODES
from keepwell.customers.models import Customer, CustomerTag, Ownership, Portrait, Trait
from keepwell.foundation.rows import among

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


# What people who serve a customer noted: one value each, the tags that they gave, and codes by kind of trait.
# Special needs are left out: they are there to serve by, not to pick people by.
NOTED = ("preferred_channel", "culture", "personal_stage", "service_type", "sensitivity", "vip_state")
TRAITS = tuple(kind for kind in TRAIT_CODES if kind != "special_need")


def noted_rows(customer_ids: Collection[str] | None) -> Iterator[tuple[Any, ...]]:
    """(customer_id, `NOTED` ..., own tags, codes of each of `TRAITS` ...) of those of whom any is known.

    None stands for nothing noted, also in place of an empty list.
    """
    single: dict[str, tuple[Any, ...]] = {}
    lists: dict[str, tuple[list[str], ...]] = defaultdict(lambda: tuple([] for _ in ("tags", *TRAITS)))
    for customer_id, *values in _of(Portrait.objects.all(), customer_ids, *NOTED):
        single[customer_id] = tuple(value or None for value in values)
    for customer_id, name in _of(CustomerTag.objects.order_by("pk"), customer_ids, "tag__name"):
        lists[customer_id][0].append(name)
    for customer_id, kind, code in _of(Trait.objects.order_by("pk"), customer_ids, "kind", "code"):
        if kind in TRAITS and code not in (codes := lists[customer_id][1 + TRAITS.index(kind)]):
            codes.append(code)
    for customer_id in single.keys() | lists.keys():
        plain = single.get(customer_id, (None,) * len(NOTED))
        yield (customer_id, *plain, *(one or None for one in lists[customer_id]))


def _of(
    rows: QuerySet[Any], customer_ids: Collection[str] | None, *columns: str
) -> Iterator[tuple[Any, ...]]:
    found = rows.values_list("customer_id", *columns)
    if customer_ids is None:
        yield from found.iterator(chunk_size=STREAM)
        return
    rest = iter(sorted(customer_ids))
    while chunk := list(islice(rest, CHUNK)):
        yield from found.filter(among("customer_id", chunk))


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
        for row in wanted.filter(among("pk", chunk)):
            yield _row(row, today)


def changed_since(at: datetime) -> Iterator[str]:
    """Numbers of customers whose record, portrait or owner changed at or after `at`; one may come twice."""
    yield from Customer.objects.filter(updated_at__gte=at).order_by().values_list("pk", flat=True)
    for rows in (
        Portrait.objects.filter(updated_at__gte=at),
        Trait.every.filter(Q(updated_at__gte=at) | Q(removed_at__gte=at)),
        CustomerTag.objects.filter(added_at__gte=at),
    ):
        yield from rows.order_by().values_list("customer_id", flat=True)
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
