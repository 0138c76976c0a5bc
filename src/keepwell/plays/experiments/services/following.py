"""What became of members' messages and tasks; money comes back where a contact did not take place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.rows import update_many
from keepwell.history import services as history
from keepwell.outreach import core as outreach
from keepwell.outreach.contracts import Outcome, TaskError, TaskView
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.contracts import Status as MessageStatus
from keepwell.plays.experiments.contracts import LIVE, OVER, REACHED, State
from keepwell.plays.experiments.models import Member, Play
from keepwell.plays.experiments.services.dispatching import WRITTEN, purse
from keepwell.plays.experiments.ways import way_of

PART = 2_000
SOURCE = "keepwell"
FOLLOWED_DAYS = 30  # after the end
OPEN = (State.QUEUED, State.SENT, State.DELIVERED, State.OPENED, State.CLICKED)
RANK = {state: place for place, state in enumerate((State.PLANNED, State.QUEUED, *REACHED))}
# How far a message came, as a state; who ends messages or complains has looked at it.
STATE = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "opened": State.OPENED,
    "clicked": State.CLICKED,
    "answered": State.ANSWERED,
    "unsubscribed": State.OPENED,
    "complained": State.OPENED,
}
DID = {Outcome.SENT: State.SENT, Outcome.DONE: State.SENT}


def follow(*, now: datetime) -> int:
    """Read what became of the messages of plays that go on, or ended not long ago; how many moved."""
    recent = Play.objects.filter(status__in=LIVE) | Play.objects.filter(
        ended_at__gt=now - timedelta(days=FOLLOWED_DAYS)
    )
    return sum(follow_play(play_id=one, now=now) for one in recent.values_list("pk", flat=True))


def follow_play(*, play_id: int, now: datetime) -> int:
    """The same of one play."""
    waiting = Member.objects.filter(play=play_id, state__in=OPEN).exclude(message_id="").order_by("pk")
    moved, last = 0, 0
    while rows := list(waiting.filter(pk__gt=last)[:PART]):
        last = rows[-1].pk
        told = messages.standings([one.message_id for one in rows])
        wanted = {one.pk for one in rows if (it := told.get(one.message_id)) and _heard(one, *it, now)}
        if not wanted:
            continue
        with transaction.atomic():
            Play.objects.select_for_update(of=("self",)).get(pk=play_id)
            fresh = list(
                Member.objects.select_related("play", "arm")
                .filter(pk__in=wanted, state__in=OPEN)
                .order_by("pk")
            )
            was = {one.pk: State(one.state) for one in fresh}
            changed = [one for one in fresh if _heard(one, *told[one.message_id], now)]
            update_many(changed, WRITTEN)
            tell_costs(changed, was, now)
        moved += len(changed)
    return moved


def _heard(member: Member, status: MessageStatus, reason: str, standing: str, now: datetime) -> bool:
    """Carry over what is told of a member's message; whether anything is new."""
    if status in (MessageStatus.WITHHELD, MessageStatus.TAKEN_BACK):
        cause = "taken_back" if status is MessageStatus.TAKEN_BACK else reason
        return _move(member, State.WITHHELD, cause, now, cost=Decimal(0))
    if status is MessageStatus.FAILED:
        return _move(member, State.FAILED, reason, now, cost=Decimal(0))
    if standing == "bounced":
        return _move(member, State.FAILED, "bounced", now)
    state = STATE.get(standing)
    if state is None:
        return False
    cause = standing if standing in ("unsubscribed", "complained") else ""
    if RANK[state] <= RANK[State(member.state)]:
        state = State(member.state)
    return _move(member, state, cause or member.cause, now)


def _move(member: Member, state: State, cause: str, now: datetime, cost: Decimal | None = None) -> bool:
    if (member.state, member.cause) == (state.value, cause[:40]):
        return False
    member.state, member.cause, member.acted_at = state.value, cause[:40], now
    if cost is not None:
        member.cost = cost
    return True


def tell_costs(members: Sequence[Member], was: dict[int, State], now: datetime) -> None:
    """Say to the history what contacts cost that took place; again with 0 where they did not after all."""
    facts = []
    for one in members:
        before, after = was[one.pk] in REACHED, one.state in REACHED
        if before == after or not way_of(one).unit_cost or not one.play.currency:
            continue
        fact = {
            "cost_id": f"play-{one.play_id}-{one.pk}",
            "customer_id": one.customer_id,
            "at": now,
            "kind": "retention",
            "amount": way_of(one).unit_cost if after else Decimal(0),
            "currency": one.play.currency,
        }
        facts.append(("costs", fact))
    history.record_many(facts=facts, source=SOURCE)


def on_task_step(task: TaskView, *, action: str, follow_up_id: int | None, actor: str, now: datetime) -> None:
    """What a task's step means for its member; raises TaskError where there is no money left to reopen it."""
    if not task.play:
        return
    found = Member.objects.filter(task_id=task.task_id).first()
    if found is None and action in ("undo", "reopen"):
        # What went on in a follow-up comes back to the task that it followed.
        found = Member.objects.filter(play__code=task.play, customer_id=task.customer_id).first()
    if found is None:
        return
    row = Play.objects.select_for_update(of=("self",)).get(pk=found.play_id)
    member = Member.objects.select_related("play", "arm").get(pk=found.pk)
    was = {member.pk: State(member.state)}
    if action == "complete":
        _completed(member, task, follow_up_id, now)
    elif action == "cancel":
        _move(member, State.WITHHELD, "cancelled", now, cost=Decimal(0))
    elif action in ("undo", "reopen") and task.status in outreach.ACTIVE:
        _again(row, member, task, now)
    else:
        return
    member.save(update_fields=WRITTEN)
    tell_costs([member], was, now)


def _completed(member: Member, task: TaskView, follow_up_id: int | None, now: datetime) -> None:
    outcome = Outcome(task.outcome)
    if outcome in outreach.TALKED:
        _move(member, State.ANSWERED, "", now, cost=member.arm.unit_cost)
    elif outcome in DID:
        _move(member, DID[outcome], "", now, cost=member.arm.unit_cost)
    elif outcome is Outcome.NOT_NEEDED:
        _move(member, State.WITHHELD, outcome, now, cost=Decimal(0))
    elif follow_up_id is not None:
        member.task_id = follow_up_id
    else:
        _move(member, State.FAILED, outcome, now, cost=Decimal(0))


def _again(row: Play, member: Member, task: TaskView, now: datetime) -> None:
    """A step was taken back: the contact is on its way again, if there is money for it."""
    if row.status in OVER:
        raise TaskError(_("The play that this task was part of is over."))
    if not member.cost and member.arm.unit_cost and purse(row, list(row.arms.all())).take(way_of(member)):
        raise TaskError(_("There is no budget left in the play that this task is part of."))
    member.task_id = task.task_id
    _move(member, State.QUEUED, "", now, cost=member.arm.unit_cost)
