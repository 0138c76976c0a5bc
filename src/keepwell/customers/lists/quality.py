"""How complete the records are, field by field and source by source, and whose a field is missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length

from keepwell.customers import queries as customers
from keepwell.customers.models import ContactPoint, Customer

# Fields of the record that people are asked for; sealed ones can still be told empty from filled.
TEXTS = (
    "name", "gender", "birth_on", "country", "region", "city", "language", "time_zone", "occupation",
    "income", "company", "industry", "acquisition_channel",
)  # fmt: skip
OTHERS = ("acquired_at", "acquisition_cost")
CONTACTS = ("phone", "email")
FIELDS = (*TEXTS[:1], *CONTACTS, *TEXTS[1:], *OTHERS)
# What a filled field must be like; contact values, birthdays and genders are checked when they come in.
VALID = {
    "country": "length(country) = 2",
    "acquired_at": "acquired_at <= %s",
    "acquisition_cost": "acquisition_cost >= 0",
}


@dataclass(frozen=True)
class FieldQuality:
    """One field of the records that a source made; shares are 0 to 1."""

    field: str
    source: str
    rows: int
    completeness: float
    validity: float
    newest_at: datetime | None


def record_quality(*, now: datetime) -> list[FieldQuality]:
    """Completeness, validity and last update of every field by source, from one pass over the records."""
    parts = ["count(*)", "max(updated_at)"]
    values: list[Any] = []
    for field in (*TEXTS, *OTHERS):
        filled = f"{field} <> ''" if field in TEXTS else f"{field} IS NOT NULL"
        parts.append(f"sum(CASE WHEN {filled} THEN 1 ELSE 0 END)")
        good = f"{filled} AND {VALID[field]}" if field in VALID else filled
        values += [_instant(now)] if field == "acquired_at" else []
        parts.append(f"sum(CASE WHEN {good} THEN 1 ELSE 0 END)")
    query = f"SELECT source, {', '.join(parts)} FROM customers_customer GROUP BY source ORDER BY source"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found = cursor.fetchall()
    reached = {kind: _reached(kind) for kind in CONTACTS}
    answer = []
    for source, rows, newest, *counts in found:
        pairs = dict(zip((*TEXTS, *OTHERS), zip(counts[::2], counts[1::2], strict=True), strict=True))
        pairs |= {kind: (reached[kind].get(source, 0),) * 2 for kind in CONTACTS}
        at = _read_instant(newest)
        for field in FIELDS:
            filled, good = pairs[field]
            answer.append(
                FieldQuality(field, source, rows, filled / rows, good / filled if filled else 1.0, at)
            )
    return answer


def _reached(kind: str) -> dict[str, int]:
    """How many records of each source have a contact point of this kind."""
    query = (
        "SELECT c.source, count(DISTINCT c.customer_id) FROM customers_customer c "
        "JOIN customers_contactpoint p ON p.customer_id = c.customer_id "
        "WHERE p.kind = %s AND p.removed_at IS NULL GROUP BY c.source"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [kind])
        return dict(cursor.fetchall())


def _instant(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _read_instant(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    at = datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def missing(
    *, field: str, owner_ids: Collection[int] | None, after: str = "", limit: int = 50
) -> tuple[str, ...]:
    """Numbers of the customers without a value in `field`, in order, those after the number `after`.

    Of these owners' customers only (None: everybody's). Raises KeyError for a field that is none.
    """
    if field not in FIELDS:
        raise KeyError(field)
    found = _without(field).filter(pk__gt=after)
    if owner_ids is not None:
        found = found.filter(pk__in=customers.owned_by(owner_ids))
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:limit])


def _without(field: str) -> QuerySet[Customer]:
    if field in CONTACTS:
        points = ContactPoint.objects.filter(customer=OuterRef("pk"), kind=field)
        return Customer.objects.filter(~Exists(points))
    if field in OTHERS:
        return Customer.objects.filter(**{f"{field}__isnull": True})
    # Sealed text cannot be compared, but what is empty has no length.
    return Customer.objects.alias(size=Length(field)).filter(size=0)
