"""What happens to care when tasks go on, and customers change hands, are merged or erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from keepwell.customers import services as customers
from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.services import stepping
from keepwell.plays.care.contracts import OPEN, ActStatus
from keepwell.plays.care.models import Act, ActEvent, Guest, Package, PassedOver, Plan
from keepwell.plays.care.queries import activities
from keepwell.plays.care.services import acting, doubling, planning
from keepwell.plays.winback.contracts import Answers, Survey
from keepwell.plays.winback.services import surveying

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

ACTOR = "keepwell"
MOVED: dict[str, type[models.Model]] = {
    "plans": Plan, "acts": Act, "packages": Package, "guests": Guest, "passed_over": PassedOver,
}  # fmt: skip
MODELS = tuple(model._meta.label for model in MOVED.values())


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    stepping.on_task_step(acting.on_task_step)
    customers.on_owner_change(hand_over)
    surveying.on_answer(heard)
    register_eraser("care", forget, models=MODELS)
    register_merger(name="care", merge=merge, split=split, models=MODELS)


def heard(message_id: str, survey: Survey, given: Answers, at: datetime) -> None:
    """What a guest answered of an activity, or somebody of our care, stands with the guest or the act."""
    if survey is Survey.EVENT:
        for found in Guest.objects.select_for_update().filter(survey_id=message_id):
            guest = activities.standing(found)
            guest.score, guest.feedback = given.satisfaction, given.said
            guest.save(update_fields=["score", "feedback"])
    elif survey is Survey.CARE:
        Act.objects.filter(message_id=message_id).update(score=given.satisfaction)


def hand_over(customer_ids: Collection[str], old: int | None, new: int | None, at: datetime) -> None:
    """Plans and open acts of the old owner go to the new one."""
    mine = Plan.objects.filter(customer_id__in=customer_ids, ended_at=None, owner=old)
    mine.update(owner=new)
    Act.objects.filter(customer_id__in=customer_ids, status__in=OPEN, owner=old).update(owner=new)


def forget(subject: Subject) -> dict[str, int]:
    """No plan and no word of the person stays; what was done stays nameless, for the figures."""
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
    plans.delete()
    return {"acts of care": kept, "care plans": ended, "guests": guests, "packages": gone}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Acts, packages and guests go over; where both have a plan, the merged record's ends.

    What that still had to do is called off, so that nobody is congratulated twice. Where both are guests of
    an activity, one stands for both.
    """
    memo: dict[str, Any] = {"ended": [], "left_out": [], "doubles": doubling.join(kept_id, merged_id, at)}
    if Plan.objects.filter(customer_id=kept_id, ended_at=None).exists():
        for row in Plan.objects.select_for_update(of=("self",)).filter(customer_id=merged_id, ended_at=None):
            memo["ended"].append([row.pk, row.status])
            memo["left_out"] += planning.wind_up(row, actor=ACTOR, now=at)
    known = Guest.objects.filter(customer_id=kept_id).values("activity_id")
    is_passed = PassedOver.objects.filter(customer_id=kept_id).exists()
    for name, model in MOVED.items():
        rows = model._default_manager.filter(customer_id=merged_id)
        if model is Guest:
            rows = rows.exclude(activity_id__in=known)
        elif model is PassedOver and is_passed:
            rows = rows.none()
        memo[name] = list(rows.order_by("pk").values_list("pk", flat=True))
        model._default_manager.filter(pk__in=memo[name]).update(customer_id=kept_id)
    return memo


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    doubling.part(memo.get("doubles", []), kept_id, at)
    for name, model in MOVED.items():
        # A merge of before may not know of all of them.
        rows = model._default_manager.filter(pk__in=memo.get(name, []), customer_id=kept_id)
        rows.update(customer_id=merged_id)
    for number, status in memo["ended"]:
        Plan.objects.filter(pk=number).update(status=status, ended_at=None)
    # Of what was called off, what had not begun is there again; what had begun has to be planned anew.
    left_out = Act.objects.filter(pk__in=memo.get("left_out", []), status=ActStatus.SKIPPED, outcome="ended")
    left_out.update(status=ActStatus.PLANNED, outcome="", finished_at=None)
