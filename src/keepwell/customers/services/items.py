"""What all items of a customer have in common: kept, taken away, brought back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers.files import unlink_files
from keepwell.customers.models import (
    Attachment,
    CompanyContact,
    ContactPoint,
    Note,
    OwnedProduct,
    PersonalDate,
    Promise,
    Trait,
)
from keepwell.customers.search import services as search
from keepwell.customers.services.checks import require_customer
from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit

ITEMS: dict[str, Any] = {
    "contact": ContactPoint,
    "trait": Trait,
    "date": PersonalDate,
    "product": OwnedProduct,
    "person": CompanyContact,
    "note": Note,
    "attachment": Attachment,
    "promise": Promise,
}
FOUND_BY = ("contact", "person")  # what customers are found by
# A page offers the undo for 30 seconds; a slow click still finds what it wants back.
UNDO = timedelta(seconds=30)
KEPT = timedelta(seconds=90)


def save_item(
    *,
    kind: str,
    customer_id: str,
    item_id: int | None,
    values: dict[str, Any],
    actor: str,
    source: str,
    at: datetime | None = None,
) -> int:
    """Add or change a row of the room's own models; for the room's services, which check `values` first.

    Raises ValidationError where the customer or the item is not there.
    """
    at = at or clock.now()
    stamped = {**values, "source": source, "updated_at": at, "updated_by": actor}
    with transaction.atomic():
        if item_id is None:
            require_customer(customer_id)
            row = ITEMS[kind].objects.create(customer_id=customer_id, **stamped)
        else:
            row = _locked(kind, customer_id, item_id, ITEMS[kind].objects)
            for name, value in stamped.items():
                setattr(row, name, value)
            row.save()
        _log(kind, "add" if item_id is None else "change", row, actor, at)
        _searched(kind, customer_id, at)
    return int(row.pk)


def remove_item(*, kind: str, customer_id: str, item_id: int, actor: str, at: datetime | None = None) -> None:
    """Take an item away; `restore_item` brings it back for a while, then it is gone for good.

    Raises ValidationError where it is not there.
    """
    at = at or clock.now()
    purge_removed(at=at)
    with transaction.atomic():
        row = _locked(kind, customer_id, item_id, ITEMS[kind].objects)
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        _log(kind, "remove", row, actor, at)
        _searched(kind, customer_id, at)


def restore_item(
    *, kind: str, customer_id: str, item_id: int, actor: str, at: datetime | None = None
) -> None:
    """Bring an item back; raises ValidationError where it is gone for good."""
    at = at or clock.now()
    with transaction.atomic():
        row = _locked(kind, customer_id, item_id, ITEMS[kind].every)
        if row.removed_at is None:
            return
        if row.removed_at < at - KEPT:
            raise ValidationError(_("Too late: this was taken away for good."))
        row.removed_at = None
        row.save(update_fields=["removed_at"])
        _log(kind, "restore", row, actor, at)
        _searched(kind, customer_id, at)


def purge_removed(*, at: datetime | None = None) -> int:
    """Delete for good what was taken away and can no longer be brought back; how many rows."""
    before = (at or clock.now()) - KEPT
    count = 0
    with transaction.atomic():
        gone = Attachment.every.filter(removed_at__lt=before)
        unlink_files(list(gone.values_list("stored_name", flat=True)))
        for model in ITEMS.values():
            count += model.every.filter(removed_at__lt=before).delete()[0]
    return count


def _searched(kind: str, customer_id: str, at: datetime) -> None:
    if kind in FOUND_BY:
        search.changed(customer_ids=[customer_id], at=at)


def _locked(kind: str, customer_id: str, item_id: int, manager: Any) -> Any:
    row = manager.select_for_update().filter(pk=item_id, customer_id=customer_id).first()
    if row is None:
        raise ValidationError(_("This entry is not there any more."))
    return row


def _log(kind: str, verb: str, row: Any, actor: str, at: datetime) -> None:
    audit.log(
        actor=actor,
        action=f"customer.{kind}_{verb}",
        object_type="customer",
        object_id=row.customer_id,
        details={"item": row.pk},
        at=at,
    )
