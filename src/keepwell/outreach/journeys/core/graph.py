"""What a journey is: what starts it, its steps, and what ends it; frozen values and plain JSON.

`reading.parse` makes them of JSON, `writing.to_json` JSON of them. A condition on the customer is written in
the language of segments and kept as its JSON text: this room does not know that language, it asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from keepwell.outreach.controls.contracts import CONTROL_SHARE
from keepwell.outreach.journeys.core.facts import Filter, Happening

BEST = "best"
END = "end"

DayKind = Literal[
    "birthday",
    "birthday_month",
    "personal_date",
    "anniversary",
    "fact_age",
    "replenishment",
    "contract_end",
    "silence",
    "festival",
]
DAY_KINDS: tuple[DayKind, ...] = (
    "birthday",
    "birthday_month",
    "personal_date",
    "anniversary",
    "fact_age",
    "replenishment",
    "contract_end",
    "silence",
    "festival",
)


@dataclass(frozen=True)
class Movement:
    """Entering, or leaving, a segment, by its number or by its code where it comes with Keepwell."""

    segment: int | str
    entered: bool = True


@dataclass(frozen=True)
class Crossing:
    """The newest cycle finds all of `where` of a customer's scores, and the one before it did not."""

    where: tuple[Filter, ...]


@dataclass(frozen=True)
class DayRule:
    """A day in somebody's life, at `at` on their own clock, `offset_days` after it (before: negative).

    `code` is the festival or the kind of personal date (empty: any), `of` what an anniversary is counted
    from (joined, first_order); `days` how many days of silence, or after a fact of `fact`.
    """

    kind: DayKind
    offset_days: int = 0
    at: time = time(10)
    code: str = ""
    of: str = ""
    days: int = 0
    fact: Happening | None = None


Start = Happening | Movement | Crossing | DayRule


@dataclass(frozen=True)
class Holds:
    """A condition in the language of segments, as canonical JSON."""

    definition: str


@dataclass(frozen=True)
class Happened:
    """A fact since the customer came to the journey."""

    fact: Happening


@dataclass(frozen=True)
class Became:
    """What became of the message of an earlier step: any of delivered, opened, clicked, failed, withheld…"""

    step: str
    fates: tuple[str, ...]


Condition = Holds | Happened | Became
# What ends a journey: a fact or a movement ends it at once, a condition when the next step is due.
Ending = Happening | Movement | Holds


@dataclass(frozen=True)
class Wait:
    """Wait for a while."""

    minutes: int
    next: str


@dataclass(frozen=True)
class WaitUntil:
    """Wait for a time of day on the customer's clock, on one of `weekdays` (Monday = 0; none: any).

    With `month_end` on the last day of a month.
    """

    at: time
    next: str
    weekdays: tuple[int, ...] = ()
    month_end: bool = False


@dataclass(frozen=True)
class WaitFor:
    """Wait for a fact, `minutes` at most; `otherwise` where it did not come.

    With `standard`, so many percent of the reply-time standard of the channel that they asked by instead,
    counted from when they came in; `minutes` where the channel has none.
    """

    fact: Happening | Movement
    minutes: int
    next: str
    otherwise: str
    standard: int = 0


@dataclass(frozen=True)
class Branch:
    """The first case that holds says where to; `otherwise` where none does."""

    cases: tuple[tuple[Condition, str], ...]
    otherwise: str


@dataclass(frozen=True)
class Arm:
    """One way of a split, and the probability with which it is taken."""

    code: str
    share: float
    next: str


@dataclass(frozen=True)
class Split:
    """By lot, always the same for the same customer."""

    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Message:
    """A message; `contents` are template codes by channel, `channel` one of them or the best.

    The best is the one that the customer prefers, else the first of `contents`, among those that consent
    allows. `useful_hours`: after them it is not sent any more. A `touchpoint` of the journey map has texts
    planned by group and buying stage: each customer gets theirs in place of that of `contents`. `best_hour`:
    within a day, at the hour at which each customer usually reacts; `from_manager`: in the name of who looks
    after them.
    """

    channel: str
    contents: tuple[tuple[str, str], ...]
    purpose: str
    next: str
    priority: int = 50
    urgent: bool = False
    useful_hours: int = 72
    touchpoint: str = ""
    best_hour: bool = False
    from_manager: bool = False


@dataclass(frozen=True)
class Task:
    """Something for a person to do; `owner`: owner, queue or a user's name; `words` by language."""

    kind: str
    next: str
    owner: str = "owner"
    due_days: int = 1
    channel: str = ""
    response: str = ""
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Tag:
    """Mark the customer with one of the shop's own tags, by its name."""

    tag: str
    next: str


@dataclass(frozen=True)
class Notice:
    """A line to a group of colleagues, by the group's name; `words` by language."""

    group: str
    next: str
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """Ask the shop's own system to do something, by its name, and wait `minutes` at most for its answer.

    `next` where it accepted, `refused` where it refused, `otherwise` where it did not answer in time.
    """

    what: str
    minutes: int
    next: str
    refused: str
    otherwise: str


@dataclass(frozen=True)
class End:
    """The journey is over."""

    outcome: str = END


Step = Wait | WaitUntil | WaitFor | Branch | Split | Message | Task | Tag | Notice | Request | End
WAITS = (Wait, WaitUntil, WaitFor, Request)


@dataclass(frozen=True)
class Entry:
    """Who may come in: once, always or again after some days, never while inside; `who` must hold.

    What happened more than `fresh_hours` ago starts nothing.
    """

    again: Literal["once", "always", "after"] = "once"
    after_days: int = 0
    who: Holds | None = None
    fresh_hours: int = 48


@dataclass(frozen=True)
class Definition:
    """A whole journey; `control` is the share (0 to 0.5) of people kept from its marketing."""

    start: Start
    first: str
    steps: Mapping[str, Step]
    entry: Entry = field(default_factory=Entry)
    goals: tuple[Ending, ...] = ()
    exits: tuple[Ending, ...] = ()
    control: float = CONTROL_SHARE


def following(step: Step) -> tuple[str, ...]:
    """Where a step may lead to."""
    if isinstance(step, End):
        return ()
    if isinstance(step, Branch):
        return (*(to for _condition, to in step.cases), step.otherwise)
    if isinstance(step, Split):
        return tuple(arm.next for arm in step.arms)
    if isinstance(step, WaitFor):
        return (step.next, step.otherwise)
    if isinstance(step, Request):
        return (step.next, step.refused, step.otherwise)
    return (step.next,)


def in_order(definition: Definition) -> tuple[str, ...]:
    """The steps as people come to them, each once; those that nobody comes to at the end."""
    found: dict[str, None] = {}
    open_ = [definition.first]
    while open_:
        code = open_.pop(0)
        if code in definition.steps and code not in found:
            found[code] = None
            open_ += following(definition.steps[code])
    return (*found, *sorted(set(definition.steps) - set(found)))


def conditions(definition: Definition) -> Iterator[tuple[str, Holds]]:
    """Every condition in the language of segments, and where it stands."""
    if definition.entry.who is not None:
        yield "entry.who", definition.entry.who
    for name, endings in (("goals", definition.goals), ("exits", definition.exits)):
        for place, ending in enumerate(endings):
            if isinstance(ending, Holds):
                yield f"{name}.{place}", ending
    for code, step in definition.steps.items():
        if isinstance(step, Branch):
            for place, (condition, _to) in enumerate(step.cases):
                if isinstance(condition, Holds):
                    yield f"steps.{code}.cases.{place}", condition


def movements(definition: Definition) -> Iterator[tuple[str, Movement]]:
    """Every segment that somebody enters or leaves, and where that stands."""
    if isinstance(definition.start, Movement):
        yield "start", definition.start
    for name, endings in (("goals", definition.goals), ("exits", definition.exits)):
        for place, ending in enumerate(endings):
            if isinstance(ending, Movement):
                yield f"{name}.{place}", ending
    for code, step in definition.steps.items():
        if isinstance(step, WaitFor) and isinstance(step.fact, Movement):
            yield f"steps.{code}.for", step.fact
