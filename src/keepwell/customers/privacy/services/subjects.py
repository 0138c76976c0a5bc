"""Who is meant: every number of a person, and everything that names the person in text."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping

from django.db.models import Q

from keepwell.customers.identity import queries as identity
from keepwell.customers.identity.models import Merge
from keepwell.customers.models import ContactPoint, Customer
from keepwell.customers.privacy.contracts import ANONYMISED_PREFIX, ERASED_PREFIX, Right, Subject
from keepwell.customers.privacy.core import matcher


def gather(customer_id: str, right: Right) -> Subject:
    """Everything about a person that has to be looked for, under a new number that nothing leads to."""
    numbers = identity.fact_ids(customer_id)
    found: dict[str, list[str]] = {"number": list(numbers), "name": [], "email": [], "phone": []}
    for name in Customer.objects.filter(pk__in=numbers).values_list("name", flat=True):
        found["name"].append(name)
    for kind, value in ContactPoint._base_manager.filter(customer__in=numbers).values_list("kind", "value"):
        found.setdefault(kind, []).append(value)
    for memo in Merge.objects.filter(Q(kept_id__in=numbers) | Q(merged_id__in=numbers)).values_list(
        "memo", flat=True
    ):
        _from_memo(memo, found)
    prefix = ERASED_PREFIX if right is Right.ERASE else ANONYMISED_PREFIX
    identifiers = {kind: tuple(dict.fromkeys(filter(None, said))) for kind, said in found.items()}
    return make(right, numbers, prefix + secrets.token_hex(10), identifiers)


def make(
    right: Right, numbers: Iterable[str], pseudonym: str, identifiers: Mapping[str, tuple[str, ...]]
) -> Subject:
    """The subject of a request, with its matcher."""
    searched = {
        kind: said for kind, said in identifiers.items() if kind in ("number", "name", "email", "phone")
    }
    return Subject(right, tuple(numbers), pseudonym, identifiers, matcher(searched))


def dump(subject: Subject) -> str:
    """A subject as text, to be kept sealed while the request runs."""
    return json.dumps(
        {
            "numbers": subject.customer_ids,
            "pseudonym": subject.pseudonym,
            "identifiers": {kind: list(said) for kind, said in subject.identifiers.items()},
        },
        ensure_ascii=False,
    )


def load(text: str, right: Right) -> Subject:
    """What `dump` wrote."""
    said = json.loads(text)
    identifiers = {kind: tuple(values) for kind, values in said["identifiers"].items()}
    return make(right, said["numbers"], said["pseudonym"], identifiers)


def _from_memo(memo: str, found: dict[str, list[str]]) -> None:
    """Names and contact values of records that were merged into the person's."""
    if not memo:
        return
    said = json.loads(memo)
    for text in (said["merged"], said["before"]):
        found["name"].append(json.loads(text)[0]["fields"]["name"])
    for rows in said["rows"].values():
        for text in rows["dropped"]:
            row = json.loads(text)[0]
            if row["model"] == ContactPoint._meta.label_lower:
                found.setdefault(row["fields"]["kind"], []).append(row["fields"]["value"])
