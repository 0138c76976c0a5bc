"""What happens to places on lists when customers are merged, split or erased.

Whoever is erased goes from the list at once. Where the platform has their digests, those stay, sealed and
without a name, until the file of removals has been taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.foundation import clock
from keepwell.outreach.advertising.models import AudienceMember
from keepwell.outreach.advertising.removing import take_off

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("advertising.AudienceMember",)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("advertising", forget, models=MODELS)
    register_merger(name="advertising", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Take the person off every list."""
    with transaction.atomic():
        rows = list(AudienceMember.objects.filter(customer_id__in=list(subject.customer_ids)))
        take_off(rows, now=clock.now())
    return {"places on lists": len(rows)}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """The other record leaves the lists; its digests are taken out at the platform too."""
    take_off(list(AudienceMember.objects.filter(customer_id=merged_id)), now=at)
    return {}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """The next reading puts the other record on again."""
