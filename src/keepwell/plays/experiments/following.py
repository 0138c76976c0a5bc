"""What happens to members when tasks go on and customers are merged or erased."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.services import stepping
from keepwell.plays.experiments.contracts import REACHED, State
from keepwell.plays.experiments.models import Candidate, Member, PassedOver
from keepwell.plays.experiments.services.following import on_task_step

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

# A contact that is on its way or took place.
BEGUN = (State.QUEUED, *REACHED)
MODELS = ("experiments.Member", "experiments.Candidate", "experiments.PassedOver")


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    stepping.on_task_step(on_task_step)
    register_eraser("experiments", forget, models=MODELS)
    register_merger(name="experiments", merge=merge, split=split, models=MODELS)


def forget(subject: Subject) -> dict[str, int]:
    """Members stay nameless, for the figures; the lists of those not dealt out lose the person."""
    gone = list(subject.customer_ids)
    Candidate.objects.filter(customer_id__in=gone).delete()
    PassedOver.objects.filter(customer_id__in=gone).delete()
    kept = 0
    for play_id in set(Member.objects.filter(customer_id__in=gone).values_list("play_id", flat=True)):
        mine = Member.objects.filter(play=play_id, customer_id__in=gone).order_by("pk")
        for place, key in enumerate(list(mine.values_list("pk", flat=True))):
            # Two numbers of one person may be in one play, where a number is there once.
            number = f"{subject.pseudonym}-{place}" if place else subject.pseudonym
            kept += Member.objects.filter(pk=key).update(
                customer_id=number, owner_id=None, message_id="", task_id=None
            )
            Member.objects.filter(pk=key, state="planned").update(state="withheld", cause="erased")
    return {"members of plays": kept}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Members go over, but where both records are in a play: each was dealt its own arm."""
    there = list(Member.objects.filter(customer_id=kept_id).values_list("play_id", flat=True))
    mine = Member.objects.filter(customer_id=merged_id).exclude(play_id__in=there)
    # Nobody is contacted twice, whichever of the two was contacted already.
    begun = Member.objects.filter(customer_id=merged_id, state__in=BEGUN).values_list("play_id", flat=True)
    twice = Member.objects.filter(
        Q(customer_id=merged_id, play_id__in=there)
        | Q(customer_id=kept_id, play_id__in=list(begun), arm__is_control=False),
        state="planned",
    )
    ended = list(twice.values_list("pk", flat=True))
    twice.update(state="withheld", cause="merged", acted_at=at)
    numbers = list(mine.values_list("pk", flat=True))
    Member.objects.filter(pk__in=numbers).update(customer_id=kept_id)
    # Who is still to be dealt out is asked for by the surviving number only.
    Candidate.objects.filter(customer_id=merged_id).delete()
    return {"members": numbers, "ended": ended}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Member.objects.filter(pk__in=memo["members"], customer_id=kept_id).update(customer_id=merged_id)
    Member.objects.filter(pk__in=memo["ended"], cause="merged").update(
        state="planned", cause="", acted_at=None
    )
