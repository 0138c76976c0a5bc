"""What happens to coupons when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.coupons.models import Coupon

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("coupons.Coupon",)


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    register_eraser("coupons", forget, models=MODELS)
    register_merger(name="coupons", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """No code of the person stays, and a code of a list that they had is nobody's any more."""
    gone, _rows = Coupon.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"coupons": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """What one person was given under two numbers is theirs."""
    moved = list(Coupon.objects.filter(customer_id=merged_id).order_by("pk").values_list("pk", flat=True))
    Coupon.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"coupons": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Coupon.objects.filter(pk__in=memo["coupons"], customer_id=kept_id).update(customer_id=merged_id)
