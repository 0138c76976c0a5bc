"""Visitors who were unknown until they said who they are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keepwell.customers.identity import queries
from keepwell.customers.identity.models import Alias
from keepwell.customers.identity.services.merging import merge
from keepwell.customers.models import Customer
from keepwell.foundation import clock


def link_anonymous(
    *, anonymous_id: str, customer_id: str, actor: str = "keepwell", now: datetime | None = None
) -> bool:
    """Count what the visitor `anonymous_id` did as done by `customer_id`; whether that is new.

    The facts of a visitor are kept under `queries.anonymous_number(anonymous_id)` and stay there. Who says
    first who a visitor is, is right: on a shared device what happened before belongs to the first person.
    A record that was made for the visitor is merged into the person's.

    Raises ValueError for an empty id.
    """
    if not anonymous_id or not customer_id:
        raise ValueError("anonymous_id, customer_id: must not be empty")
    at = now or clock.now()
    number = queries.anonymous_number(anonymous_id)
    with transaction.atomic():
        target = queries.canonical_id(customer_id)
        if target == number or Alias.objects.filter(pk=number).exists():
            return False
        known = Customer.objects.filter(pk__in=[number, target]).count()
        if known == 2:
            merge(kept_id=target, merged_id=number, actor=actor, reason="anonymous visitor", now=at)
            return True
        _alias, created = Alias.objects.get_or_create(
            alias_id=number, defaults={"canonical_id": target, "kind": "anonymous", "since": at}
        )
    return created
