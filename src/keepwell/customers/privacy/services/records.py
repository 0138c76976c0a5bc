"""A person's rows in state: removed, or, for statistics, a bare record left under another number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import ProtectedError, Q

from keepwell.customers.identity.models import Alias, Candidate, Merge
from keepwell.customers.models import Customer
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.customers.privacy.models import ConsentEvent
from keepwell.customers.privacy.services.erasers import claimed

# What an anonymous record keeps: nothing that singles somebody out.
KEPT_FIELDS = (
    "country",
    "language",
    "acquired_at",
    "acquisition_channel",
    "acquisition_cost",
    "source",
    "created_at",
)
OWN = frozenset({"privacy.consentevent", "privacy.request", "identity.alias", "history.outboxfact"})


def forget(subject: Subject) -> Mapping[str, int]:
    """Remove every row about the person; after anonymising a bare record stays, under the pseudonym."""
    counts: Counter[str] = Counter()
    ids = subject.customer_ids
    with transaction.atomic():
        if subject.right is Right.ANONYMISE:
            _leave_bare(subject)
        for model, condition in about(ids):
            counts[model._meta.label] += _delete(model, condition)
        events = ConsentEvent.objects.filter(customer_id__in=ids)
        counts["privacy.ConsentEvent"] += events._raw_delete(events.db)
        merges = Merge.objects.filter(Q(kept_id__in=ids) | Q(merged_id__in=ids))
        counts["identity.Merge"] += merges.delete()[0]
        aliases = Alias.objects.filter(Q(canonical_id__in=ids) | Q(alias_id__in=ids))
        counts["identity.Alias"] += aliases.delete()[0]
        pairs = Candidate.objects.filter(Q(first_id__in=ids) | Q(second_id__in=ids))
        counts["identity.Candidate"] += pairs.delete()[0]
        counts["customers.Customer"] += (
            Customer.objects.filter(pk__in=ids).delete()[1].get(Customer._meta.label, 0)
        )
    return {label: count for label, count in counts.items() if count}


def about(ids: tuple[str, ...], *, all_models: bool = False) -> Iterator[tuple[type[models.Model], Q]]:
    """Every model whose rows belong to a customer, with the condition that finds these numbers' rows.

    By foreign key to the customer, or by a column `customer_id`; what an eraser claimed is left to it, unless
    `all_models` are wanted.
    """
    left = frozenset[str]() if all_models else claimed()
    pointing: set[str] = set()
    for relation in Customer._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            model: Any = relation.related_model
            pointing.add(model._meta.label_lower)
            if model._meta.label_lower not in left:
                yield model, Q(**{f"{relation.field.name}__in": ids})  # type: ignore[union-attr]
    for model in apps.get_models():
        label = model._meta.label_lower
        if label in pointing or label in left or label in OWN or model is Customer:
            continue
        if any(field.name == "customer_id" for field in model._meta.concrete_fields):
            yield model, Q(customer_id__in=ids)


def _delete(model: type[models.Model], condition: Q) -> int:
    rows = model._base_manager.filter(condition)
    try:
        with transaction.atomic():
            return rows.delete()[0]
    except ProtectedError as error:
        # What protects them belongs to the person, too: it hangs on these rows.
        for row in error.protected_objects:
            type(row)._base_manager.filter(pk=row.pk).delete()
        return rows.delete()[0]


def _leave_bare(subject: Subject) -> None:
    """The record under its new number, made once."""
    record = Customer.objects.filter(pk=subject.customer_ids[0]).first()
    if record is None:
        return
    kept: dict[str, Any] = {name: getattr(record, name) for name in KEPT_FIELDS}
    # Not the present: the time of the request must not lead to the record.
    kept["updated_at"] = record.created_at
    Customer.objects.get_or_create(pk=subject.pseudonym, defaults=kept)
