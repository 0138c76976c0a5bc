"""What happens to travellers when customers are merged, split or erased."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.journeys import rows
from keepwell.outreach.journeys.models import Traveller

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("journeys.Traveller",)
MERGED, ERASED = "merged", "erased"


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("journeys", forget, models=MODELS)
    register_merger(name="journeys", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Nobody remembers where the person was."""
    with transaction.atomic():
        mine = Traveller.objects.filter(customer_id__in=list(subject.customer_ids))
        _count(mine.filter(ended_at=None), ERASED)
        gone, _rows = mine.delete()
    return {"journeys": gone}


def _count(over: QuerySet[Traveller], outcome: str) -> None:
    """What is over without having come to its end is counted too."""
    ended = over.select_for_update(of=("self",)).order_by("pk").values_list("version_id", "step")
    rows.count([(version, Counter({(step, "left"): 1, ("", outcome): 1})) for version, step in ended])


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Passages go over; where both are inside one journey, the merged record's passage is over."""
    mine = Traveller.objects.select_for_update().filter(customer_id=merged_id).order_by("pk")
    inside = set(
        Traveller.objects.filter(customer_id=kept_id, ended_at=None).values_list("journey_id", flat=True)
    )
    moved = list(mine.values_list("pk", flat=True))
    both = mine.filter(ended_at=None, journey_id__in=inside)
    ended = {
        str(row.pk): [row.wake_at.isoformat() if row.wake_at else None, row.waits_for, row.heard]
        for row in both
    }
    _count(both, MERGED)
    both.update(ended_at=at, outcome=MERGED, wake_at=None, waits_for="", heard=False)
    Traveller.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"travellers": moved, "ended": ended}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over; who was stopped by the merge goes on."""
    Traveller.objects.filter(pk__in=memo["travellers"], customer_id=kept_id).update(customer_id=merged_id)
    inside = set(
        Traveller.objects.filter(customer_id=merged_id, ended_at=None).values_list("journey_id", flat=True)
    )
    for pk, (wake_at, waits_for, heard) in memo["ended"].items():
        row = Traveller.objects.filter(pk=int(pk), customer_id=merged_id, outcome=MERGED).first()
        if row is None or row.journey_id in inside:
            continue
        row.ended_at, row.outcome, row.waits_for, row.heard = None, "", waits_for, heard
        row.wake_at = datetime.fromisoformat(wake_at) if wake_at else at
        row.save()
        rows.count([(row.version_id, Counter({(row.step, "left"): -1, ("", MERGED): -1}))])
        inside.add(row.journey_id)
