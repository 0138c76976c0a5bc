"""What a journey would have done with the history: the same walk, in a world that is over.

Facts are those of the lake at their own times. Segments, fields and consents are those of today: how they
were is not kept. That somebody opens or answers a message that was never sent is not assumed.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.customers.privacy import queries as privacy
from keepwell.insight import queries as insight
from keepwell.insight.segments import queries as segments
from keepwell.outreach.controls import queries as controls
from keepwell.outreach.journeys import facts
from keepwell.outreach.journeys.contracts import DryRun, Entrant
from keepwell.outreach.journeys.core.controlling import control_share, may_stay_out
from keepwell.outreach.journeys.core.facts import Happening
from keepwell.outreach.journeys.core.graph import (
    BEST,
    Became,
    Branch,
    Condition,
    Crossing,
    DayRule,
    Definition,
    Ending,
    Happened,
    Holds,
    Message,
    Movement,
    Notice,
    Request,
    Split,
    Tag,
    Task,
    WaitFor,
)
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.core.walking import EVENT, WAY, Walker, walk
from keepwell.outreach.journeys.naming import CONTROL, origin
from keepwell.outreach.journeys.services.aside import ASIDE, kept_aside, passed_over
from keepwell.outreach.journeys.services.asked import reply_minutes
from keepwell.outreach.journeys.services.entering import controlled, may_enter
from keepwell.outreach.journeys.services.living import (
    ASKED,
    DONE,
    QUEUED,
    draw,
    zones_of,
)
from keepwell.outreach.journeys.services.starting import of_day
from keepwell.outreach.suiting import CONSENT_CHANNELS

INSIDE = "inside"
ROUNDS_MAX = 1_000
FOUND, READ = 0.2, 0.4  # shares of the work: who would come in, and what happened to them


Progress = Callable[[float], None]


def dry_run(
    definition: Mapping[str, Any] | Definition,
    since: datetime,
    until: datetime,
    *,
    journey_id: int = 0,
    progress: Progress = lambda share: None,
) -> DryRun:
    """Who would have come in from `since` up to `until` (not counted), and what would have happened by then.

    Nothing is written. `journey_id` gives the lots of splits that the journey itself would draw; `progress`
    is told the share (0 to 1) that is done. Raises DefinitionError.
    """
    plan = definition if isinstance(definition, Definition) else parse(definition)
    codes = facts.Codes()
    candidates = sorted(_candidates(plan, since, until, codes), key=lambda one: (one.at, one.key))
    progress(FOUND)
    chosen = _who(candidates, plan)
    share = control_share(plan)
    people = {one.customer_id for one in chosen}
    control = controlled(controls.sides(origin(journey_id), share, people))
    if may_stay_out(plan):
        chosen = [one for one in chosen if one.customer_id not in control]
    past = Past(plan, chosen, since, until, codes, journey_id)
    progress(READ)
    waiting: dict[str, list[Entrant]] = defaultdict(list)
    for one in chosen:
        waiting[one.customer_id].append(one)
    passages: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    walked: list[Walker] = []
    tally: Counter[tuple[str, str]] = Counter()
    for _round in range(ROUNDS_MAX):
        tried = [_next(queue, passages, plan) for queue in waiting.values()]
        coming = [one for one in tried if one is not None]
        if not coming:
            break
        begun = [_walker(plan, one, len(walked) + place) for place, one in enumerate(coming)]
        for walker in begun:
            if walker.customer_id in control:
                walker.memo[CONTROL] = share
        tally[plan.first, "entered"] += len(begun)
        tally += past.walk(begun)
        walked += begun
        for walker in begun:
            ended = walker.at if walker.outcome else None
            passages[walker.customer_id].append((walker.entered_at, ended))
        left = sum(len(queue) for queue in waiting.values())
        progress(READ + (1 - READ) * (1 - left / len(chosen)))
    told = _told(plan, since, until, candidates, walked, tally, past)
    return replace(told, control=len(control))


def _next(
    queue: list[Entrant],
    passages: Mapping[str, list[tuple[datetime, datetime | None]]],
    plan: Definition,
) -> Entrant | None:
    while queue:
        one = queue.pop(0)
        if may_enter(one.at, passages.get(one.customer_id, ()), plan.entry):
            return one
    return None


def _walker(plan: Definition, one: Entrant, number: int) -> Walker:
    return Walker(number, one.customer_id, one.at, plan.first, 1, one.at, one.at)


def _who(candidates: list[Entrant], plan: Definition) -> list[Entrant]:
    who = plan.entry.who
    if who is None or not candidates:
        return candidates
    true = segments.holding(json.loads(who.definition), {one.customer_id for one in candidates})
    return [one for one in candidates if one.customer_id in true]


def _candidates(plan: Definition, since: datetime, until: datetime, codes: facts.Codes) -> Iterator[Entrant]:
    start = plan.start
    if isinstance(start, DayRule):
        for day in _days(since, until):
            yield from (one for one in of_day(start, day) if since <= one.at < until)
    elif isinstance(start, Crossing):
        cycles = [one for one in insight.cycles(limit=400) if one.status == "done" and one.finished_at]
        for newest, before in pairwise(cycles):
            at = newest.finished_at
            if at is None or not since <= at < until:
                continue
            for number in facts.crossed(start.where, cycle_id=newest.cycle_id, before_id=before.cycle_id):
                yield Entrant(number, f"{newest.cycle_id}:{number}", at)
    else:
        found = facts.occurrences(codes.happening(start), since=since, until=until)
        for place, (number, at) in enumerate(found):
            yield Entrant(number, f"{place:012}", at)


def _days(since: datetime, until: datetime) -> Iterator[date]:
    # Clocks are up to 14 hours ahead of UTC, and 12 behind.
    day = (since - timedelta(hours=12)).date()
    while day <= (until + timedelta(hours=14)).date():
        yield day
        day += timedelta(days=1)


class Past:
    """The world of a dry run: everybody has a clock of their own, and what happens has happened."""

    def __init__(
        self,
        plan: Definition,
        entrants: Sequence[Entrant],
        since: datetime,
        until: datetime,
        codes: facts.Codes,
        journey_id: int,
    ) -> None:
        self._plan, self._until, self._codes, self._journey_id = plan, until, codes, journey_id
        people = {one.customer_id for one in entrants}
        self._events: dict[Happening, dict[str, list[datetime]]] = {}
        for fact in self._asked() if people else ():
            times: dict[str, list[datetime]] = defaultdict(list)
            for number, at in facts.occurrences(fact, since=since, until=until, among=people):
                times[number].append(at)
            self._events[fact] = times
        self.reached: set[str] = set()
        self.written_to: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._held: dict[Holds, set[str]] = {}
        self._people = people

    def _asked(self) -> set[Happening]:
        found = [one for one in self._plan.goals + self._plan.exits if not isinstance(one, Holds)]
        for step in self._plan.steps.values():
            if isinstance(step, WaitFor):
                found.append(step.fact)
            elif isinstance(step, Branch):
                found += [case.fact for case, _to in step.cases if isinstance(case, Happened)]
        return {self._codes.happening(one) for one in found}

    def walk(self, walkers: Sequence[Walker]) -> Counter[tuple[str, str]]:
        """Let everybody go to their end, or to the end of the span."""
        tally: Counter[tuple[str, str]] = Counter()
        moving = list(walkers)
        while moving:
            tally += walk(self._plan, moving, self)
            moving = [walker for walker in moving if not walker.outcome and self._wake(walker)]
        return tally

    def _wake(self, walker: Walker) -> bool:
        """Put the clock on to what happens next to somebody who waits; False where the span ends first."""
        assert walker.wake_at is not None
        at = walker.wake_at
        for ending in self._plan.goals + self._plan.exits:
            if not isinstance(ending, Holds):
                at = min(at, self._first(ending, walker, walker.entered_at, at))
        step = self._plan.steps[walker.step]
        if walker.waits_for == EVENT and isinstance(step, WaitFor):
            heard = self._first(step.fact, walker, walker.since, walker.wake_at)
            if heard < min(at, walker.wake_at) or heard == at < walker.wake_at:
                at, walker.heard = heard, True
        if at >= self._until:
            return False
        walker.at = at
        return True

    def _first(
        self, event: Happening | Movement, walker: Walker, after: datetime, otherwise: datetime
    ) -> datetime:
        times = self._events[self._codes.happening(event)].get(walker.customer_id, [])
        place = bisect_right(times, after)
        return times[place] if place < len(times) else otherwise

    def _since(self, event: Happening | Movement, walker: Walker, after: datetime) -> bool:
        never = walker.at + timedelta(days=1)
        return self._first(event, walker, after, never) <= walker.at

    def holding(self, condition: Condition | Ending, walkers: Sequence[Walker]) -> set[int]:
        """See `walking.World`."""
        if isinstance(condition, Became):
            return set()
        if isinstance(condition, Holds):
            if condition not in self._held:
                self._held[condition] = segments.holding(json.loads(condition.definition), self._people)
            return {one.traveller_id for one in walkers if one.customer_id in self._held[condition]}
        event = condition.fact if isinstance(condition, Happened) else condition
        return {one.traveller_id for one in walkers if self._since(event, one, one.entered_at)}

    def heard(self, step: WaitFor, walkers: Sequence[Walker]) -> set[int]:
        """See `walking.World`."""
        return set()

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
        out = passed_over(message, walkers)
        written = [one for one in walkers if one.traveller_id not in out]
        for channel, _content in message.contents:
            if message.channel in (BEST, channel):
                self.written_to[channel, message.purpose] |= {one.customer_id for one in written}
        return {**self._did(written, QUEUED), **out}

    def assign(self, code: str, task: Task, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        aside = kept_aside(task, walkers)
        out = passed_over(task, walkers)
        given = [one for one in walkers if one.customer_id not in aside and one.traveller_id not in out]
        done = self._did(given, DONE)
        return {one.traveller_id: done.get(one.traveller_id, ASIDE) for one in walkers}

    def tag(self, code: str, tag: Tag, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        return self._did(walkers, DONE)

    def tell(self, code: str, notice: Notice, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`."""
        return self._did(walkers, DONE)

    def ask(self, code: str, request: Request, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`; nobody is called."""
        return self._did(walkers, ASKED)

    def answered(self, code: str, request: Request, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """See `walking.World`; what the system would have answered nobody knows."""
        return {}

    def _did(self, walkers: Sequence[Walker], what: str) -> dict[int, str]:
        self.reached |= {one.customer_id for one in walkers}
        return {one.traveller_id: what for one in walkers}


def _told(
    plan: Definition,
    since: datetime,
    until: datetime,
    candidates: Sequence[Entrant],
    walked: Sequence[Walker],
    tally: Counter[tuple[str, str]],
    past: Past,
) -> DryRun:
    steps: dict[str, dict[str, int]] = {code: {} for code in plan.steps}
    taken: dict[str, dict[str, int]] = {code: {} for code in plan.steps}
    for (code, what), number in tally.items():
        if what.startswith(WAY):
            taken[code][what.removeprefix(WAY)] = number
        elif code:
            steps[code][what] = number
    outcomes = Counter(walker.outcome or INSIDE for walker in walked)
    written = set().union(*past.written_to.values()) if past.written_to else set()
    return DryRun(
        since=since,
        until=until,
        candidates=len(candidates),
        entries=len(walked),
        people=len(past.reached),
        outcomes=dict(outcomes),
        steps=steps,
        written_to=len(written),
        consenting=len(_consenting(past.written_to)),
        ways=taken,
    )


def _consenting(written_to: Mapping[tuple[str, str], set[str]]) -> set[str]:
    """Those who allow one of the channels by which they would have been written to, as of now."""
    found: set[str] = set()
    for (channel, purpose), numbers in written_to.items():
        if channel in CONSENT_CHANNELS:
            said = privacy.may_contact_many(numbers, channel, purpose)
            found |= {number for number, verdict in said.items() if verdict}
        else:
            found |= numbers - set(privacy.silenced_many(numbers, purpose))
    return found
