"""Turn members into messages and tasks, in parts; each part is one transaction under the lock of its play.

What a contact costs is bound when it is queued, so that no two parts spend the same money, and comes back
where it does not take place. Message and task carry a key of play and customer: who does a part a second time
finds them there.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from keepwell.foundation.rows import update_many
from keepwell.insight import queries as insight
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.coupons.services import with_text
from keepwell.outreach.mailings.contracts import PRIORITY
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.recipes import Worded, written
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.plays.experiments import sieve
from keepwell.plays.experiments.contracts import ArmKind, State, Status
from keepwell.plays.experiments.models import Arm, Member, Play
from keepwell.plays.experiments.services.starting import key

log = logging.getLogger("keepwell.plays")

PART = 500
LIMIT = 5_000
TASK_DAYS = 3
ACTOR = "play"
BY_HAND = (ArmKind.MESSAGE, ArmKind.TASK)
WRITTEN = ["state", "cause", "cost", "acted_at", "message_id", "task_id"]
# States in which a contact has a place of its treatment's capacity.
PLACED = tuple(one for one in State if one not in (State.PLANNED, State.WITHHELD, State.FAILED))


@dataclass(frozen=True)
class Dispatched:
    """What a round did, by member."""

    queued: int = 0
    withheld: int = 0
    failed: int = 0

    def __add__(self, other: Dispatched) -> Dispatched:
        return Dispatched(
            self.queued + other.queued, self.withheld + other.withheld, self.failed + other.failed
        )


def is_due(*, now: datetime) -> bool:
    """Whether members wait to be contacted."""
    return _waiting(_running(now)).exists()


def dispatch(*, now: datetime, limit: int = LIMIT) -> Dispatched:
    """Queue the contacts of members who wait, `limit` at most; idempotent, several workers may do it."""
    total, left = Dispatched(), limit
    for play_id in _running(now).order_by("pk").values_list("pk", flat=True):
        while left > 0:
            done = _part(play_id, now, min(PART, left))
            if done is None:
                break
            total += done
            left -= done.queued + done.withheld + done.failed
    return total


def _running(now: datetime) -> QuerySet[Play]:
    today = timezone.localdate(now)
    return Play.objects.filter(status=Status.RUNNING, starts_on__lte=today, ends_on__gte=today)


def _waiting(plays: QuerySet[Play]) -> QuerySet[Member]:
    return Member.objects.filter(play__in=plays, state=State.PLANNED, arm__kind__in=BY_HAND)


def _part(play_id: int, now: datetime, size: int) -> Dispatched | None:
    """The next members of a play; None where none waits, or they cannot go."""
    try:
        with transaction.atomic():
            found = _running(now).filter(pk=play_id)
            skip = connection.features.has_select_for_update_skip_locked
            row = found.select_for_update(of=("self",), skip_locked=skip).first()
            if row is None:
                return None
            members = list(_waiting(Play.objects.filter(pk=play_id)).order_by("pk")[:size])
            return _contact(row, members, now) if members else None
    except NotReadyError as error:
        # Marketing that nobody could end or answer for must not go; it waits until that is mended.
        log.warning("play %s cannot be sent: %s", play_id, error.code)
        return None


@dataclass
class Purse:
    """What is left of a play's money and places."""

    budget: Decimal | None
    spent: Decimal
    capacities: dict[str, int]
    used: dict[str, int] = field(default_factory=dict)

    def take(self, arm: Arm) -> str:
        """Bind what a contact of this arm takes; the cause where there is not enough."""
        if self.budget is not None and self.spent + arm.unit_cost > self.budget:
            return "budget"
        most, used = self.capacities.get(arm.treatment_code), self.used.get(arm.treatment_code, 0)
        if most is not None and used >= most:
            return "capacity"
        self.spent += arm.unit_cost
        self.used[arm.treatment_code] = used + 1
        return ""

    def give_back(self, arm: Arm) -> None:
        """Free what was bound."""
        self.spent -= arm.unit_cost
        self.used[arm.treatment_code] -= 1


def purse(row: Play, arms: Sequence[Arm]) -> Purse:
    """What is left now; asked under the lock of the play."""
    mine = Member.objects.filter(play=row)
    spent = mine.aggregate(total=Sum("cost"))["total"] or Decimal(0)
    places = mine.filter(state__in=PLACED).order_by().values_list("arm_id").annotate(Count("pk"))
    code = {arm.pk: arm.treatment_code for arm in arms}
    found = Purse(row.budget, spent, dict(sieve.limits(row, arms).capacities))
    for arm_id, number in places:
        found.used[code[arm_id]] = found.used.get(code[arm_id], 0) + number
    return found


def _contact(row: Play, members: Sequence[Member], now: datetime) -> Dispatched:
    arms = {one.pk: one for one in row.arms.all()}
    left = purse(row, list(arms.values()))
    aside = policy.held_out([one.customer_id for one in members])
    going: dict[int, list[Member]] = {}
    for one in members:
        cause = "held_out" if one.customer_id in aside else left.take(arms[one.arm_id])
        if cause:
            _end(one, State.WITHHELD, cause, now)
            continue
        one.state, one.cost, one.acted_at = State.QUEUED.value, arms[one.arm_id].unit_cost, now
        going.setdefault(one.arm_id, []).append(one)
    for arm_id, group in going.items():
        act = _write if arms[arm_id].kind == ArmKind.MESSAGE else _assign
        act(row, arms[arm_id], group, now)
    update_many(members, WRITTEN)
    states = [one.state for one in members]
    return Dispatched(states.count("queued"), states.count("withheld"), states.count("failed"))


def _end(member: Member, state: State, cause: str, now: datetime) -> None:
    member.state, member.cause, member.cost, member.acted_at = state.value, cause[:40], Decimal(0), now


def _write(row: Play, arm: Arm, members: Sequence[Member], now: datetime) -> None:
    """The messages of an arm; who cannot be written to has failed, with the cause."""
    version, template = content.version(arm.text_code, arm.text_version or 0), content.get(arm.text_code)
    numbers = [one.customer_id for one in members]
    texts = version.texts if version else ()
    giver = with_text(
        arm.text_code,
        keys={one: key(row.pk, one) for one in numbers},
        origin=f"play:{row.pk}",
        actor=row.started_by or ACTOR,
        now=now,
    )
    said = written(texts, numbers, brand_version=arm.brand_version or 0, now=now, giver=giver)
    due = _due(numbers, arm.hour, now)
    usual = Draft(
        key="", customer_id="", channel=arm.channel, purpose=template.purpose if template else "marketing",
        content=arm.text_code, priority=PRIORITY, origin=f"play:{row.pk}", play=row.code, arm=arm.key,
    )  # fmt: skip
    drafts = []
    for one in members:
        words = said[one.customer_id]
        if not isinstance(words, Worded):
            _end(one, State.FAILED, words.code, now)
            continue
        name = key(row.pk, one.customer_id)
        drafts.append(
            replace(
                usual,
                key=name,
                customer_id=one.customer_id,
                recipe=words.recipe,
                language=words.language,
                propensity=one.propensity,
                due_at=due[one.customer_id],
                not_after=sieve.last_instant(row),
            )
        )
        one.message_id = queueing.message_id(name)
    queueing.queue(drafts=drafts, actor=row.started_by or ACTOR, now=now)


def _due(numbers: Sequence[str], hour: int | None, now: datetime) -> dict[str, datetime]:
    """When each message goes: at once, or the next time that the customer's clock shows the hour."""
    if hour is None:
        return dict.fromkeys(numbers, now)
    found = {}
    for one, local in policy.clocks_of(numbers, now=now).items():
        wished = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        if local.hour == hour:
            wished = local
        elif local.hour > hour:
            wished += timedelta(days=1)  # of the wall clock
        found[one] = wished.astimezone(UTC)
    return found


def _assign(row: Play, arm: Arm, members: Sequence[Member], now: datetime) -> None:
    """The tasks of an arm: of who looks after the customer, else of the queue."""
    workers = users.workers()
    scores = insight.scores_of([one.customer_id for one in members])
    title = f"{arm.name}: {arm.offer}" if arm.offer else arm.name
    for one in members:
        score = scores.get(one.customer_id)
        try:
            made = tasks.create(
                kind=arm.task_kind,
                actor=row.started_by or ACTOR,
                now=now,
                customer_id=one.customer_id,
                channel=arm.channel,
                title=title[: tasks.TITLE_MAX],
                reasons=score.reasons if score else (),
                treatment=arm.treatment_code,
                at_stake=score.expected_loss if score else None,
                currency=row.currency,
                due_at=now + timedelta(days=TASK_DAYS),
                assignee_id=one.owner_id if one.owner_id in workers else None,
                idempotency_key=key(row.pk, one.customer_id),
                play=row.code,
                arm=arm.key,
                propensity=one.propensity,
                script=arm.script_code,
                tell=False,
            )
        except TaskError:
            _end(one, State.FAILED, "no_task", now)
        else:
            one.task_id = made.task_id
