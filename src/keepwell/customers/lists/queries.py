"""What can be asked about lists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from keepwell.customers.lists.contracts import UNDO_SHOWN, Bulk, ViewRow
from keepwell.customers.lists.models import BulkChange, ColumnChoice, SavedView
from keepwell.customers.lists.quality import FIELDS, FieldQuality, missing, record_quality
from keepwell.customers.models import CustomerTag

__all__ = [
    "FIELDS",
    "FieldQuality",
    "change",
    "columns",
    "missing",
    "record_quality",
    "tags_of",
    "undoable",
    "view",
    "views",
]


def views(*, user_id: int, list_name: str) -> list[ViewRow]:
    """The user's own views and those that others share, by name."""
    found = SavedView.objects.filter(Q(user=user_id) | Q(shared=True), list_name=list_name)
    return [view_row(row, user_id) for row in found]


def view(*, view_id: int, user_id: int) -> ViewRow | None:
    """One view that the user may see, or None."""
    row = SavedView.objects.filter(Q(user=user_id) | Q(shared=True), pk=view_id).first()
    return view_row(row, user_id) if row else None


def columns(*, user_id: int, list_name: str) -> tuple[str, ...]:
    """The columns that the user chose; empty: the usual ones."""
    chosen = ColumnChoice.objects.filter(user=user_id, list_name=list_name).values_list("columns", flat=True)
    return tuple(chosen.first() or ())


def undoable(*, user_id: int, now: datetime) -> Bulk | None:
    """The user's last change of many customers, while it can be taken back."""
    row = (
        BulkChange.objects.filter(user=user_id, undone_at=None, done_at__gt=now - UNDO_SHOWN)
        .order_by("-pk")
        .first()
    )
    return bulk(row) if row else None


def change(*, change_id: int, user_id: int) -> Bulk | None:
    """One of the user's own changes of many customers, or None."""
    row = BulkChange.objects.filter(pk=change_id, user=user_id).first()
    return bulk(row) if row else None


def tags_of(customer_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Names of the shop's own tags by customer number; who has none is left out."""
    found: dict[str, tuple[str, ...]] = {}
    marked = CustomerTag.objects.filter(customer_id__in=customer_ids).order_by("tag__name")
    for customer_id, name in marked.values_list("customer_id", "tag__name"):
        found[customer_id] = (*found.get(customer_id, ()), name)
    return found


def bulk(row: BulkChange) -> Bulk:
    """The frozen value of a row."""
    return Bulk(row.pk, row.kind, row.customers, row.memo, row.done_at)


def view_row(row: SavedView, user_id: int) -> ViewRow:
    """The frozen value of a row."""
    return ViewRow(row.pk, row.name, row.query, tuple(row.columns), row.shared, row.user_id == user_id)
