"""What happens to showings when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.channels.onsite.models import Showing

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("onsite.Showing",)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("onsite", forget, models=MODELS)
    register_merger(name="onsite", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nothing stays of what the person was shown."""
    mine = Showing.objects.filter(customer_id__in=list(subject.customer_ids))
    found = mine.count()
    mine.delete()
    return {"showings": found}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Showings go over with their messages."""
    rows = Showing.objects.filter(customer_id=merged_id)
    moved = list(rows.values_list("pk", flat=True))
    rows.update(customer_id=kept_id)
    return {"showings": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    mine = Showing.objects.filter(pk__in=memo.get("showings", ()), customer_id=kept_id)
    mine.update(customer_id=merged_id)
