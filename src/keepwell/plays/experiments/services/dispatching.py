"""Turn members into messages and tasks, in parts; each part is one transaction under the lock of its play.

What a contact costs is bound when it is queued, so that no two parts spend the same money, and comes back
where it does not take place. Message and task carry a key of play and customer: who does a part a second time
finds them there.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from keepwell.foundation.rows import update_many
from keepwell.insight import queries as insight
from keepwell.outreach import managers, suiting, timing, users
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.coupons import queries as coupons
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
from keepwell.plays.experiments.core import Limits
from keepwell.plays.experiments.models import Arm, Member, Play
from keepwell.plays.experiments.services.starting import key
from keepwell.plays.experiments.ways import ArmWay, way_by, ways_of

log = logging.getLogger("keepwell.plays")

PART = 500
LIMIT = 5_000
TASK_DAYS = 3
ACTOR = "play"
BY_HAND = (ArmKind.MESSAGE, ArmKind.TASK)
WRITTEN = ["state", "cause", "cost", "acted_at", "message_id", "task_id", "channel"]
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
    """What is left of a play's money and places; `waiting` members by arm are still to be contacted."""

    budget: Decimal | None
    spent: Decimal
    limits: Limits
    used: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)

    def take(self, way: ArmWay) -> str:
        """Bind what a contact by this way takes; the cause where there is not enough."""
        if self.budget is not None and self.spent + way.unit_cost > self.budget:
            return "budget"
        most = self.limits.capacities.get(way.treatment_code)
        if most is not None and self.used[way.treatment_code] >= most:
            return "capacity"
        self.spent += way.unit_cost
        self.used[way.treatment_code] += 1
        return ""

    def take_one(self, arm: str, ways: Sequence[ArmWay]) -> tuple[ArmWay, str]:
        """Bind a contact by the first of these for which there is enough; the first and its cause else.

        A place that others need, who have no other channel, is left to them.
        """
        self.waiting[arm] -= 1
        causes = []
        for way in ways:
            if len(ways) > 1 and self._is_needed(way.treatment_code):
                causes.append("capacity")
            elif not (cause := self.take(way)):
                return way, ""
            else:
                causes.append(cause)
        # Nobody is helped by a place that nobody takes.
        for way, cause in zip(ways, causes, strict=True):
            if cause == "capacity" and not self.take(way):
                return way, ""
        return ways[0], causes[0]

    def _is_needed(self, code: str) -> bool:
        """Whether those who wait would have too few places without this one."""
        left = {one: most - self.used[one] - (one == code) for one, most in self.limits.capacities.items()}
        spare = replace(self.limits, budget=None, capacities=left)
        return not spare.hold(dict(self.waiting))


def purse(row: Play, arms: Sequence[Arm]) -> Purse:
    """What is left now; asked under the lock of the play."""
    mine = Member.objects.filter(play=row)
    spent = mine.aggregate(total=Sum("cost"))["total"] or Decimal(0)
    places = mine.filter(state__in=PLACED).order_by().values_list("arm_id", "channel").annotate(Count("pk"))
    known = {arm.pk: arm for arm in arms}
    waits = mine.filter(state=State.PLANNED).order_by().values_list("arm_id").annotate(Count("pk"))
    found = Purse(row.budget, spent, sieve.limits(row, arms))
    for arm_id, channel, number in places:
        found.used[way_by(known[arm_id], channel).treatment_code] += number
    found.waiting.update({known[arm_id].key: number for arm_id, number in waits})
    return found


def _contact(row: Play, members: Sequence[Member], now: datetime) -> Dispatched:
    arms = {one.pk: one for one in row.arms.all()}
    left = purse(row, list(arms.values()))
    aside = policy.held_out([one.customer_id for one in members])
    ranked = _ranked(arms, [one for one in members if one.customer_id not in aside], now)
    going: dict[tuple[int, str], list[Member]] = {}
    for one in members:
        arm = arms[one.arm_id]
        if one.customer_id in aside:
            left.waiting[arm.key] -= 1
            _end(one, State.WITHHELD, "held_out", now)
            continue
        way, cause = left.take_one(arm.key, ranked.get(one.pk) or ways_of(arm)[:1])
        one.channel = way.channel if arm.others else ""
        if cause:
            _end(one, State.WITHHELD, cause, now)
            continue
        one.state, one.cost, one.acted_at = State.QUEUED.value, way.unit_cost, now
        going.setdefault((one.arm_id, way.channel), []).append(one)
    for (arm_id, channel), group in going.items():
        arm = arms[arm_id]
        if arm.kind == ArmKind.MESSAGE:
            _write(row, arm, way_by(arm, channel), group, now)
        else:
            _assign(row, arm, group, now)
    update_many(members, WRITTEN)
    states = [one.state for one in members]
    return Dispatched(states.count("queued"), states.count("withheld"), states.count("failed"))


def _ranked(
    arms: Mapping[int, Arm], members: Sequence[Member], now: datetime
) -> dict[int, tuple[ArmWay, ...]]:
    """The ways of members whose arm has several, the one that suits best first."""
    found: dict[int, tuple[ArmWay, ...]] = {}
    for arm in arms.values():
        mine = [one for one in members if one.arm_id == arm.pk]
        if not arm.others or not mine:
            continue
        ways = {way.channel: way for way in ways_of(arm)}
        contents = {channel: way.text_code for channel, way in ways.items()}
        numbers = [one.customer_id for one in mine]
        fits = suiting.fits(contents, numbers, purpose=_purpose(arm.text_code), now=now)
        for one in mine:
            fit = fits[one.customer_id]
            found[one.pk] = tuple(ways[channel] for channel in fit.reached or (fit.best,))
    return found


def _purpose(text_code: str) -> str:
    template = content.get(text_code)
    return template.purpose if template else "marketing"


def _end(member: Member, state: State, cause: str, now: datetime) -> None:
    member.state, member.cause, member.cost, member.acted_at = state.value, cause[:40], Decimal(0), now


def _write(row: Play, arm: Arm, way: ArmWay, members: Sequence[Member], now: datetime) -> None:
    """The messages of an arm by one way; who cannot be written to has failed, with the cause."""
    version = content.version(way.text_code, way.text_version or 0)
    numbers = [one.customer_id for one in members]
    texts = version.texts if version else ()
    giver = with_text(
        way.text_code,
        keys={one: key(row.pk, one) for one in numbers},
        origin=f"play:{row.pk}",
        actor=row.started_by or ACTOR,
        now=now,
    )
    said = written(texts, numbers, brand_version=arm.brand_version or 0, now=now, giver=giver)
    purpose = _purpose(way.text_code)
    due = _due(row, arm, purpose, numbers, now)
    usual = Draft(
        key="", customer_id="", channel=way.channel, purpose=purpose,
        content=way.text_code, priority=PRIORITY, origin=f"play:{row.pk}", play=row.code, arm=arm.key,
    )  # fmt: skip
    named = managers.senders(numbers, channel=way.channel, now=now) if arm.from_manager else {}
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
                sender=named.get(one.customer_id),
            )
        )
        one.message_id = queueing.message_id(name)
    queueing.queue(drafts=drafts, actor=row.started_by or ACTOR, now=now)


def _due(row: Play, arm: Arm, purpose: str, numbers: Sequence[str], now: datetime) -> dict[str, datetime]:
    """When each message goes: at once, when the customer's clock shows the hour next, or at their best."""
    if arm.best_hour:
        names = {one: queueing.message_id(key(row.pk, one)) for one in numbers}
        last, ends = sieve.last_instant(row), coupons.ends(names.values())
        until = {one: min(last, ends.get(name, last)) for one, name in names.items()}
        timed = timing.best_times(numbers, purpose=purpose, start=now, until=until, now=now)
        return {one: found.at for one, found in timed.items()}
    hour = arm.hour
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
