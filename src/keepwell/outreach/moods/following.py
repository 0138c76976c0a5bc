"""What happens to feelings when customers write, are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.moods.models import LearntModel, Reading
from keepwell.outreach.moods.services import reading
from keepwell.outreach.questions import services as questions

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("moods.Reading",)


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    questions.on_inbound(reading.came_in)
    register_eraser("moods", forget, models=MODELS)
    register_merger(name="moods", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """No reading of the person stays; what was learnt from their words goes too, and is fitted anew."""
    mine = Reading.objects.filter(customer_id__in=list(subject.customer_ids))
    if mine.exclude(corrected="").exists() or mine.filter(score__isnull=False).exists():
        LearntModel.objects.update(is_used=False, weights=b"")
    gone, _rows = mine.delete()
    return {"feelings": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Readings go over."""
    moved = list(Reading.objects.filter(customer_id=merged_id).order_by("pk").values_list("pk", flat=True))
    Reading.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"readings": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    mine = Reading.objects.filter(pk__in=memo.get("readings", ()), customer_id=kept_id)
    mine.update(customer_id=merged_id)
