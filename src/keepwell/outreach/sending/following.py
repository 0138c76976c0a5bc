"""What happens to messages when customers are merged, split or erased, and when their time is over."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser, register_retention
from keepwell.customers.privacy.services.retention import Kind
from keepwell.outreach.sending.models import ContactWindow, DeadAddress, HeardRow, Message

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("sending.Message", "sending.HeardRow", "sending.ContactWindow", "sending.DeadAddress")


_TABLES: tuple[tuple[str, Any], ...] = (
    ("messages", Message),
    ("heard", HeardRow),
    ("windows", ContactWindow),
)


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("sending", forget, models=MODELS)
    register_merger(name="sending", merge=merge, split=split, models=MODELS)
    register_retention(
        Kind(
            "heard",
            _("What customers wrote to us"),
            _("Messages on WeChat, WhatsApp and the like; that somebody wrote stays in the history."),
            730,
            30,
            lambda before: HeardRow.objects.filter(at__lt=before).count(),
            lambda before: HeardRow.objects.filter(at__lt=before).delete()[0],
        )
    )


def forget(subject: Subject) -> dict[str, int]:
    """No message to the person stays, sent or not."""
    numbers = list(subject.customer_ids)
    found = {}
    for name, model in _TABLES:
        mine = model._default_manager.filter(customer_id__in=numbers)
        found[name] = mine.count()
        mine.delete()
    DeadAddress.objects.filter(customer_id__in=numbers).delete()
    return found


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Messages, what the customer did, and open windows go over."""
    moved: dict[str, Any] = {}
    for name, model in _TABLES:
        rows = model._default_manager.filter(customer_id=merged_id).order_by("pk")
        if model is not Message:
            # What both were told of is there once.
            known = model._default_manager.filter(customer_id=kept_id, channel=OuterRef("channel"))
            rows = rows.exclude(Exists(known.filter(key=OuterRef("key"))))
        moved[name] = list(rows.values_list("pk", flat=True))
        model._default_manager.filter(pk__in=moved[name]).update(customer_id=kept_id)
    return moved


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    for name, model in _TABLES:
        mine = model._default_manager.filter(pk__in=memo.get(name, ()), customer_id=kept_id)
        mine.update(customer_id=merged_id)
