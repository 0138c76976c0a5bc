"""Owners, their history, and handovers."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from keepwell.customers.contracts import HandoverStatus, HandoverView, OwnershipView
from keepwell.customers.models import Handover, HandoverCustomer, Ownership
from keepwell.customers.queries.records import owners_of
from keepwell.customers.staff import user_names


def ownership_history(customer_id: str) -> tuple[OwnershipView, ...]:
    """Who looked after a customer, the present owner first."""
    rows = list(Ownership.objects.filter(customer=customer_id))
    names = user_names({row.owner_id for row in rows})
    return tuple(
        OwnershipView(
            row.owner_id,
            names.get(row.owner_id, ""),
            row.started_at,
            row.ended_at,
            row.reason,
            row.assigned_by,
        )
        for row in rows
    )


def without_owner(customer_ids: Iterable[str]) -> list[str]:
    """Those of these customers that nobody looks after now, in the order given."""
    listed = list(customer_ids)
    owned = owners_of(listed)
    return [one for one in listed if one not in owned]


def owned_count(owner_id: int) -> int:
    """How many customers a user looks after now."""
    return Ownership.objects.filter(owner=owner_id, ended_at=None).count()


def owned_ids(owner_id: int) -> list[str]:
    """Numbers of the customers that a user looks after now, in order."""
    found = Ownership.objects.filter(owner=owner_id, ended_at=None).order_by("customer_id")
    return list(found.values_list("customer_id", flat=True))


def handover(handover_id: int) -> HandoverView | None:
    """One handover, or None."""
    found = _views(Handover.objects.filter(pk=handover_id))
    return found[0] if found else None


def handover_of(customer_id: str) -> HandoverView | None:
    """The handover that a customer waits in, or None."""
    row = HandoverCustomer.objects.filter(customer=customer_id, is_waiting=True).first()
    return handover(row.handover_id) if row else None


def handovers_waiting(*, user_id: int) -> tuple[HandoverView, ...]:
    """What this user is asked to take over, the next deadline first."""
    return _views(Handover.objects.filter(to_owner=user_id, status=HandoverStatus.WAITING))


def handovers(
    *, owner_ids: Iterable[int] | None, limit: int = 50, only_waiting: bool = False
) -> tuple[HandoverView, ...]:
    """Handovers from or to these users (None: all), the waiting ones first, then the last decided."""
    found = Handover.objects.all()
    if owner_ids is not None:
        listed = list(owner_ids)
        found = found.filter(Q(from_owner__in=listed) | Q(to_owner__in=listed))
    waiting = found.filter(status=HandoverStatus.WAITING)
    if only_waiting:
        return _views(waiting[:limit])
    ended = found.exclude(status=HandoverStatus.WAITING).order_by("-decided_at", "-id")
    return _views(waiting[:limit]) + _views(ended[:limit])


def _views(rows: QuerySet[Handover]) -> tuple[HandoverView, ...]:
    listed = list(rows)
    customers: dict[int, list[HandoverCustomer]] = {}
    for one in HandoverCustomer.objects.filter(handover__in=listed):
        customers.setdefault(one.handover_id, []).append(one)
    names = user_names({user for row in listed for user in (row.from_owner_id, row.to_owner_id)})
    return tuple(_view(row, customers.get(row.pk, []), names) for row in listed)


def _view(row: Handover, customers: list[HandoverCustomer], names: dict[int, str]) -> HandoverView:
    return HandoverView(
        handover_id=row.pk,
        from_owner_id=row.from_owner_id,
        from_owner=names.get(row.from_owner_id, ""),
        to_owner_id=row.to_owner_id,
        to_owner=names.get(row.to_owner_id, ""),
        status=HandoverStatus(row.status),
        due_on=row.due_on,
        reason=row.reason,
        open_matters=row.open_matters,
        preferences=row.preferences,
        customer_ids=tuple(one.customer_id for one in customers),
        moved_ids=tuple(one.customer_id for one in customers if one.is_moved),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )
