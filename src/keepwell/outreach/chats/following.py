"""What happens to places in groups when customers are merged, split or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.chats.models import ChatMember

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("chats.ChatMember",)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("chats", forget, models=MODELS)
    register_merger(name="chats", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """That the person is in a group is forgotten; the group itself goes on in WeCom."""
    gone, _rows = ChatMember.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"places in groups": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Places go over, except in groups where the surviving record is already."""
    there = ChatMember.objects.filter(customer_id=kept_id).values("group_id")
    both = ChatMember.objects.filter(customer_id=merged_id, group_id__in=there)
    doubled = list(both.values_list("group_id", flat=True))
    both.delete()
    moved = list(ChatMember.objects.filter(customer_id=merged_id).values_list("pk", flat=True))
    ChatMember.objects.filter(pk__in=moved).update(customer_id=kept_id)
    return {"moved": moved, "doubled": doubled}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    moved = ChatMember.objects.filter(pk__in=memo.get("moved", ()), customer_id=kept_id)
    moved.update(customer_id=merged_id)
    for group_id in ChatMember.objects.filter(
        group_id__in=memo.get("doubled", ()), customer_id=kept_id
    ).values_list("group_id", flat=True):
        ChatMember.objects.get_or_create(group_id=group_id, customer_id=merged_id)
