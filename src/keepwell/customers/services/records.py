"""Records: made and completed by many, from files and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
from django.db import connection, transaction

from keepwell.customers.contracts import CustomerRow, UpsertResult
from keepwell.customers.core import (
    CASED_KINDS,
    PHONE_KINDS,
    day_key,
    exact_contact,
    normal_contact,
    phone_tail,
)
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import ContactPoint, Customer
from keepwell.customers.privacy.services.ledger import erased_among
from keepwell.customers.search import services as search
from keepwell.foundation.audit import services as audit
from keepwell.foundation.crypto import blind_index, ring

CHUNK = 2_000
CONTACT_FIELDS = ("email", "phone", "wecom", "wechat", "whatsapp")
PLAIN_FIELDS = tuple(
    f.name for f in fields(CustomerRow) if f.name not in ("customer_id", *CONTACT_FIELDS, "tags", "extra")
)
STORED_FIELDS = (*PLAIN_FIELDS, "birth_day_index", "tags", "extra", "provenance", "updated_at")


@dataclass(frozen=True)
class _Said:
    """What one chunk's rows change: the records to make and to write, and the contact points they bring."""

    created: list[Customer]
    changed: list[Customer]
    contacts: list[ContactPoint]


def upsert_many(*, rows: Iterable[CustomerRow], source: str, at: datetime, actor: str) -> UpsertResult:
    """Make or complete customer records; a value that a source does not give stays.

    Each chunk is one transaction, so a crash leaves whole records and a rerun completes the rest.
    Raises ValueError for a row without a customer number.
    """
    created = updated = unchanged = 0
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        if any(not row.customer_id for row in chunk):
            raise ValueError("customer_id: must not be empty")
        merged = {row.customer_id: row for row in chunk}  # the later row of a chunk wins
        for number in erased_among(merged):
            del merged[number]  # who was erased does not come back by a file
        others = identity.canonical_ids(merged)
        direct = [row for row in merged.values() if row.customer_id not in others]
        completing = [replace(merged[number], customer_id=others[number]) for number in others]
        with transaction.atomic():
            said = _write(direct, source, at)
            # What is said of a merged number completes the person and never overwrites.
            for row in completing:
                more = _write([row], source, at, completes=True)
                said.changed.extend(more.changed)
                said.contacts.extend(more.contacts)
        touched = {c.customer_id for c in said.changed} | {p.customer_id for p in said.contacts}
        touched -= {c.customer_id for c in said.created}
        created += len(said.created)
        updated += len(touched)
        unchanged += max(0, len(merged) - len(said.created) - len(touched))
    result = UpsertResult(created, updated, unchanged)
    if created or updated:
        audit.log(
            actor=actor,
            action="customer.upsert_many",
            object_type="customer",
            details={"source": source, "created": created, "updated": updated},
            at=at,
        )
    return result


def _write(rows: Sequence[CustomerRow], source: str, at: datetime, *, completes: bool = False) -> _Said:
    said = _apply(rows, source, at, completes)
    Customer.objects.bulk_create(
        said.created + said.changed,
        update_conflicts=True,
        unique_fields=["customer_id"],
        update_fields=STORED_FIELDS,
    )
    ContactPoint.objects.bulk_create(said.contacts, ignore_conflicts=True)
    named = {c.customer_id for c in said.created if c.name or c.company}
    named |= {c.customer_id for c in said.changed} | {p.customer_id for p in said.contacts}
    search.changed(customer_ids=named, at=at)
    return said


def _apply(rows: Sequence[CustomerRow], source: str, at: datetime, completes: bool) -> _Said:
    ids = [row.customer_id for row in rows]
    stored = Customer.objects.select_for_update().order_by("pk").in_bulk(ids)
    known = set(
        ContactPoint.every.filter(customer_id__in=ids).values_list("customer_id", "kind", "value_index")
    )
    said = _Said([], [], [])
    for row in rows:
        customer = stored.get(row.customer_id)
        if customer is None:
            customer = Customer(customer_id=row.customer_id, source=source, created_at=at, updated_at=at)
            _merge(customer, row, source, at, completes)
            said.created.append(customer)
        elif _merge(customer, row, source, at, completes):
            customer.updated_at = at
            said.changed.append(customer)
        said.contacts.extend(_new_contacts(row, known, source, at))
    return said


def _merge(customer: Customer, row: CustomerRow, source: str, at: datetime, completes: bool) -> bool:
    """Write what `row` says and `customer` did not have; whether anything changed."""
    changed = False
    for name, value in _said_fields(row):
        stored = getattr(customer, name)
        if stored == value or (completes and stored not in (None, "", [], {})):
            continue
        setattr(customer, name, value)
        if name == "birth_on":
            customer.birth_day_index = day_index(date.fromisoformat(value))
        customer.provenance = {**customer.provenance, name: [source, at.isoformat()]}
        changed = True
    return changed


def _said_fields(row: CustomerRow) -> Iterator[tuple[str, Any]]:
    for name in PLAIN_FIELDS:
        value = getattr(row, name)
        if value is not None and value != "":
            yield (
                name,
                value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value,
            )
    if row.tags is not None:
        yield "tags", list(row.tags)
    if row.extra:
        yield "extra", dict(row.extra)


def _new_contacts(
    row: CustomerRow, known: set[tuple[str, str, str]], source: str, at: datetime
) -> Iterator[ContactPoint]:
    for kind in CONTACT_FIELDS:
        raw = getattr(row, kind)
        value = normal_contact(kind, raw) if raw else ""
        if not value:
            continue
        index = blind_index(kind, value)
        if (row.customer_id, kind, index) in known:
            continue
        known.add((row.customer_id, kind, index))
        yield ContactPoint(
            customer_id=row.customer_id,
            kind=kind,
            value=exact_contact(raw) if kind in CASED_KINDS else value,
            value_index=index,
            tail_index=tail_index(kind, value),
            source=source,
            updated_at=at,
        )


def day_index(day: date) -> str:
    """The blind index of a day of the year."""
    return _day_index(day_key(day), ring().index_key)


@lru_cache(maxsize=2_000)
def _day_index(key: str, _index_key: bytes) -> str:
    return blind_index("day", key)


def tail_index(kind: str, value: str) -> str:
    """The blind index of a telephone number's end, "" for other contact points."""
    tail = phone_tail(value) if kind in PHONE_KINDS else ""
    return blind_index("phone_tail", tail) if tail else ""


def ensure(*, customer_ids: Iterable[str], source: str, at: datetime) -> int:
    """Make bare records for customer numbers seen in facts; returns how many were new.

    Idempotent; inserts in chunks of 50,000, each one transaction, without an object per record.
    """
    columns = list(Customer._meta.concrete_fields)
    bare = Customer(source=source, created_at=at, updated_at=at)
    constants = [f for f in columns if not f.primary_key]
    values = [f.get_db_prep_save(f.pre_save(bare, add=True), connection) for f in constants]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(f.column)) for f in (Customer._meta.pk, *constants))
    sqlite = connection.vendor == "sqlite"
    marks = ", ".join("%s" if sqlite else f"CAST(%s AS {f.db_type(connection)})" for f in constants)
    listed = "(SELECT value FROM json_each(%s))" if sqlite else "unnest(CAST(%s AS text[]))"
    statement = (
        f"INSERT INTO {quote(Customer._meta.db_table)} ({names}) "  # noqa: S608 - own names
        f"SELECT seen.value, {marks} FROM {listed} AS seen{'' if sqlite else '(value)'} "
        f"WHERE NOT EXISTS (SELECT 1 FROM {quote('identity_alias')} merged "
        "WHERE merged.alias_id = seen.value) ON CONFLICT DO NOTHING"
    )
    before = Customer.objects.count()
    iterator = iter(customer_ids)
    while chunk := list(islice(iterator, 50_000)):
        if erased := erased_among(chunk):
            chunk = [number for number in chunk if number not in erased]
        keys: Any = orjson.dumps(chunk).decode() if sqlite else chunk
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [*values, keys])
    return int(Customer.objects.count() - before)
