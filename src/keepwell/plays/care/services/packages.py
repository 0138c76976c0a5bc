"""Packages made to fit: put together, offered, felt, adjusted (PER-05, PER-08, PER-17, PER-18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.foundation.audit import services as audit
from keepwell.plays.care import defaults
from keepwell.plays.care.contracts import CareError, NoPlanError, PackageItem
from keepwell.plays.care.labels import PACKAGE_STATUS
from keepwell.plays.care.models import Adjustment, Package
from keepwell.plays.care.queries import money
from keepwell.plays.care.services import checks

NAME_MAX = 120
ITEMS_MAX = 20
DAYS_MAX = 730


def save(
    *,
    customer_id: str,
    name: str,
    items: Sequence[PackageItem],
    actor: str,
    now: datetime,
    need: str = "",
    extra_cost: Decimal = Decimal(0),
    delivery: str = "standard",
    packaging: str = "standard",
    ready_days: int = 0,
    usual_days: int = 0,
    package_id: int | None = None,
) -> int:
    """Put a package together, or change it; its number. What is too dear or slow is warned of, not refused.

    Raises CareError for a package without a name or things, and NoPlanError where there is none to change.
    """
    if not name.strip() or len(name) > NAME_MAX:
        raise CareError(_("Please give it a name."))
    if not items or len(items) > ITEMS_MAX:
        raise CareError(_("A package has between 1 and %(most)s things.") % {"most": ITEMS_MAX})
    for one in items:
        for value in (one.quantity, one.price, one.cost):
            checks.amount(value)
    checks.amount(extra_cost)
    if delivery not in defaults.DELIVERIES or packaging not in defaults.PACKAGINGS:
        raise CareError(_("Please choose delivery and packaging of the list."))
    if not 0 <= ready_days <= DAYS_MAX or not 0 <= usual_days <= DAYS_MAX:
        raise CareError(_("Please type a whole number of days."))
    if not customers.existing([customer_id]):
        raise CareError(_("There is no customer with this number."))
    values: dict[str, Any] = {
        "name": name.strip(),
        "need": checks.text(need),
        "items": [_json(one) for one in items],
        "extra_cost": extra_cost,
        "currency": money.currency(),
        "delivery": delivery,
        "packaging": packaging,
        "ready_days": ready_days,
        "usual_days": usual_days,
    }
    with transaction.atomic():
        if package_id is None:
            row = Package.objects.create(customer_id=customer_id, created_at=now, created_by=actor, **values)
        else:
            row = _locked(package_id)
            for field, value in values.items():
                setattr(row, field, value)
            row.save(update_fields=list(values))
        _log(row, "care.package.save", actor, now, {"items": len(items)})
    return int(row.pk)


def move(*, package_id: int, status: str, actor: str, now: datetime) -> None:
    """Say where a package is now. Raises CareError for an unknown state."""
    if status not in PACKAGE_STATUS:
        raise CareError(_("There is no such state."))
    with transaction.atomic():
        row = _locked(package_id)
        row.status = status
        row.save(update_fields=["status"])
        _log(row, "care.package.move", actor, now, {"status": status})


def feel(
    *,
    package_id: int,
    actor: str,
    now: datetime,
    score: int | None = None,
    feedback: str = "",
    adjustment: str = "",
) -> None:
    """Write down what the customer said of a package, and what was changed for it (PER-18).

    Raises CareError for a score outside 1 to 5.
    """
    if score is not None and score not in range(1, 6):
        raise CareError(_("Please choose a score from 1 to 5."))
    with transaction.atomic():
        row = _locked(package_id)
        row.score = score if score is not None else row.score
        row.feedback = checks.text(feedback) or row.feedback
        row.save(update_fields=["score", "feedback"])
        if said := checks.text(adjustment):
            Adjustment.objects.create(package=row, at=now, actor=actor, text=said)
        _log(row, "care.package.feedback", actor, now, {"score": score})


def _locked(package_id: int) -> Package:
    row = Package.objects.select_for_update().filter(pk=package_id).first()
    if row is None:
        raise NoPlanError(package_id)
    return row


def _json(one: PackageItem) -> dict[str, str]:
    return {
        "name": one.name,
        "quantity": str(one.quantity),
        "price": str(one.price),
        "cost": str(one.cost),
        "product_id": one.product_id,
    }


def _log(row: Package, action: str, actor: str, now: datetime, details: Mapping[str, Any]) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="care_package",
        object_id=str(row.pk),
        details={"customer_id": row.customer_id, **details},
        at=now,
    )
