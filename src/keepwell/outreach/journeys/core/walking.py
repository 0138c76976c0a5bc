"""How travellers move: all who stand at a step take it together, until everybody waits or has arrived.

What a step needs to know or do is asked of a `World`: the live one reads and writes, that of a dry run reads
the past and counts. Nothing here knows a database or a clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from keepwell.outreach.journeys.core.graph import (
    Branch,
    Condition,
    Definition,
    End,
    Ending,
    Message,
    Notice,
    Request,
    Split,
    Tag,
    Task,
    Wait,
    WaitFor,
    WaitUntil,
)

HOPS_MAX = 256
STUCK = "stuck"  # the definition went in circles; checks keep such a journey from being switched on
LOST = "lost"  # its step is gone
GOAL, EXIT = "goal", "exit"

TIME, EVENT = "time", "event"
ACCEPTED, REFUSED = "accepted", "refused"  # what the shop's system answers
WAY = "way:"  # counts of a step by the way that was taken, e.g. way:next, way:case.0
TRAIL = "trail"  # in the memo: the steps that somebody came to, each with the second of its epoch
TRAIL_MAX = 100


@dataclass(slots=True)
class Walker:
    """One traveller in memory.

    `at` is their clock; `waits_for` says what keeps them: "" nothing, TIME, or EVENT, and `wake_at` until
    when. `visit` numbers the steps that they came to, `since` when to this one; `heard`: the event came.
    """

    traveller_id: int
    customer_id: str
    entered_at: datetime
    step: str
    visit: int
    at: datetime
    since: datetime
    wake_at: datetime | None = None
    waits_for: str = ""
    heard: bool = False
    memo: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""

    def go(self, to: str) -> None:
        """Come to another step."""
        self.step, self.visit, self.since = to, self.visit + 1, self.at
        trail = self.memo.setdefault(TRAIL, [])
        trail.append([to, int(self.at.timestamp())])
        del trail[:-TRAIL_MAX]
        self.waits_for, self.wake_at, self.heard = "", None, False


class World(Protocol):
    """What walking asks and does; every answer is by `traveller_id`."""

    def holding(self, condition: Condition | Ending, walkers: Sequence[Walker]) -> set[int]:
        """Those for whom a condition holds; a fact or movement: whether it came after they entered."""

    def heard(self, step: WaitFor, walkers: Sequence[Walker]) -> set[int]:
        """Those for whom the event came since they began to wait, although nobody told them."""

    def standards(self, walkers: Sequence[Walker]) -> Mapping[int, int]:
        """Minutes of the reply-time standard of the channel that they asked by; without one, left out."""

    def zones(self, walkers: Sequence[Walker]) -> Mapping[int, ZoneInfo]:
        """Where their clocks stand."""

    def draw(self, code: str, split: Split, walkers: Sequence[Walker]) -> Mapping[int, tuple[int, float]]:
        """Index of the arm, and its probability."""

    def send(self, code: str, message: Message, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """Queue a message to each; what came of it (queued, withheld, failed)."""

    def assign(self, code: str, task: Task, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """Make a task for each; what came of it (done, kept_aside, seen_to, failed)."""

    def tag(self, code: str, tag: Tag, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """Mark each; what came of it."""

    def tell(self, code: str, notice: Notice, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """Tell a group of colleagues of all of them in one line; what came of it."""

    def ask(self, code: str, request: Request, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """Ask the shop's own system for each; what came of it."""

    def answered(self, code: str, request: Request, walkers: Sequence[Walker]) -> Mapping[int, str]:
        """What the system answered, ACCEPTED or REFUSED; those without an answer are left out."""


Tally = Counter[tuple[str, str]]


def walk(definition: Definition, walkers: Iterable[Walker], world: World) -> Tally:
    """Let everybody go until they wait or have arrived; what happened at which step, counted.

    Walkers are changed in place. Nobody takes more than `HOPS_MAX` steps at once.
    """
    tally: Tally = Counter()
    moving = list(walkers)
    for outcome, endings in ((GOAL, definition.goals), (EXIT, definition.exits)):
        for ending in endings if moving else ():
            # Facts are told at once, but not those of imports: nobody is sent anything after their goal.
            reached = world.holding(ending, moving)
            for walker in moving:
                if walker.traveller_id in reached:
                    end(walker, outcome, tally)
            moving = [walker for walker in moving if not walker.outcome]
    for _hop in range(HOPS_MAX):
        if not moving:
            return tally
        moving = _hop_all(definition, moving, world, tally)
    for walker in moving:
        end(walker, STUCK, tally)
    return tally


def end(walker: Walker, outcome: str, tally: Tally) -> None:
    """The journey is over for somebody."""
    tally[walker.step, "left"] += 1
    tally["", outcome] += 1
    walker.outcome, walker.wake_at, walker.waits_for, walker.heard = outcome, None, "", False


def _hop_all(definition: Definition, moving: list[Walker], world: World, tally: Tally) -> list[Walker]:
    together: dict[str, list[Walker]] = defaultdict(list)
    for walker in moving:
        together[walker.step].append(walker)
    still: list[Walker] = []
    for code, group in together.items():
        step = definition.steps.get(code)
        if step is None or isinstance(step, End):
            for walker in group:
                end(walker, step.outcome if isinstance(step, End) else LOST, tally)
            continue
        ways = _TAKE[type(step)](code, step, group, world, tally)
        going = [walker for walker in group if walker.traveller_id in ways]  # the others wait
        for walker in going:
            walker.go(ways[walker.traveller_id])
        still += going
        for to, number in Counter(walker.step for walker in going).items():
            tally[to, "entered"] += number
        if going:
            tally[code, "left"] += len(going)
            if not isinstance(step, _DECIDING):
                tally[code, f"{WAY}next"] += len(going)
    return still


Ways = dict[int, str]


def _wait(_code: str, step: Wait, group: Sequence[Walker], _world: World, _tally: Tally) -> Ways:
    ways: Ways = {}
    for walker in group:
        if walker.waits_for == TIME:
            ways[walker.traveller_id] = step.next
        else:
            walker.waits_for, walker.wake_at = TIME, walker.at + timedelta(minutes=step.minutes)
    return ways


def _wait_until(code: str, step: WaitUntil, group: Sequence[Walker], world: World, _tally: Tally) -> Ways:
    ways: Ways = {}
    arriving = [walker for walker in group if walker.waits_for != TIME]
    zones = world.zones(arriving) if arriving else {}
    next_at = cache(partial(_until, step))  # many come at one moment in one zone
    for walker in group:
        if walker.waits_for == TIME:
            ways[walker.traveller_id] = step.next
        else:
            zone = zones[walker.traveller_id]
            waited = walker.memo.setdefault("until", {})
            until = next_at(walker.at, zone)
            if waited.get(code) == until.isoformat():
                # Back here within the minute: the same time again would go round without end.
                until = next_at(until + timedelta(minutes=1), zone)
            waited[code] = until.isoformat()
            walker.waits_for, walker.wake_at = TIME, until
    return ways


def _wait_for(code: str, step: WaitFor, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    ways: Ways = {}
    late = [walker for walker in group if walker.waits_for == EVENT and not walker.heard]
    heard = world.heard(step, late) if late else set()
    coming = [walker for walker in group if walker.waits_for != EVENT]
    standards = world.standards(coming) if step.standard and coming else {}
    for walker in group:
        if walker.waits_for != EVENT:
            walker.waits_for, walker.wake_at = EVENT, walker.at + timedelta(minutes=step.minutes)
            if minutes := standards.get(walker.traveller_id):
                until = walker.entered_at + timedelta(minutes=minutes * step.standard / 100)
                walker.wake_at = max(walker.at, until)
        elif walker.heard or walker.traveller_id in heard:
            ways[walker.traveller_id] = step.next
            tally[code, f"{WAY}next"] += 1
        else:
            ways[walker.traveller_id] = step.otherwise
            tally[code, f"{WAY}otherwise"] += 1
    return ways


def _branch(code: str, step: Branch, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    ways: Ways = {}
    rest = list(group)
    for place, (condition, to) in enumerate(step.cases):
        if not rest:
            break
        holding = world.holding(condition, rest)
        chosen = [walker for walker in rest if walker.traveller_id in holding]
        ways.update((walker.traveller_id, to) for walker in chosen)
        tally += Counter({(code, f"{WAY}case.{place}"): len(chosen)})
        rest = [walker for walker in rest if walker.traveller_id not in holding]
    tally += Counter({(code, f"{WAY}otherwise"): len(rest)})
    ways.update((walker.traveller_id, step.otherwise) for walker in rest)
    return ways


def _split(code: str, step: Split, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    ways: Ways = {}
    drawn = world.draw(code, step, group)
    for walker in group:
        index, probability = drawn[walker.traveller_id]
        arm = step.arms[index]
        walker.memo.setdefault("arms", {})[code] = [arm.code, probability]
        tally[code, f"arm:{arm.code}"] += 1
        tally[code, f"{WAY}arm.{index}"] += 1
        ways[walker.traveller_id] = arm.next
    return ways


def _act(
    ask: Callable[[], Mapping[int, str]], code: str, to: str, group: Sequence[Walker], tally: Tally
) -> Ways:
    fates = ask()
    for walker in group:
        tally[code, fates[walker.traveller_id]] += 1
    return {walker.traveller_id: to for walker in group}


def _message(code: str, step: Message, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    return _act(lambda: world.send(code, step, group), code, step.next, group, tally)


def _task(code: str, step: Task, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    return _act(lambda: world.assign(code, step, group), code, step.next, group, tally)


def _tag(code: str, step: Tag, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    return _act(lambda: world.tag(code, step, group), code, step.next, group, tally)


def _notice(code: str, step: Notice, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    return _act(lambda: world.tell(code, step, group), code, step.next, group, tally)


def _request(code: str, step: Request, group: Sequence[Walker], world: World, tally: Tally) -> Ways:
    ways: Ways = {}
    arriving = [walker for walker in group if walker.waits_for != EVENT]
    fates = world.ask(code, step, arriving) if arriving else {}
    for walker in arriving:
        tally[code, fates[walker.traveller_id]] += 1
        walker.waits_for, walker.wake_at = EVENT, walker.at + timedelta(minutes=step.minutes)
    waiting = [walker for walker in group if walker.traveller_id not in fates]
    answers = world.answered(code, step, waiting) if waiting else {}
    for walker in waiting:
        answer = answers.get(walker.traveller_id)
        until = walker.since + timedelta(minutes=step.minutes)
        if answer is None and walker.at < until:
            # What woke them was the answer to another request.
            walker.heard, walker.wake_at = False, until
            continue
        way = {ACCEPTED: "next", REFUSED: "refused"}.get(answer or "", "otherwise")
        ways[walker.traveller_id] = getattr(step, way)
        tally[code, f"{WAY}{way}"] += 1
    return ways


_DECIDING = (Branch, Split, WaitFor, Request)  # they count the way that each takes themselves
_TAKE: Mapping[type, Callable[..., Ways]] = {
    Wait: _wait,
    WaitUntil: _wait_until,
    WaitFor: _wait_for,
    Branch: _branch,
    Split: _split,
    Message: _message,
    Task: _task,
    Tag: _tag,
    Notice: _notice,
    Request: _request,
}


def _until(step: WaitUntil, after: datetime, zone: ZoneInfo) -> datetime:
    if not step.month_end:
        return next_time(after, step.at, zone, step.weekdays)
    day = after.astimezone(zone).date()
    found = instant(month_end(day), step.at, zone)
    return found if found >= after else instant(month_end(month_end(day) + timedelta(1)), step.at, zone)


def month_end(day: date) -> date:
    """The last day of a day's month.

    >>> month_end(date(2028, 2, 3)).isoformat()
    '2028-02-29'
    """
    return day.replace(day=monthrange(day.year, day.month)[1])


def next_time(after: datetime, at: time, zone: ZoneInfo, weekdays: Sequence[int] = ()) -> datetime:
    """The first instant at or after `after` when the clock of `zone` shows `at`, on one of `weekdays`; UTC.

    A time that the clock leaps over comes as much later as the clock leaps; one that comes twice counts the
    first time.

    >>> from datetime import UTC
    >>> next_time(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), time(2, 30), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-29T01:30:00+00:00'
    """
    day = after.astimezone(zone).date()
    for _ in range(9):
        found = instant(day, at, zone)
        if found >= after and (not weekdays or day.weekday() in weekdays):
            return found
        day += timedelta(days=1)
    raise ValueError("weekdays: expected days from 0 to 6")


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clock of `zone` shows `at` on `day`, in UTC; see `next_time`."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
