"""The world in which travellers really move: what holds is read, what is done is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.insight.segments import queries as segments
from keepwell.outreach import managers, suiting, timing, users
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.coupons.services import with_text
from keepwell.outreach.groups import services as groups
from keepwell.outreach.journeys import asking, facts
from keepwell.outreach.journeys.contracts import ACTOR
from keepwell.outreach.journeys.core.facts import Happening
from keepwell.outreach.journeys.core.graph import (
    BEST,
    Became,
    Condition,
    Ending,
    Happened,
    Holds,
    Message,
    Movement,
    Notice,
    Request,
    Split,
    Start,
    Tag,
    Task,
    WaitFor,
)
from keepwell.outreach.journeys.core.walking import Walker
from keepwell.outreach.journeys.naming import action_key, origin, salt
from keepwell.outreach.journeys.services.aside import ASIDE, kept_aside, passed_over
from keepwell.outreach.journeys.services.asked import SEEN_TO, is_seen_to, reply_minutes
from keepwell.outreach.journeys.services.errands import owners, tell_groups, title
from keepwell.outreach.journeys.services.giving import ends
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import zones
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending import recipes
from keepwell.outreach.sending.contracts import Draft, Sender
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.services import tasks
from keepwell.outreach.tailoring import services as tailoring
from keepwell.outreach.tailoring import wording as tailored
from keepwell.outreach.tailoring.contracts import Choice, Led, Stage, Why
from keepwell.outreach.tailoring.wording import Tailored
from keepwell.science.experiment import Split as Shares
from keepwell.science.experiment import assign

QUEUED, WITHHELD, FAILED, DONE, ASKED = "queued", "withheld", "failed", "done", "asked"
NAMED_MAX = 5  # customers that a line to a group names


def draw(journey_id: int, code: str, split: Split, walkers: Sequence[Walker]) -> dict[int, tuple[int, float]]:
    """Arm and probability of each, by the lot of the journey's split."""
    shares = Shares.of({arm.code: arm.share for arm in split.arms})
    found = assign([walker.customer_id for walker in walkers], shares, salt=salt(journey_id, code))
    pairs = zip(found.arm.tolist(), found.probability.tolist(), strict=True)
    return {walker.traveller_id: pair for walker, pair in zip(walkers, pairs, strict=True)}


class Living:
    """The present, for travellers of one version; messages are queued in the caller's transaction."""

    def __init__(
        self,
        journey_id: int,
        version_id: int,
        *,
        now: datetime,
        codes: facts.Codes,
        start: Start | None = None,
    ) -> None:
        self._journey_id, self._version_id, self._now, self._codes = journey_id, version_id, now, codes
        self._start = start

    def holding(self, condition: Condition | Ending, walkers: Sequence[Walker]) -> set[int]:
        """See `walking.World`."""
        if isinstance(condition, Holds):
            numbers = {walker.customer_id for walker in walkers}
            true = segments.holding(json.loads(condition.definition), numbers)
            return {walker.traveller_id for walker in walkers if walker.customer_id in true}
        if isinstance(condition, Became):
            return self._became(condition, walkers)
        fact = condition.fact if isinstance(condition, Happened) else condition
        since = {walker.customer_id: walker.entered_at for walker in walkers}
        return self._since(fact, since, walkers)

    def heard(self, step: WaitFor, walkers: Sequence[Walker]) -> set[int]:
        """See `walking.World`."""
        return self._since(step.fact, {walker.customer_id: walker.since for walker in walkers}, walkers)

    def _since(
        self, fact: Happening | Movement, since: Mapping[str, datetime], walkers: Sequence[Walker]
    ) -> set[int]:
        true = facts.happened(self._codes.happening(fact), since, until=self._now)
        return {walker.traveller_id for walker in walkers if walker.customer_id in true}

    def _became(self, condition: Became, walkers: Sequence[Walker]) -> set[int]:
        sent = {walker.traveller_id: walker.memo.get("sent", {}).get(condition.step) for walker in walkers}
        fates = sending.became({name for name in sent.values() if name})
        wanted = set(condition.fates)
        return {traveller for traveller, name in sent.items() if fates.get(name or "", set()) & wanted}

    def standards(self, walkers: Sequence[Walker]) -> Mapping[int, int]:
        """See `walking.World`."""
        return reply_minutes(walkers)

    def zones(self, walkers: Sequence[Walker]) -> Mapping[int, ZoneInfo]:
        """See `walking.World`."""
        return zones_of(walkers)

    def draw(self, code: str, split: Split, walkers: Sequence[Walker]) -> Mapping[int, tuple[int, float]]:
        """See `walking.World`."""
        return draw(self._journey_id, code, split, walkers)

    def send(self, code: str, message: Message, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        fates: dict[int, str] = passed_over(message, walkers)
        walkers = [walker for walker in walkers if walker.traveller_id not in fates]
        drafts: list[Draft] = []
        by_channel: dict[str, list[Walker]] = {}
        numbers = [walker.customer_id for walker in walkers]
        chosen = channels(message, numbers, now=self._now)
        led = _led(message, chosen, now=self._now)
        for walker in walkers:
            channel = chosen.get(walker.customer_id, "")
            if channel:
                by_channel.setdefault(channel, []).append(walker)
            else:
                fates[walker.traveller_id] = WITHHELD
        contents = dict(message.contents)
        kept: list[tuple[str, str, Choice]] = []
        for channel, group in by_channel.items():
            said = self._words(message, channel, contents[channel], group)
            due, named = self._due(message, group), self._named(message, channel, group)
            for walker in group:
                made = said.get(walker.customer_id)
                if not isinstance(made, Tailored):
                    fates[walker.traveller_id] = FAILED
                    continue
                draft = self._draft(message, channel, made.content, made.worded, walker)
                at = due.get(walker.customer_id, self._now)
                draft = replace(draft, due_at=at, sender=named.get(walker.customer_id))
                name = queueing.message_id(draft.key)
                walker.memo.setdefault("sent", {})[code] = name
                drafts.append(draft)
                choice = _kept(made, led.get(walker.customer_id))
                if choice is not None:
                    kept.append((name, walker.customer_id, choice))
                fates[walker.traveller_id] = QUEUED
        queueing.queue(drafts=drafts, actor=ACTOR, now=self._now)
        tailoring.keep(chosen=kept, now=self._now)
        return fates

    def _words(
        self, message: Message, channel: str, content: str, group: Sequence[Walker]
    ) -> Mapping[str, Tailored | ContentError]:
        """What each reads: the text for their group and stage where the message names a touchpoint."""
        general = tailored.usual(content)
        if general is None:
            return {}
        found: dict[str, Tailored | ContentError] = {}
        for until, some in ends(self._start, group, zones_of):
            found |= tailored.words(
                general,
                [walker.customer_id for walker in some],
                touchpoint=message.touchpoint,
                channel=channel,
                purpose=message.purpose,
                now=self._now,
                giving=partial(
                    with_text,
                    keys={walker.customer_id: action_key(self._version_id, walker) for walker in some},
                    origin=origin(self._journey_id),
                    actor=ACTOR,
                    now=self._now,
                    until=until,
                ),
            )
        return found

    def _named(self, message: Message, channel: str, group: Sequence[Walker]) -> dict[str, Sender]:
        """In whose name each message goes, where not in that of the house."""
        if not message.from_manager:
            return {}
        return managers.senders([walker.customer_id for walker in group], channel=channel, now=self._now)

    def _due(self, message: Message, group: Sequence[Walker]) -> dict[str, datetime]:
        """When each message goes that waits for an hour; before its coupon ends, and of use still."""
        if not message.best_hour or message.urgent:
            return {}
        names = {
            walker.customer_id: queueing.message_id(action_key(self._version_id, walker)) for walker in group
        }
        ends = coupons.ends(names.values())
        until = {}
        for walker in group:
            last = walker.at + timedelta(hours=message.useful_hours)
            until[walker.customer_id] = min(last, ends.get(names[walker.customer_id], last))
        found = timing.best_times(
            list(names), purpose=message.purpose, start=self._now, until=until, now=self._now
        )
        return {one: timed.at for one, timed in found.items()}

    def _draft(
        self, message: Message, channel: str, content: str, made: recipes.Worded, walker: Walker
    ) -> Draft:
        return Draft(
            key=action_key(self._version_id, walker),
            customer_id=walker.customer_id,
            channel=channel,
            purpose=message.purpose,
            recipe=made.recipe,
            language=made.language,
            content=content,
            priority=message.priority,
            urgent=message.urgent,
            due_at=self._now,
            not_after=walker.at + timedelta(hours=message.useful_hours),
            origin=origin(self._journey_id),
        )

    def assign(self, code: str, task: Task, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        workers = users.workers()
        whose = owners(task, [walker.customer_id for walker in walkers], workers)
        spoken = {pk: str(getattr(user, "language", "")) for pk, user in workers.items()}
        fates: dict[int, str] = passed_over(task, walkers)
        aside = kept_aside(task, walkers)
        for walker in walkers:
            if walker.traveller_id in fates:
                continue
            if walker.customer_id in aside:
                fates[walker.traveller_id] = ASIDE
                continue
            if is_seen_to(walker):
                fates[walker.traveller_id] = SEEN_TO
                continue
            try:
                made = tasks.create(
                    kind=task.kind,
                    actor=ACTOR,
                    now=self._now,
                    customer_id=walker.customer_id,
                    channel=task.channel,
                    title=title(task, spoken.get(whose.get(walker.customer_id, 0), "")),
                    response=task.response,
                    due_at=walker.at + timedelta(days=task.due_days),
                    assignee_id=whose.get(walker.customer_id),
                    idempotency_key=action_key(self._version_id, walker),
                )
                tell_groups(made, self._now)
                fates[walker.traveller_id] = DONE
            except TaskError:
                fates[walker.traveller_id] = FAILED
        return fates

    def tag(self, code: str, tag: Tag, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        found = [one.tag_id for one in customers.tags(only_active=True) if one.name == tag.tag]
        numbers = customers.existing(walker.customer_id for walker in walkers)
        if found and numbers:
            try:
                with transaction.atomic():
                    customer_services.add_tag(
                        customer_ids=numbers, tag_id=found[0], actor=ACTOR, at=self._now
                    )
            except ValidationError:
                numbers = set()
        return {
            walker.traveller_id: DONE if found and walker.customer_id in numbers else FAILED
            for walker in walkers
        }

    def tell(self, code: str, notice: Notice, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        told = groups.tell_group(
            name=notice.group,
            key=action_key(self._version_id, walkers[0]),
            data={
                "words": dict(notice.words),
                "count": len(walkers),
                "customers": [walker.customer_id for walker in walkers[:NAMED_MAX]],
            },
            now=self._now,
        )
        return dict.fromkeys((walker.traveller_id for walker in walkers), DONE if told else FAILED)

    def ask(self, code: str, request: Request, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        asking.ask(self._journey_id, self._version_id, code, request, walkers)
        return dict.fromkeys((walker.traveller_id for walker in walkers), ASKED)

    def answered(self, code: str, request: Request, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        return asking.answered(self._version_id, walkers, now=self._now)


def zones_of(walkers: Iterable[Walker]) -> dict[int, ZoneInfo]:
    """Where everybody's clock stands."""
    listed = list(walkers)
    places = customers.whereabouts({walker.customer_id for walker in listed})
    default = policy.rules().time_zone
    return {
        walker.traveller_id: zones.zones_of(*places.get(walker.customer_id, ("", "")), default)[0]
        for walker in listed
    }


def channels(
    message: Message,
    customer_ids: Sequence[str],
    *,
    now: datetime,
    plans: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, str]:
    """The channel for each customer; who allows none of those that could be the best is left out.

    Which one suits best is said in `outreach.suiting`. A fixed channel is given to everybody: the policy
    says no at the moment of sending, with its reason. `plans` are the channels of strategies, by customer;
    not given, those of the strategies in force, which lead marketing only.
    """
    if message.channel != BEST:
        return dict.fromkeys(customer_ids, message.channel)
    found = suiting.fits(dict(message.contents), customer_ids, purpose=message.purpose, now=now, plans=plans)
    # Whoever has no address for any of them is told so by the door, with the reason.
    return {one: fit.best for one, fit in found.items() if fit.allowed}


def planned_channels(message: Message, customer_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The channels of the strategy in force for each customer's stage of life; of marketing only."""
    if message.channel != BEST:
        return {}
    return suiting.planned_channels(message.purpose, customer_ids)


def _led(message: Message, chosen: Mapping[str, str], *, now: datetime) -> dict[str, Led]:
    """Whom the strategy of their stage brought to another channel than they would have been written to by."""
    planned = planned_channels(message, list(chosen))
    if not planned:
        return {}
    without = channels(message, list(planned), now=now, plans={})
    stages = pacing.stages_of(list(planned))
    return {
        one: Led(stages[one], chosen[one], without[one])
        for one in planned
        if one in without and without[one] != chosen[one]
    }


def _kept(made: Tailored, led: Led | None) -> Choice | None:
    """What is kept of a message: the choice at its touchpoint, and what a strategy led."""
    if led is None:
        return made.choice
    plain = Choice(made.content, "", Stage.NONE, None, Why.GENERAL)
    return replace(made.choice or plain, led=led)
