"""What is wrong with a journey before anybody comes in; each finding has a code, a place and figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from keepwell.outreach.journeys.core.facts import Happening, holds
from keepwell.outreach.journeys.core.graph import (
    WAITS,
    Became,
    Branch,
    Crossing,
    Definition,
    End,
    Message,
    Notice,
    Request,
    Split,
    Task,
    WaitFor,
    conditions,
    following,
    movements,
)

SHARE_ERROR_MAX = 1e-9
SHORT_LOOP_MINUTES = 60


class Severity(StrEnum):
    """An error keeps a journey from being switched on; a warning is for whoever does it to judge."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """What a check found: `where` is a place in the definition, `figures` go into words."""

    code: str
    severity: Severity
    where: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What is there outside of the journey.

    `published`: codes of templates in use, with their kinds; `kinds`: the kinds of template that a channel
    takes. `without_offer`: texts that must name a code, and that no offer goes with. `audience`: customers
    whose consent allows a channel for a purpose. `broken`: conditions that segments refuse, with what they
    say; `segments`: numbers and codes of those there are. `tags`: the shop's. `touchpoints`: codes of those
    on the journey map; `groups`: names of those that are told something.
    """

    published: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    audience: Mapping[tuple[str, str], int] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    segments: frozenset[int | str] = frozenset()
    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    task_kinds: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    touchpoints: frozenset[str] = frozenset()
    without_offer: frozenset[str] = frozenset()


def check(definition: Definition, known: Known) -> tuple[Finding, ...]:
    """Everything that speaks against switching it on, errors first."""
    found = [
        *_branches(definition),
        *_reach(definition),
        *_loops(definition),
        *_endings(definition),
        *_steps(definition, known),
        *_outside(definition, known),
    ]
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.ERROR))


def _error(code: str, where: str, **figures: Any) -> Finding:
    return Finding(code, Severity.ERROR, where, figures)


def _warning(code: str, where: str, **figures: Any) -> Finding:
    return Finding(code, Severity.WARNING, where, figures)


def _branches(definition: Definition) -> Iterator[Finding]:
    """Ways that lead nowhere."""
    if definition.first not in definition.steps:
        yield _error("no_first_step", "first", step=definition.first)
    for code, step in definition.steps.items():
        for to in dict.fromkeys(following(step)):
            if not to:
                yield _error("missing_branch", f"steps.{code}")
            elif to not in definition.steps:
                yield _error("no_such_step", f"steps.{code}", step=to)


def reachable(definition: Definition) -> set[str]:
    """The steps that somebody can come to."""
    seen: set[str] = set()
    open_ = [definition.first]
    while open_:
        code = open_.pop()
        if code in definition.steps and code not in seen:
            seen.add(code)
            open_ += following(definition.steps[code])
    return seen


def _reach(definition: Definition) -> Iterator[Finding]:
    seen = reachable(definition)
    for code in definition.steps:
        if code not in seen:
            yield _error("unreachable", f"steps.{code}", step=code)
    ends = {code for code in seen if isinstance(definition.steps[code], End)}
    if not ends:
        yield _error("no_end", "steps")
        return
    leading = _leading_to(definition, ends)
    for code in definition.steps:
        if code in seen and code not in leading:
            yield _error("never_ends", f"steps.{code}", step=code)


def _leading_to(definition: Definition, ends: set[str]) -> set[str]:
    before: dict[str, set[str]] = {}
    for code, step in definition.steps.items():
        for to in following(step):
            before.setdefault(to, set()).add(code)
    found, open_ = set(ends), list(ends)
    while open_:
        for code in before.get(open_.pop(), ()):
            if code not in found:
                found.add(code)
                open_.append(code)
    return found


def _loops(definition: Definition) -> Iterator[Finding]:
    """Rounds in which nobody ever waits: they would never come to rest."""
    for ring in rings(definition):
        steps = [definition.steps[code] for code in ring]
        if not any(isinstance(step, WAITS) for step in steps):
            yield _error("loop_without_wait", f"steps.{ring[0]}", steps=list(ring))
        elif any(isinstance(step, Message) for step in steps):
            yield _warning("loop_with_message", f"steps.{ring[0]}", steps=list(ring))


def rings(definition: Definition) -> list[tuple[str, ...]]:
    """Steps that lead back to themselves without waiting, else with; each once, in order of definition.

    Strongly connected parts: first of the graph without the waits, then of the whole graph.
    """
    found: list[tuple[str, ...]] = []
    still = {code for code, step in definition.steps.items() if not isinstance(step, WAITS)}
    for nodes in (still, set(definition.steps)):
        for part in _components(definition, nodes):
            if not any(set(part) <= set(known) or set(known) <= set(part) for known in found):
                found.append(part)
    return found


def _components(definition: Definition, nodes: set[str]) -> list[tuple[str, ...]]:
    # A ring is: from each one can come to each. Journeys are small, so plain reachability will do.
    onward = {code: {to for to in following(definition.steps[code]) if to in nodes} for code in nodes}
    reach = {code: _reached(onward, code) for code in nodes}
    parts: list[tuple[str, ...]] = []
    for code in definition.steps:
        if code not in nodes or code not in reach[code] or any(code in part for part in parts):
            continue
        parts.append(
            tuple(other for other in definition.steps if other in reach[code] and code in reach[other])
        )
    return parts


def _reached(onward: Mapping[str, set[str]], code: str) -> set[str]:
    seen: set[str] = set()
    open_ = list(onward[code])
    while open_:
        one = open_.pop()
        if one not in seen:
            seen.add(one)
            open_ += onward.get(one, ())
    return seen


def _endings(definition: Definition) -> Iterator[Finding]:
    start = definition.start
    for name, endings in (("goals", definition.goals), ("exits", definition.exits)):
        for place, ending in enumerate(endings):
            where = f"{name}.{place}"
            if ending == start:
                yield _warning("ends_by_its_start", where)
            if isinstance(ending, Happening) and not possible(ending):
                yield _error("goal_impossible", where)
    if isinstance(start, Happening) and not possible(start):
        yield _error("start_impossible", "start")
    goals = set(definition.goals)
    for place, ending in enumerate(definition.exits):
        if ending in goals:
            yield _error("goal_and_exit", f"exits.{place}")


def possible(event: Happening) -> bool:
    """Whether a fact can satisfy all conditions: those on one column must leave something.

    >>> from keepwell.outreach.journeys.core.facts import Filter
    >>> paid, placed = Filter("status", "in", ("paid",)), Filter("status", "in", ("placed",))
    >>> possible(Happening("orders", (paid,))), possible(Happening("orders", (paid, placed)))
    (True, False)
    """
    for column in {one.column for one in event.where}:
        mine = [one for one in event.where if one.column == column]
        named = [set(one.value) for one in mine if one.operator == "in"]
        if named and not any(all(holds(one, value) for one in mine) for value in set.intersection(*named)):
            return False
        known = any(one.operator not in ("is_unknown", "not_in") for one in mine)
        if known and any(one.operator == "is_unknown" for one in mine):
            return False
    return True


def _steps(definition: Definition, known: Known) -> Iterator[Finding]:
    seen = reachable(definition)
    for code in definition.steps:
        step, where = definition.steps[code], f"steps.{code}"
        if isinstance(step, Split):
            total = math.fsum(arm.share for arm in step.arms)
            if abs(total - 1) > SHARE_ERROR_MAX:
                yield _error("shares_not_one", where, total=round(total, 6))
            if len(step.arms) < 2:
                yield _warning("one_arm", where)
        elif isinstance(step, Message):
            yield from _message(step, where, known)
        elif isinstance(step, Branch):
            for place, (condition, _to) in enumerate(step.cases):
                if isinstance(condition, Became) and not isinstance(
                    definition.steps.get(condition.step), Message
                ):
                    yield _error("no_such_message", f"{where}.cases.{place}", step=condition.step)
        elif isinstance(step, Task):
            if known.task_kinds and step.kind not in known.task_kinds:
                yield _error("no_such_task", where, kind=step.kind)
            if step.owner not in ("owner", "queue") and step.owner not in known.users:
                yield _error("no_such_user", where, user=step.owner)
        elif isinstance(step, WaitFor) and step.next == step.otherwise and step.next:
            yield _warning("wait_decides_nothing", where)
    if not any(isinstance(definition.steps[code], Message | Task | Notice | Request) for code in seen):
        yield _warning("does_nothing", "steps")


def _message(step: Message, where: str, known: Known) -> Iterator[Finding]:
    for channel, content in step.contents:
        kind = known.published.get(content)
        if kind is None:
            yield _error("content_not_published", where, content=content)
        elif channel in known.kinds and kind not in known.kinds[channel]:
            yield _error("content_of_other_kind", where, content=content, channel=channel)
        if content in known.without_offer:
            yield _error("content_without_offer", where, content=content)
    if step.touchpoint and step.touchpoint not in known.touchpoints:
        yield _error("no_such_touchpoint", where, touchpoint=step.touchpoint)
    channels = [channel for channel, _content in step.contents]
    used = channels if step.channel == "best" else [step.channel]
    audience = [known.audience.get((channel, step.purpose)) for channel in used]
    if audience and all(size == 0 for size in audience):
        # Service may begin before anybody was asked: consents come in with the customers.
        found = _warning if step.purpose == "service" else _error
        yield found("nobody_consents", where, purpose=step.purpose, channels=used)


def _outside(definition: Definition, known: Known) -> Iterator[Finding]:
    for where, _condition in conditions(definition):
        if where in known.broken:
            yield _error("condition_broken", where, said=known.broken[where])
    for where, movement in movements(definition):
        if movement.segment not in known.segments:
            yield _error("no_such_segment", where, segment=movement.segment)
    for code, step in definition.steps.items():
        tag = getattr(step, "tag", None)
        if tag is not None and tag not in known.tags:
            yield _error("no_such_tag", f"steps.{code}", tag=tag)
        if isinstance(step, Notice) and step.group not in known.groups:
            yield _error("no_such_group", f"steps.{code}", group=step.group)
    if isinstance(definition.start, Crossing) and definition.entry.again == "always":
        yield _warning("crossing_again", "entry", fields=len(definition.start.where))
