"""Hold a play, let it go on, stop it, end it when its time is over, roll out what it has proved."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.outreach.services.stepping import BULK_MAX
from keepwell.plays.experiments import results
from keepwell.plays.experiments.contracts import (
    CONTROL_SHARE_MIN,
    OVER,
    ArmValues,
    PlayError,
    PlayValues,
    PlayView,
    State,
    Status,
)
from keepwell.plays.experiments.models import Candidate, Member, Play
from keepwell.plays.experiments.services.drafting import (
    draft,
    locked,
    log,
    viewed,
    way_values,
)
from keepwell.plays.experiments.services.following import follow_play

ROLL_OUT_DAYS = 90
REASON_MAX = 300


def pause(*, play_id: int, actor: str, now: datetime) -> PlayView:
    """Nothing of it goes until it is resumed; tasks that are there can be done, messages under way arrive."""
    with transaction.atomic():
        row = locked(play_id, "pause")
        row.save(update_fields=["status"])
        queueing.hold(origin=f"play:{row.pk}", held=True)
        log("play.pause", row, {}, actor, now)
    return viewed(play_id)


def resume(*, play_id: int, actor: str, now: datetime) -> PlayView:
    """Let it go on."""
    with transaction.atomic():
        row = locked(play_id, "resume")
        row.save(update_fields=["status"])
        queueing.hold(origin=f"play:{row.pk}", held=False)
        log("play.resume", row, {}, actor, now)
    return viewed(play_id)


def stop(*, play_id: int, actor: str, now: datetime, reason: str) -> PlayView:
    """Stop it for good: what waits is taken back, open tasks are cancelled; needs a reason (PlayError)."""
    if not reason.strip():
        raise PlayError({"reason": "no_reason"})
    return _over(play_id, "stop", actor, now, reason)


def end(*, play_id: int, actor: str, now: datetime, reason: str = "") -> PlayView:
    """End it: nobody else is contacted; outcomes count until their days are over."""
    return _over(play_id, "end", actor, now, reason)


def end_due(*, now: datetime) -> int:
    """End the plays whose last day is over; how many."""
    late = Play.objects.filter(
        status__in=(Status.RUNNING, Status.PAUSED), ends_on__lt=timezone.localdate(now)
    )
    done = 0
    for play_id in list(late.values_list("pk", flat=True)):
        end(play_id=play_id, actor="system", now=now)
        done += 1
    return done


def _over(play_id: int, step: str, actor: str, now: datetime, reason: str) -> PlayView:
    follow_play(play_id=play_id, now=now)
    with transaction.atomic():
        row = locked(play_id, step)
        row.ended_at, row.end_reason = now, reason.strip()[:REASON_MAX]
        row.save(update_fields=["status", "ended_at", "end_reason"])
        Candidate.objects.filter(play=row).delete()
        left = Member.objects.filter(play=row, state=State.PLANNED, arm__is_control=False)
        never = left.exclude(arm__kind="nothing").update(state=State.WITHHELD, cause=row.status, acted_at=now)
        taken = queueing.take_back_all(origin=f"play:{row.pk}", actor=actor, now=now)
        cancelled = _cancel_tasks(row, actor, now)
        about = {
            "reason": row.end_reason,
            "not_contacted": never,
            "taken_back": taken,
            "cancelled": cancelled,
        }
        log(f"play.{step}", row, about, actor, now)
    follow_play(play_id=play_id, now=now)
    return viewed(play_id)


def _cancel_tasks(row: Play, actor: str, now: datetime) -> int:
    waiting = Member.objects.filter(play=row, state=State.QUEUED, task_id__isnull=False).order_by("pk")
    numbers = [one for one in waiting.values_list("task_id", flat=True) if one is not None]
    for begin in range(0, len(numbers), BULK_MAX):
        tasks.cancel(task_ids=numbers[begin : begin + BULK_MAX], actor=actor, now=now)
    return len(numbers)


def roll_out(*, play_id: int, arm: str, actor: str, now: datetime, reason: str) -> PlayView:
    """Take over what a play has proved: a new draft for the same people with this arm alone.

    It keeps the smallest control, so that one goes on seeing whether it holds, and is approved and started
    like any other. Raises PlayError where the play is not over, there is no evidence, it was done already, or
    without a reason; the problems name what is lacking.
    """
    if not reason.strip():
        raise PlayError({"reason": "no_reason"})
    if viewed(play_id).status not in OVER:
        raise PlayError({"": "not_over"})
    found = results.evidence(play_id, arm)
    if not found.allowed:
        raise PlayError({f"evidence.{one}": str(one) for one in found.refusals} or {"": "no_evidence"})
    with transaction.atomic():
        row = Play.objects.select_for_update(of=("self",)).get(pk=play_id)
        if row.status not in OVER:
            raise PlayError({"": "not_over"})
        if row.rolled_out_arm:
            raise PlayError({"": "rolled_out"})
        made = draft(values=_rolled(viewed(play_id), arm, now), actor=actor, now=now)
        row.rolled_out_arm, row.rolled_out_at = arm, now
        row.save(update_fields=["rolled_out_arm", "rolled_out_at"])
        about = {"arm": arm, "reason": reason.strip()[:REASON_MAX], "new_play": made.code}
        log("play.roll_out", row, about, actor, now)
    return made


def _rolled(old: PlayView, arm: str, now: datetime) -> PlayValues:
    one = old.arm(arm)
    treated = ArmValues(
        name=one.name, kind=one.kind, treatment_code=one.treatment_code, text_code=one.text_code,
        channel=one.channel, task_kind=one.task_kind, script_code=one.script_code, offer=one.offer,
        hour=one.hour, unit_cost=one.unit_cost, others=way_values(one), best_hour=one.best_hour,
        from_manager=one.from_manager,
    )  # fmt: skip
    today = timezone.localdate(now)
    return PlayValues(
        name=old.name, code=f"{old.code}-all", hypothesis=old.hypothesis, starts_on=today,
        ends_on=today + timedelta(days=ROLL_OUT_DAYS), arms=(treated,), segment_id=old.segment_id,
        plan_id=old.plan_id, plan_treatment=old.plan_treatment, owner_id=old.owner_id,
        outcome_days=old.outcome_days, control_share=CONTROL_SHARE_MIN, primary=old.primary,
        smallest_effect=old.smallest_effect,
    )  # fmt: skip
