"""What happens to care when tasks go on, and customers change hands, are merged or erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers import services as customers
from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.foundation import clock
from keepwell.outreach.services import stepping
from keepwell.plays.care.contracts import ActStatus, PlanStatus
from keepwell.plays.care.models import Act, ActEvent, Guest, Package, PassedOver, Plan
from keepwell.plays.care.services import acting

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("care.Plan", "care.Act", "care.Guest", "care.Package", "care.PassedOver")
OPEN = (ActStatus.PLANNED, ActStatus.RUNNING)


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    stepping.on_task_step(acting.on_task_step)
    customers.on_owner_change(hand_over)
    register_eraser("care", forget, models=MODELS)
    register_merger(name="care", merge=merge, split=split, models=MODELS)


def hand_over(customer_ids: Collection[str], old: int | None, new: int | None, at: datetime) -> None:
    """Plans and planned acts of the old owner, and those of nobody, go to the new one."""
    mine = Plan.objects.filter(customer_id__in=customer_ids, ended_at=None, owner=old)
    mine.update(owner=new)
    Act.objects.filter(customer_id__in=customer_ids, status__in=OPEN, owner=old).update(owner=new)


def forget(subject: Subject) -> dict[str, int]:
    """No plan and no word of the person stays; acts and packages stay nameless, for the figures."""
    numbers = list(subject.customer_ids)
    acts = Act.objects.filter(customer_id__in=numbers)
    ActEvent.objects.filter(act__in=acts).delete()
    acts.filter(status__in=OPEN).delete()
    kept = acts.update(customer_id=subject.pseudonym, words="", note="", message_id="")
    packages = Package.objects.filter(customer_id__in=numbers)
    gone = packages.count()
    packages.delete()  # what somebody needs tells who they are
    guests, _rows = Guest.objects.filter(customer_id__in=numbers).delete()
    PassedOver.objects.filter(customer_id__in=numbers).delete()
    plans = Plan.objects.filter(customer_id__in=numbers)
    ended = plans.count()
    plans.filter(ended_at=None).update(status=PlanStatus.ENDED, ended_at=clock.now())
    plans.delete()
    return {"acts of care": kept, "care plans": ended, "guests": guests, "packages": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Acts, packages and guests go over; where both have a plan, the merged record's ends."""
    memo: dict[str, Any] = {"ended": []}
    if Plan.objects.filter(customer_id=kept_id, ended_at=None).exists():
        going = Plan.objects.filter(customer_id=merged_id, ended_at=None)
        memo["ended"] = [[row.pk, row.status] for row in going]
        going.update(status=PlanStatus.ENDED, ended_at=at)
    known = Guest.objects.filter(customer_id=kept_id).values("activity_id")
    for name, rows in (
        ("plans", Plan.objects.filter(customer_id=merged_id)),
        ("acts", Act.objects.filter(customer_id=merged_id)),
        ("packages", Package.objects.filter(customer_id=merged_id)),
        ("guests", Guest.objects.filter(customer_id=merged_id).exclude(activity_id__in=known)),
    ):
        memo[name] = list(rows.order_by("pk").values_list("pk", flat=True))
    for model, name in ((Plan, "plans"), (Act, "acts"), (Package, "packages"), (Guest, "guests")):
        model._default_manager.filter(pk__in=memo[name]).update(customer_id=kept_id)
    return memo


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    for model, name in ((Plan, "plans"), (Act, "acts"), (Package, "packages"), (Guest, "guests")):
        rows = model._default_manager.filter(pk__in=memo[name], customer_id=kept_id)
        rows.update(customer_id=merged_id)
    for number, status in memo["ended"]:
        Plan.objects.filter(pk=number).update(status=status, ended_at=None)
