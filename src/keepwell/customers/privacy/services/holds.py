"""Leave somebody alone: holds, and the flag that stops all contact."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.identity import queries as identity
from keepwell.customers.models import Customer
from keepwell.customers.privacy.contracts import HoldKind, PrivacyError
from keepwell.customers.privacy.models import Hold
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit


def place_hold(
    *,
    customer_id: str,
    kind: str,
    actor: str,
    reason: str = "",
    until: datetime | None = None,
    now: datetime | None = None,
) -> int:
    """Silence a customer until `until`, or until somebody lifts it; returns the hold's number.

    `HoldKind.STOP` is the customer's own wish not to be contacted. Placing a kind that is active already
    answers with the one there is, extended where the new one lasts longer.

    Raises PrivacyError for an unknown customer or kind, or an end that is past.
    """
    at = now or clock.now()
    if kind not in list(HoldKind):
        raise PrivacyError(_("This kind of hold is not known."))
    if until is not None and until <= at:
        raise PrivacyError(_("The end must be in the future."))
    number = identity.canonical_id(customer_id)
    with transaction.atomic():
        if not Customer.objects.select_for_update().filter(pk=number).exists():
            raise PrivacyError(_("There is no customer %(number)s.") % {"number": customer_id})
        same = Hold.objects.filter(customer=number, kind=kind, lifted_at=None)
        row = next((hold for hold in same if hold.until is None or hold.until > at), None)
        if row is not None:
            if row.until is not None and (until is None or until > row.until):
                row.until = until
                row.save(update_fields=["until"])
            return row.pk
        row = Hold.objects.create(
            customer_id=number, kind=kind, reason=reason, placed_at=at, placed_by=actor, until=until
        )
        audit.log(
            actor=actor,
            action="hold.place",
            object_type="customer",
            object_id=number,
            details={"kind": str(kind), "hold": row.pk, "until": until.isoformat() if until else None},
            at=at,
        )
    return row.pk


def lift_hold(*, hold_id: int, actor: str, now: datetime | None = None) -> None:
    """End a hold; one that was lifted already stays so. Raises PrivacyError where there is none."""
    at = now or clock.now()
    with transaction.atomic():
        row = Hold.objects.select_for_update().filter(pk=hold_id).first()
        if row is None:
            raise PrivacyError(_("There is no such hold."))
        if row.lifted_at is not None:
            return
        row.lifted_at, row.lifted_by = at, actor
        row.save(update_fields=["lifted_at", "lifted_by"])
        audit.log(
            actor=actor,
            action="hold.lift",
            object_type="customer",
            object_id=row.customer_id,
            details={"kind": row.kind, "hold": row.pk},
            at=at,
        )


def lift_holds(*, customer_id: str, kind: str, actor: str, now: datetime | None = None) -> int:
    """End every hold of one kind; how many."""
    number = identity.canonical_id(customer_id)
    keys = list(Hold.objects.filter(customer=number, kind=kind, lifted_at=None).values_list("pk", flat=True))
    for key in keys:
        lift_hold(hold_id=key, actor=actor, now=now)
    return len(keys)
