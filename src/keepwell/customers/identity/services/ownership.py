"""Who looks after a person that had two records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keepwell.customers.models import Ownership


def merge_ownerships(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """The surviving record keeps its owner; the other's history goes over, its last owner ends now."""
    keys = list(Ownership.objects.filter(customer=merged_id).order_by("pk").values_list("pk", flat=True))
    ended = None
    if Ownership.objects.filter(customer=kept_id, ended_at=None).exists():
        present = Ownership.objects.filter(pk__in=keys, ended_at=None).first()
        if present is not None:
            ended = present.pk
            Ownership.objects.filter(pk=ended).update(ended_at=at)
    Ownership.objects.filter(pk__in=keys).update(customer=kept_id)
    return {"moved": keys, "ended": ended}


def split_ownerships(kept_id: str, merged_id: str, memo: Any, _at: datetime) -> None:
    """Give the other record its owners back; where a new owner came to the surviving one, he stays there."""
    moved = Ownership.objects.filter(pk__in=memo["moved"], customer=kept_id)
    moved.update(customer=merged_id)
    if memo["ended"] is not None:
        Ownership.objects.filter(pk=memo["ended"], customer=merged_id).update(ended_at=None)
