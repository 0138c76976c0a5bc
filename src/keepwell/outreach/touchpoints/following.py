"""What happens to sightings when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.touchpoints.models import Sighting

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("touchpoints.Sighting",)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("touchpoints", forget, models=MODELS)
    register_merger(name="touchpoints", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nobody remembers what the person met."""
    gone, _rows = Sighting.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"sightings": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """What was done for one person under two numbers counts as theirs; the same meeting is one."""
    theirs = set(Sighting.objects.filter(customer_id=kept_id).values_list("friction_id", "met_at"))
    mine = Sighting.objects.filter(customer_id=merged_id).order_by("pk")
    moved = [row.pk for row in mine if (row.friction_id, row.met_at) not in theirs]
    Sighting.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"sightings": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Sighting.objects.filter(pk__in=memo["sightings"], customer_id=kept_id).update(customer_id=merged_id)
