"""What happens to those dealt when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.controls.models import Dealt

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("controls.Dealt",)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("controls", forget, models=MODELS)
    register_merger(name="controls", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nobody remembers on which side the person was."""
    gone, _rows = Dealt.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"dealt": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """The side goes over. Where both were dealt, that of the surviving record counts from now on.

    Then the person counts once if both were on one side, and in no comparison if they were on both.
    """
    kept = dict(Dealt.objects.filter(customer_id=kept_id).values_list("lot_id", "is_control"))
    mine = Dealt.objects.filter(customer_id=merged_id).order_by("pk")
    moved = list(mine.exclude(lot_id__in=kept).values_list("pk", flat=True))
    both = list(mine.filter(lot_id__in=kept, left_out=False).values_list("pk", "lot_id", "is_control"))
    out = [pk for pk, _lot, _is_control in both]
    mixed = [lot for _pk, lot, is_control in both if kept[lot] != is_control]
    out += Dealt.objects.filter(customer_id=kept_id, lot_id__in=mixed, left_out=False).values_list(
        "pk", flat=True
    )
    Dealt.objects.filter(pk__in=out).update(left_out=True)
    Dealt.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"moved": moved, "left_out": out}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Dealt.objects.filter(pk__in=memo["moved"], customer_id=kept_id).update(customer_id=merged_id)
    Dealt.objects.filter(pk__in=memo["left_out"], customer_id__in=[kept_id, merged_id]).update(left_out=False)
