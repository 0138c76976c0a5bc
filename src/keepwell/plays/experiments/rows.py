"""Rows as values."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from keepwell.plays.experiments import core
from keepwell.plays.experiments.contracts import (
    ArmKind,
    ArmView,
    MemberView,
    PlayView,
    Primary,
    State,
    Status,
)
from keepwell.plays.experiments.models import Arm, Member, Play
from keepwell.plays.experiments.ways import others_of

# Fields of a view that are the row's own.
SAME = (
    "code", "name", "hypothesis", "segment_id", "plan_id", "plan_treatment", "owner_id", "budget", "currency",
    "starts_on", "ends_on", "outcome_days", "past_days", "control_share", "no_control_reason",
    "smallest_effect", "planned_units", "salt", "version", "created_at", "created_by", "changed_by",
    "submitted_at", "submitted_by", "decided_at", "approved_by", "refusal", "started_at", "ended_at",
    "end_reason", "cycle_id", "rolled_out_arm", "rolled_out_at",
)  # fmt: skip
ARM_SAME = (
    "key", "name", "is_control", "weight", "treatment_code", "text_code", "text_version", "channel",
    "task_kind", "script_code", "offer", "hour", "unit_cost", "best_hour", "from_manager",
)  # fmt: skip


def whole() -> QuerySet[Play]:
    """Plays with their arms."""
    return Play.objects.prefetch_related(Prefetch("arms", Arm.objects.order_by("position")))


def view(row: Play) -> PlayView:
    """A play."""
    own = {name: getattr(row, name) for name in SAME}
    arms = list(row.arms.all())
    share = core.shares(row.control_share, {one.key: one.weight for one in arms if not one.is_control})
    return PlayView(
        play_id=row.pk,
        status=Status(row.status),
        primary=Primary(row.primary),
        arms=tuple(_arm(one, share[one.key]) for one in arms),
        **own,
    )


def _arm(row: Arm, share: float) -> ArmView:
    own = {name: getattr(row, name) for name in ARM_SAME}
    return ArmView(kind=ArmKind(row.kind), share=share, others=others_of(row), **own)


def member(row: Member, key: str) -> MemberView:
    """Somebody in a play, in the arm of this key."""
    return MemberView(
        customer_id=row.customer_id,
        arm=key,
        propensity=row.propensity,
        assigned_at=row.assigned_at,
        tier=row.tier,
        reason=row.reason,
        risk_level=row.risk_level,
        grade=row.grade,
        owner_id=row.owner_id,
        clv=row.clv,
        cost=row.cost,
        state=State(row.state),
        cause=row.cause,
        acted_at=row.acted_at,
        message_id=row.message_id,
        task_id=row.task_id,
    )
