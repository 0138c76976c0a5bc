"""What happens to the pace of customers who are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.pacing.models import PaceRow

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("pacing.PaceRow",)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("pacing", forget, models=MODELS)
    register_merger(name="pacing", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nothing that is told of the person stays."""
    gone, _rows = PaceRow.objects.filter(pk__in=list(subject.customer_ids)).delete()
    return {"pace": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """The other record's pace goes; the next round tells that of both together."""
    PaceRow.objects.filter(pk=merged_id).delete()
    return {}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """The next round tells the pace of each."""
