"""Records in the order of their numbers, a part at a time."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from keepwell.customers.contracts import CustomerView
from keepwell.customers.models import Customer
from keepwell.customers.queries.records import _view, owned_by


def listed(
    *, after: str = "", limit: int, owner_ids: Collection[int] | None = None, without: Any = ()
) -> list[CustomerView]:
    """At most `limit` records whose numbers come after `after`; contact points masked.

    `owner_ids` keeps those that these users look after now (None: everybody's), `without` leaves numbers out.
    """
    rows = Customer.objects.filter(pk__gt=after).exclude(pk__in=without)
    if owner_ids is not None:
        rows = rows.filter(pk__in=owned_by(owner_ids))
    return [_view(row) for row in rows.order_by("pk").prefetch_related("contact_points")[:limit]]
