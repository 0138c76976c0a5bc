"""Packages made for one customer, and the report on what they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from keepwell.plays.care import core
from keepwell.plays.care.contracts import NoPlanError, PackageItem, PackageView
from keepwell.plays.care.models import Package
from keepwell.plays.care.queries import catalogue

SHOWN = 20


def package(package_id: int) -> PackageView:
    """One package; raises NoPlanError."""
    row = Package.objects.filter(pk=package_id).first()
    if row is None:
        raise NoPlanError(package_id)
    return _view(row)


def of_customer(customer_id: str) -> tuple[PackageView, ...]:
    """The packages of a customer, the newest first."""
    return tuple(_view(row) for row in Package.objects.filter(customer_id=customer_id)[:SHOWN])


def _view(row: Package) -> PackageView:
    stored: Sequence[Mapping[str, Any]] = row.items
    items = tuple(
        PackageItem(
            name=one["name"],
            quantity=Decimal(one["quantity"]),
            price=Decimal(one["price"]),
            cost=Decimal(one["cost"]),
            product_id=one.get("product_id", ""),
        )
        for one in stored
    )
    return PackageView(
        package_id=row.pk,
        customer_id=row.customer_id,
        name=row.name,
        need=row.need,
        items=items,
        extra_cost=row.extra_cost,
        currency=row.currency,
        delivery=row.delivery,
        packaging=row.packaging,
        ready_days=row.ready_days,
        usual_days=row.usual_days,
        status=row.status,
        score=row.score,
        feedback=row.feedback,
        adjustments=tuple(
            {"at": one.at, "actor": one.actor, "text": one.text} for one in row.adjustments.all()
        ),
        check=core.check_package(
            items,
            extra_cost=row.extra_cost,
            ready_days=row.ready_days,
            usual_days=row.usual_days,
            rules=catalogue.rules(),
        ),
        created_at=row.created_at,
        created_by=row.created_by,
    )
