"""Find records that may be one person."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations

from django.db import transaction
from django.db.models import Count

from keepwell.customers.identity.core import normal_name, score
from keepwell.customers.identity.models import Candidate
from keepwell.customers.models import ContactPoint, Customer
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit

SHARED_MAX = 6  # a value that more records share is a company's or a family's, not a person's
CHUNK = 1_000

_Pairs = dict[tuple[str, str], set[str]]


def find_duplicates(*, actor: str, now: datetime | None = None) -> int:
    """Look for pairs that share an e-mail address, a phone number, or name and birthday; how many are open.

    Pairs that somebody called different people stay so. Reads every name once: minutes at a million.
    """
    at = now or clock.now()
    pairs: _Pairs = defaultdict(set)
    for kind in ("email", "phone"):
        for group in _sharing(kind):
            for first, second in combinations(sorted(group), 2):
                pairs[first, second].add(f"same_{kind}")
    for group in _same_name_and_birthday():
        for first, second in combinations(sorted(group), 2):
            pairs[first, second].add("same_name_birthday")
    _compare_people(pairs)
    rows = [
        Candidate(first_id=a, second_id=b, score=score(reasons), reasons=sorted(reasons), found_at=at)
        for (a, b), reasons in pairs.items()
    ]
    with transaction.atomic():
        Candidate.objects.filter(status="open").delete()
        Candidate.objects.bulk_create(rows, batch_size=CHUNK, ignore_conflicts=True)
        found = Candidate.objects.filter(status="open").count()
        audit.log(
            actor=actor,
            action="customer.find_duplicates",
            object_type="customer",
            details={"open": found},
            at=at,
        )
    return found


def dismiss(*, candidate_id: int, actor: str) -> None:
    """Say that a pair is two people; it is not proposed again."""
    with transaction.atomic():
        row = Candidate.objects.select_for_update().filter(pk=candidate_id).first()
        if row is None or row.status == "different":
            return
        row.status, row.decided_by = "different", actor
        row.save(update_fields=["status", "decided_by"])
        audit.log(
            actor=actor,
            action="customer.not_duplicates",
            object_type="customer",
            object_id=row.first_id,
            details={"other": row.second_id},
        )


def _sharing(kind: str) -> Iterator[list[str]]:
    """Customers that share a contact value."""
    points = ContactPoint.objects.filter(kind=kind).order_by()
    shared = points.values("value_index").annotate(n=Count("customer_id", distinct=True))
    indexes = shared.filter(n__gt=1, n__lte=SHARED_MAX).values_list("value_index", flat=True)
    for chunk in _chunks(list(indexes)):
        groups: dict[str, set[str]] = defaultdict(set)
        for index, customer_id in points.filter(value_index__in=chunk).values_list(
            "value_index", "customer_id"
        ):
            groups[index].add(customer_id)
        yield from (sorted(group) for group in groups.values())


def _same_name_and_birthday() -> Iterator[list[str]]:
    groups: dict[bytes, list[str]] = defaultdict(list)
    people = Customer.objects.order_by("pk").values_list("pk", "name", "birth_on")
    for customer_id, name, birth_on in people.iterator(chunk_size=10_000):
        if name and birth_on:
            text = f"{normal_name(name)}\0{birth_on}"
            groups[hashlib.blake2b(text.encode(), digest_size=8).digest()].append(customer_id)
    yield from (group for group in groups.values() if 1 < len(group) <= SHARED_MAX)


def _compare_people(pairs: _Pairs) -> None:
    """Add what names, birthdays and genders say for or against each pair."""
    wanted = sorted({customer_id for pair in pairs for customer_id in pair})
    people: dict[str, tuple[str, str, str]] = {}
    for chunk in _chunks(wanted):
        rows = Customer.objects.filter(pk__in=chunk).values_list("pk", "name", "birth_on", "gender")
        people.update({pk: (normal_name(name), birth_on, gender) for pk, name, birth_on, gender in rows})
    for (first, second), reasons in pairs.items():
        one, other = people[first], people[second]
        if one[0] and other[0] and "same_name_birthday" not in reasons:
            reasons.add("same_name" if one[0] == other[0] else "other_name")
        if one[1] and other[1] and one[1] != other[1]:
            reasons.add("other_birthday")
        if one[2] and other[2] and one[2] != other[2]:
            reasons.add("other_gender")


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
