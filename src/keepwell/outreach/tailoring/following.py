"""What happens to buying stages and choices when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.tailoring.models import BuyingRow, ChoiceRow

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("tailoring.BuyingRow", "tailoring.ChoiceRow")


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("tailoring", forget, models=MODELS)
    register_merger(name="tailoring", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Neither a stage nor a choice of the person stays."""
    numbers = list(subject.customer_ids)
    stages, _rows = BuyingRow.objects.filter(pk__in=numbers).delete()
    choices, _rows = ChoiceRow.objects.filter(customer_id__in=numbers).delete()
    return {"buying stages": stages, "choices of text": choices}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Choices go over; the next round works out the stage of both together."""
    BuyingRow.objects.filter(pk=merged_id).delete()
    moved = list(ChoiceRow.objects.filter(customer_id=merged_id).values_list("pk", flat=True))
    ChoiceRow.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"choices": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    ChoiceRow.objects.filter(pk__in=memo.get("choices", ()), customer_id=kept_id).update(
        customer_id=merged_id
    )
