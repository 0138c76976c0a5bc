"""What can be asked: customers by name, sound, contact, number or order, within a user's reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import Customer
from keepwell.customers.search import core, indexing, orders, tokens
from keepwell.customers.search.contracts import Hit
from keepwell.customers.search.core import Fit, Query
from keepwell.customers.search.models import Document, IndexState, Posting, Stale

CANDIDATES_MAX = 300
BROAD_MAX = 100  # of beginnings, which many share; as many as are asked for at least
BROAD = ("l", "g")
COUNT_MAX = 5_000
NUMBERS_MAX = 20


def find(text: str, *, owner_ids: Collection[int] | None = None, limit: int = 20) -> tuple[Hit, ...]:
    """Customers who answer `text`, the best first; of these owners' customers only (None: everybody's).

    Looked for: names and companies in any script (whole, beginning, parts), Chinese names by pinyin and
    initials, phone numbers (whole, or four digits and more of their end), e-mail addresses, customer
    numbers (beginning) and order numbers. Two characters at least.
    """
    found: dict[str, Hit] = {}
    shown = text.strip()[: core.QUERY_LENGTH_MAX]
    if len(shown) < core.PREFIX_MIN or "\0" in shown:
        return ()
    names: dict[str, str] = {}
    fits, by_order = _numbers(shown, owner_ids), _order(shown, owner_ids)
    asked = core.parse(shown)
    if asked is not None:
        for customer_id, (fit, name) in _named(asked, owner_ids, max(limit, BROAD_MAX)).items():
            names[customer_id] = name
            fits[customer_id] = max(fits.get(customer_id, fit), fit)
    if by_order:
        fits[by_order] = Fit.NUMBER
    names |= customers.names(customer_id for customer_id in fits if customer_id not in names)
    for customer_id, fit in fits.items():
        order_id = shown if customer_id == by_order else ""
        found[customer_id] = Hit(customer_id, names.get(customer_id, ""), int(fit), order_id)
    return tuple(sorted(found.values(), key=_rank)[:limit])


def _rank(hit: Hit) -> tuple[int, int, str, str]:
    """The best fit first, among these the shortest name; numbers in their order."""
    if hit.fit == Fit.NUMBER_BEGIN:
        return (-hit.fit, 0, "", hit.customer_id)
    return (-hit.fit, len(hit.name), hit.name, hit.customer_id)


def backlog() -> int:
    """How many customers changed and are not indexed yet."""
    return Stale.objects.count()


def is_behind() -> bool:
    """Whether records, the index key or orders changed since they were taken in."""
    state = IndexState.objects.filter(pk=1).first()
    if state is None or state.key_mark != tokens.mark() or state.built_at is None:
        return True
    return Stale.objects.exists() or orders.is_behind()


def _named(asked: Query, owner_ids: Collection[int] | None, broad: int) -> dict[str, tuple[Fit, str]]:
    candidates: dict[int, None] = {}
    for probe in asked.probes:
        most = broad if len(probe) == 1 and next(iter(probe))[0] in BROAD else max(broad, CANDIDATES_MAX)
        candidates.update(dict.fromkeys(_having(probe, owner_ids, most)))
    documents = Document.objects.filter(pk__in=list(candidates)).values_list("customer_id", flat=True)
    with_contacts = bool(asked.digits or asked.email)
    terms = indexing.terms_of(list(documents), with_contacts=with_contacts)
    graded = {}
    for customer_id, said in terms.items():
        fit = core.grade(asked, said)
        if fit is not None:
            graded[customer_id] = (fit, said.names[0] if said.names else "")
    return graded


def _having(probe: Iterable[str], owner_ids: Collection[int] | None, most: int) -> list[int]:
    """Documents that have all tokens of `probe`, beginning with the rarest one."""
    numbers = tokens.seal(probe)
    if len(numbers) > 1:
        numbers.sort(key=_frequency)
    found = Posting.objects.filter(token=numbers[0])
    for number in numbers[1:]:
        found = found.filter(
            Exists(Posting.objects.filter(token=number, document_id=OuterRef("document_id")))
        )
    if owner_ids is not None:
        own = Document.objects.filter(customer_id__in=customers.owned_by(owner_ids))
        found = found.filter(document_id__in=own.values("id"))
    return list(found.values_list("document_id", flat=True)[:most])


def _frequency(number: int) -> int:
    few = Posting.objects.filter(token=number).values_list("document_id", flat=True)[:COUNT_MAX]
    return few.count()


def _numbers(shown: str, owner_ids: Collection[int] | None) -> dict[str, Fit]:
    """Customers whose number is, or begins with, what was typed."""
    found = {}
    for text in dict.fromkeys((shown, shown.upper())):
        rows = _beginning(_within(owner_ids), text).order_by("pk").values_list("pk", flat=True)
        for customer_id in islice(rows[:NUMBERS_MAX], NUMBERS_MAX):
            found[customer_id] = Fit.NUMBER if customer_id == text else Fit.NUMBER_BEGIN
        for kept_id in identity.canonical_ids([text]).values():
            if _within(owner_ids).filter(pk=kept_id).exists():
                found[kept_id] = Fit.NUMBER
    return found


def _within(owner_ids: Collection[int] | None) -> QuerySet[Customer]:
    everybody = Customer.objects.all()
    return everybody if owner_ids is None else everybody.filter(pk__in=customers.owned_by(owner_ids))


def _beginning(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """On SQLite a range, for its LIKE ignores case and indexes."""
    if connection.vendor == "sqlite":
        return rows.filter(pk__gte=text, pk__lt=text + "\U0010ffff")
    return rows.filter(pk__startswith=text)


def _order(shown: str, owner_ids: Collection[int] | None) -> str | None:
    """The customer of the order with this number, if within reach."""
    if not any(c.isdigit() for c in shown) or len(shown) < 3:
        return None
    found = orders.customer_of(shown)
    if found is not None:
        found = identity.canonical_ids([found]).get(found, found)
    if found is None or not _within(owner_ids).filter(pk=found).exists():
        return None
    return found
