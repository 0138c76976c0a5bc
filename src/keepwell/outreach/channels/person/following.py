"""What happens to errands when their tasks take a step, and when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.channels.person import services
from keepwell.outreach.channels.person.models import Errand
from keepwell.outreach.services.stepping import on_task_step

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("person.Errand",)


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    on_task_step(services.follow)
    register_eraser("person", forget, models=MODELS)
    register_merger(name="person", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nothing stays of what was done for the person's messages."""
    mine = Errand.objects.filter(customer_id__in=list(subject.customer_ids))
    found = mine.count()
    mine.delete()
    return {"errands": found}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Errands go over with their messages."""
    rows = Errand.objects.filter(customer_id=merged_id)
    moved = list(rows.values_list("pk", flat=True))
    rows.update(customer_id=kept_id)
    return {"errands": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    mine = Errand.objects.filter(pk__in=memo.get("errands", ()), customer_id=kept_id)
    mine.update(customer_id=merged_id)
