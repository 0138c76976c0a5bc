"""What happens to messages when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.sending.models import DeadAddress, Message

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("sending.Message", "sending.DeadAddress")


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("sending", forget, models=MODELS)
    register_merger(name="sending", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """No message to the person stays, sent or not."""
    mine = Message.objects.filter(customer_id__in=list(subject.customer_ids))
    count = mine.count()
    mine.delete()
    DeadAddress.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"messages": count}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Messages go over."""
    moved = list(Message.objects.filter(customer_id=merged_id).order_by("pk").values_list("pk", flat=True))
    Message.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"messages": moved}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Message.objects.filter(pk__in=memo["messages"], customer_id=kept_id).update(customer_id=merged_id)
