"""What people added to a record, and what is due of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet

from keepwell.customers.contracts import (
    FIELDS,
    CompanyContactView,
    Origin,
    PersonalDateView,
    PortraitView,
    TagView,
    TraitView,
)
from keepwell.customers.core import day_keys_between, mask, next_occurrence, phone_tail, same_phone
from keepwell.customers.models import (
    CompanyContact,
    ContactPoint,
    Customer,
    CustomerTag,
    PersonalDate,
    Portrait,
    Tag,
    Trait,
)
from keepwell.customers.queries.records import owned_by, owners_of
from keepwell.foundation.crypto import blind_index
from keepwell.foundation.rows import among

BIRTHDAY = "birthday"
IDS_MAX = 1_000
PORTRAIT_FIELDS = tuple(name for name, spec in FIELDS.items() if spec.place == "portrait")


def portrait(customer_id: str) -> PortraitView:
    """The portrait of one customer; empty where nobody said anything. Six statements at most."""
    row = Portrait.objects.filter(customer=customer_id).first()
    stored = row.provenance if row else {}
    return PortraitView(
        customer_id=customer_id,
        values={name: getattr(row, name) for name in PORTRAIT_FIELDS if row and getattr(row, name)},
        provenance={name: Origin(said[0], datetime.fromisoformat(said[1])) for name, said in stored.items()},
        traits=tuple(_trait(one) for one in Trait.objects.filter(customer=customer_id)),
        dates=tuple(
            _date(one, owner_id=None, next_on=None)
            for one in PersonalDate.objects.filter(customer=customer_id)
        ),
        people=tuple(_person(one) for one in CompanyContact.objects.filter(customer=customer_id)),
        tags=tags_of(customer_id),
    )


def portrait_values(customer_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """The portrait's fields of one value, of many customers; those without any are left out."""
    rows = Portrait.objects.filter(customer__in=customer_ids).values("customer_id", *PORTRAIT_FIELDS)
    return {
        row["customer_id"]: {name: row[name] for name in PORTRAIT_FIELDS if row[name]}
        for row in rows.iterator()
    }


def roles_of(customer_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The roles of each company's contact persons; companies without any are left out."""
    rows = CompanyContact.objects.filter(customer__in=customer_ids).exclude(role="")
    found: dict[str, set[str]] = {}
    for customer_id, role in rows.values_list("customer_id", "role"):
        found.setdefault(customer_id, set()).add(role)
    return {customer_id: frozenset(roles) for customer_id, roles in found.items()}


def with_trait(kind: str, codes: Collection[str]) -> QuerySet[Any, str]:
    """Numbers of the customers with one of these traits, to filter another query with (`__in`)."""
    found = Trait.objects.filter(kind=kind, code__in=codes)
    return found.order_by().values_list("customer_id", flat=True)


def with_portrait(name: str, codes: Collection[str]) -> QuerySet[Any, str]:
    """Numbers of the customers whose portrait says one of these; raises ValueError for an unknown field."""
    if name not in PORTRAIT_FIELDS:
        raise ValueError(f"the portrait has no field {name!r}")
    found = Portrait.objects.filter(**{f"{name}__in": codes})
    return found.order_by().values_list("customer_id", flat=True)


def with_tag(tag_ids: Collection[int]) -> QuerySet[CustomerTag, str]:
    """Numbers of the customers that carry one of these tags, to filter another query with (`__in`)."""
    return CustomerTag.objects.filter(tag__in=tag_ids).order_by().values_list("customer_id", flat=True)


def tags(*, only_active: bool = False, counted: bool = False) -> tuple[TagView, ...]:
    """The vocabulary of the shop's own tags, by name."""
    found = Tag.objects.filter(is_active=True) if only_active else Tag.objects.all()
    if counted:
        found = found.annotate(customers=Count("marked"))
    return tuple(
        TagView(tag.pk, tag.name, tag.meaning, tag.is_active, customers=getattr(tag, "customers", None))
        for tag in found
    )


def tags_of(customer_id: str) -> tuple[TagView, ...]:
    """The shop's own tags of one customer."""
    rows = CustomerTag.objects.filter(customer=customer_id).select_related("tag")
    return tuple(
        TagView(row.tag_id, row.tag.name, row.tag.meaning, row.tag.is_active, row.added_by, row.added_at)
        for row in rows
    )


def special_needs(customer_ids: Collection[str]) -> dict[str, tuple[TraitView, ...]]:
    """What whoever serves these customers must know first; those without any are left out."""
    found: dict[str, tuple[TraitView, ...]] = {}
    for row in Trait.objects.filter(customer__in=customer_ids, kind="special_need"):
        found[row.customer_id] = (*found.get(row.customer_id, ()), _trait(row))
    return found


def upcoming_dates(
    *, owner_ids: Collection[int] | None, first_on: date, last_on: date, limit: int = 500
) -> tuple[PersonalDateView, ...]:
    """Birthdays and other days from `first_on` to `last_on`, both counted (a year at most); the next first.

    Of the customers that these users look after now; None: of everybody, owned or not. `limit` is how many
    of each kind are read at most.
    """
    indexes = [blind_index("day", key) for key in sorted(day_keys_between(first_on, last_on))]
    born: QuerySet[Customer] = Customer.objects.filter(birth_day_index__in=indexes)
    dates = PersonalDate.objects.filter(day_index__in=indexes)
    if owner_ids is not None:
        born = born.filter(pk__in=owned_by(owner_ids))
        dates = dates.filter(customer__in=owned_by(owner_ids))
    people = list(born.only("pk", "birth_on", "provenance", "source", "updated_at")[:limit])
    others = list(dates[:limit])
    owners = owners_of({row.pk for row in people} | {row.customer_id for row in others})
    found = [_birthday(row, owners.get(row.pk), first_on) for row in people]
    for row in others:
        day = date.fromisoformat(row.on_date)
        coming = next_occurrence(day, is_yearly=row.is_yearly, first_on=first_on)
        found.append(_date(row, owner_id=owners.get(row.customer_id), next_on=coming))
    due = [one for one in found if one.next_on is not None and first_on <= one.next_on <= last_on]
    return tuple(sorted(due, key=lambda one: (one.next_on or last_on, one.customer_id, one.date_id)))


# Days of one's own on which offers are out of place.
OWN_DAYS = ("anniversary", "wedding")


def days_of(
    customer_ids: Collection[str], *, first_on: date, last_on: date, kinds: Collection[str] = OWN_DAYS
) -> dict[str, frozenset[tuple[str, date]]]:
    """Birthdays and days of `kinds` of these customers from `first_on` to `last_on`, both counted.

    As (kind, day); a year at most; who has none is left out.
    """
    indexes = [blind_index("day", key) for key in sorted(day_keys_between(first_on, last_on))]
    days: list[tuple[str, str, str, bool]] = []
    wanted = list(customer_ids)
    for start in range(0, len(wanted), IDS_MAX):
        part = wanted[start : start + IDS_MAX]
        born = Customer.objects.filter(among("pk", part), birth_day_index__in=indexes)
        days += [(row.pk, BIRTHDAY, row.birth_on, True) for row in born.only("pk", "birth_on")]
        dates = PersonalDate.objects.filter(among("customer", part), day_index__in=indexes, kind__in=kinds)
        days += [(row.customer_id, row.kind, row.on_date, row.is_yearly) for row in dates]
    found: dict[str, set[tuple[str, date]]] = {}
    for number, kind, day, is_yearly in days:
        coming = next_occurrence(date.fromisoformat(day), is_yearly=is_yearly, first_on=first_on)
        if coming is not None and coming <= last_on:
            found.setdefault(number, set()).add((kind, coming))
    return {number: frozenset(several) for number, several in found.items()}


def birthday_missing(
    *, owner_ids: Collection[int] | None, limit: int = 50, after: str = ""
) -> tuple[str, ...]:
    """Numbers of customers whose birthday is not known, in order, those after the number `after`."""
    found = Customer.objects.filter(birth_day_index="", pk__gt=after)
    if owner_ids is not None:
        found = found.filter(pk__in=owned_by(owner_ids))
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:limit])


def without_birthday(customer_ids: Collection[str]) -> set[str]:
    """Those of these customers whose birthday is not known."""
    found = Customer.objects.filter(pk__in=customer_ids, birth_day_index="")
    return set(found.values_list("pk", flat=True))


def find_caller(phone: str) -> tuple[str, ...]:
    """Numbers of the customers that a telephone number may belong to, a company's people counted in.

    Matches with or without country code, whatever is written between the digits.
    """
    tail = phone_tail(phone)
    if not tail:
        return ()
    index = blind_index("phone_tail", tail)
    found = {
        row.customer_id: None
        for row in ContactPoint.objects.filter(tail_index=index).order_by("customer_id")
        if same_phone(row.value, phone)
    }
    for person in CompanyContact.objects.filter(tail_index=index).order_by("customer_id"):
        if same_phone(person.phone, phone):
            found[person.customer_id] = None
    return tuple(found)


def delivery_address_masked(customer_id: str) -> str:
    """The preferred address, masked; "" where there is none."""
    rows = ContactPoint.objects.filter(customer=customer_id, kind="address")
    row = rows.order_by("-is_preferred", "pk").first()
    return mask("address", row.value) if row else ""


def ids_among(customer_ids: Iterable[str], owner_ids: Collection[int] | None) -> list[str]:
    """Those of these customers that the users look after now, in the order given; None keeps all."""
    listed = list(customer_ids)
    if owner_ids is None:
        return listed
    owners = owners_of(listed)
    return [one for one in listed if owners.get(one) in owner_ids]


def _birthday(row: Customer, owner_id: int | None, first_on: date) -> PersonalDateView:
    day = date.fromisoformat(row.birth_on)
    source, at = row.provenance.get("birth_on", [row.source, row.updated_at.isoformat()])[:2]
    return PersonalDateView(
        customer_id=row.pk,
        date_id=0,
        kind=BIRTHDAY,
        label="",
        on_date=day,
        is_yearly=True,
        next_on=next_occurrence(day, is_yearly=True, first_on=first_on),
        owner_id=owner_id,
        source=source,
        updated_at=datetime.fromisoformat(at),
    )


def _date(row: PersonalDate, *, owner_id: int | None, next_on: date | None) -> PersonalDateView:
    return PersonalDateView(
        customer_id=row.customer_id,
        date_id=row.pk,
        kind=row.kind,
        label=row.label,
        on_date=date.fromisoformat(row.on_date),
        is_yearly=row.is_yearly,
        next_on=next_on,
        owner_id=owner_id,
        source=row.source,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def _trait(row: Trait) -> TraitView:
    return TraitView(row.pk, row.kind, row.code, row.text, row.source, row.updated_at, row.updated_by)


def _person(row: CompanyContact) -> CompanyContactView:
    return CompanyContactView(
        person_id=row.pk,
        role=row.role,
        name=row.name,
        title=row.title,
        email_masked=mask("email", row.email) if row.email else "",
        phone_masked=mask("phone", row.phone) if row.phone else "",
        remark=row.remark,
        source=row.source,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
