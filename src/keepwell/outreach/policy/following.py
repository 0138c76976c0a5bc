"""What happens to the policy's memory when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.policy.models import Contact, Desk

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("policy.Contact", "policy.Desk")


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("policy", forget, models=MODELS)
    register_merger(name="policy", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nothing that was meant for the person stays."""
    numbers = list(subject.customer_ids)
    Desk.objects.filter(pk__in=numbers).delete()
    gone, _rows = Contact.objects.filter(customer_id__in=numbers).delete()
    return {"contacts": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """What one person heard under two numbers counts as theirs."""
    moved = list(Contact.objects.filter(customer_id=merged_id).order_by("pk").values_list("pk", flat=True))
    Contact.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"contacts": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Contact.objects.filter(pk__in=memo["contacts"], customer_id=kept_id).update(customer_id=merged_id)
