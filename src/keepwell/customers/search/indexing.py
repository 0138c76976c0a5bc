"""Bring the index in line with the records of some customers: only what differs is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import connection, transaction

from keepwell.customers.core import PHONE_KINDS, normal_contact
from keepwell.customers.models import CompanyContact, ContactPoint, Customer
from keepwell.customers.search import core, tokens
from keepwell.customers.search.core import Terms
from keepwell.customers.search.models import Document, Stale

Source = Callable[[Sequence[str]], Mapping[str, Terms]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Let another part of the room say by what else customers are found; the answers are joined."""
    if source not in _sources:
        _sources.append(source)


def terms_of(customer_ids: Sequence[str], *, with_contacts: bool = True) -> dict[str, Terms]:
    """What names these customers, in plain text; who has no record is left out."""
    phones: dict[str, list[str]] = defaultdict(list)
    emails: dict[str, list[str]] = defaultdict(list)
    if with_contacts:
        points = ContactPoint.objects.filter(customer_id__in=customer_ids)
        for customer_id, kind, value in points.values_list("customer_id", "kind", "value"):
            if kind in PHONE_KINDS:
                phones[customer_id].append(value)
            elif kind != "address":
                emails[customer_id].append(value.casefold())
    people: dict[str, list[str]] = defaultdict(list)
    at_company = CompanyContact.objects.filter(customer_id__in=customer_ids)
    for customer_id, name, phone, email in at_company.values_list("customer_id", "name", "phone", "email"):
        people[customer_id].append(name)
        phones[customer_id] += [normal_contact("phone", phone)] if phone else []
        emails[customer_id] += [email.casefold()] if email else []
    found = {}
    records = Customer.objects.filter(pk__in=customer_ids).values_list("pk", "name", "company")
    for customer_id, name, company in records:
        found[customer_id] = Terms(
            names=(name,) if name else (),
            companies=((company,) if company else ()) + tuple(people[customer_id]),
            phones=tuple(phones[customer_id]),
            emails=tuple(emails[customer_id]),
        )
    for source in _sources:
        for customer_id, more in source(customer_ids).items():
            if customer_id in found:
                found[customer_id] = _joined(found[customer_id], more)
    return found


def _joined(one: Terms, other: Terms) -> Terms:
    return Terms(
        one.names + other.names,
        one.companies + other.companies,
        one.phones + other.phones,
        one.emails + other.emails,
    )


def index(customer_ids: Iterable[str]) -> int:
    """Index these customers anew in one transaction; returns how many had changed.

    Who has no record any more loses their place in the index.
    """
    ids = sorted(set(customer_ids))
    with transaction.atomic():
        wanted = _wanted(ids)
        Document.objects.bulk_create(
            [Document(customer_id=customer_id) for customer_id, numbers in wanted.items() if numbers],
            ignore_conflicts=True,
        )
        documents = list(
            Document.objects.select_for_update().filter(customer_id__in=ids).order_by("customer_id")
        )
        if connection.vendor != "sqlite":
            wanted = _wanted(ids)  # what was committed while the lock was waited for counts
        added: list[tuple[int, int]] = []
        removed: list[tuple[int, int]] = []
        changed, gone = [], []
        for document in documents:
            had, has = set(tokens.unpack(document.tokens)), wanted.get(document.customer_id, [])
            now = set(has)
            added += [(number, document.id) for number in now - had]
            removed += [(number, document.id) for number in had - now]
            if not has:
                gone.append(document.pk)
            elif had != now:
                document.tokens = tokens.pack(has)
                changed.append(document)
        _remove(removed)
        _add(added)
        Document.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["customer_id"], update_fields=["tokens"]
        )
        Document.objects.filter(pk__in=gone).delete()
        Stale.objects.filter(customer_id__in=ids).delete()
    return len(changed) + len(gone)


def _wanted(ids: Sequence[str]) -> dict[str, list[int]]:
    return {customer_id: tokens.seal(core.tokens(terms)) for customer_id, terms in terms_of(ids).items()}


def _add(postings: list[tuple[int, int]]) -> None:
    """Write postings in the order of their key, so that neighbours land on the same pages."""
    if not postings:
        return
    postings.sort()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                "INSERT OR IGNORE INTO search_posting (token, document_id) VALUES (%s, %s)", postings
            )
        else:
            cursor.execute(
                "INSERT INTO search_posting (token, document_id) "
                "SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
                [[token for token, _ in postings], [document for _, document in postings]],
            )


def _remove(postings: list[tuple[int, int]]) -> None:
    if not postings:
        return
    postings.sort()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany("DELETE FROM search_posting WHERE token = %s AND document_id = %s", postings)
        else:
            cursor.execute(
                "DELETE FROM search_posting p USING unnest(%s::bigint[], %s::bigint[]) AS g (token, document)"
                " WHERE p.token = g.token AND p.document_id = g.document",
                [[token for token, _ in postings], [document for _, document in postings]],
            )
