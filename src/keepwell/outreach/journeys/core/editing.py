"""Changes to a journey's drawing: every one takes a definition and gives another; nothing is written here.

A way is where a step leads to: its step ("" is the beginning) and a slot: `next`, `otherwise`, `case.0`,
`arm.0`. Whatever is done, the result can be written as JSON and read again, so that a draft is kept
however unfinished it is; what is wrong with it is for the checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from keepwell.outreach.journeys.core.checks import reachable
from keepwell.outreach.journeys.core.graph import (
    END,
    Branch,
    Definition,
    End,
    Message,
    Request,
    Split,
    Step,
    WaitFor,
)
from keepwell.outreach.journeys.core.reading import STEPS_MAX, parse
from keepwell.outreach.journeys.core.writing import step_json, to_json

NEXT, REFUSED, OTHERWISE = "next", "refused", "otherwise"


class EditError(ValueError):
    """A change that cannot be made; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Way:
    """Where a step leads to; step "" is the beginning of the journey."""

    step: str
    slot: str = NEXT

    def __str__(self) -> str:
        return f"{self.step}:{self.slot}"

    @classmethod
    def of(cls, text: str) -> Way:
        """The way that `str` of one says.

        >>> Way.of("say:next"), str(Way("", "next"))
        (Way(step='say', slot='next'), ':next')
        """
        step, _sep, slot = text.partition(":")
        return cls(step, slot or NEXT)


BEGINNING = Way("")


def ways(definition: Definition) -> dict[Way, str]:
    """Every way, that of the beginning first, with the step that it leads to."""
    found = {BEGINNING: definition.first}
    for code, step in definition.steps.items():
        found.update({Way(code, slot): to for slot, to in slots(step).items()})
    return found


def slots(step: Step) -> dict[str, str]:
    """The slots of a step, in the order in which they are told, with the steps that they lead to."""
    if isinstance(step, End):
        return {}
    if isinstance(step, Branch):
        cases = {f"case.{place}": to for place, (_condition, to) in enumerate(step.cases)}
        return {**cases, OTHERWISE: step.otherwise}
    if isinstance(step, Split):
        return {f"arm.{place}": arm.next for place, arm in enumerate(step.arms)}
    if isinstance(step, WaitFor):
        return {NEXT: step.next, OTHERWISE: step.otherwise}
    if isinstance(step, Request):
        return {NEXT: step.next, REFUSED: step.refused, OTHERWISE: step.otherwise}
    return {NEXT: step.next}


def led(step: Step, to: Mapping[str, str]) -> Step:
    """The step with some of its slots leading elsewhere; slots that it does not have are left out."""
    goes = {slot: to.get(slot, was) for slot, was in slots(step).items()}
    if isinstance(step, End):
        return step
    if isinstance(step, Branch):
        cases = tuple((what, goes[f"case.{n}"]) for n, (what, _to) in enumerate(step.cases))
        return replace(step, cases=cases, otherwise=goes[OTHERWISE])
    if isinstance(step, Split):
        return replace(step, arms=tuple(replace(a, next=goes[f"arm.{n}"]) for n, a in enumerate(step.arms)))
    if isinstance(step, WaitFor):
        return replace(step, next=goes[NEXT], otherwise=goes[OTHERWISE])
    if isinstance(step, Request):
        return replace(step, next=goes[NEXT], refused=goes[REFUSED], otherwise=goes[OTHERWISE])
    return replace(step, next=goes[NEXT])


def through(step: Step) -> str:
    """Where people go on when the step is taken out: its last way of a branch, else its first."""
    onward = slots(step)
    if not onward:
        return ""
    return onward[OTHERWISE] if isinstance(step, Branch) else next(iter(onward.values()))


def insert(definition: Definition, way: Way, step: Step) -> tuple[Definition, str]:
    """Put a step on a way: all its ways lead to where that led. Gives its code too.

    Raises EditError "no_such_way", "too_many_steps".
    """
    to = _target(definition, way)
    if len(definition.steps) >= STEPS_MAX:
        raise EditError("too_many_steps")
    code = free_code(definition, step)
    put = led(step, dict.fromkeys(slots(step), to))
    steps = {**definition.steps, code: put}
    return reconnect(replace(definition, steps=steps), way, code), code


def free_code(definition: Definition, step: Step) -> str:
    """A code that no step has, after what the step is."""
    kind = str(step_json(step)["kind"])
    if isinstance(step, End) and END not in definition.steps:
        return END
    number = 1
    while f"{kind}_{number}" in definition.steps:
        number += 1
    return f"{kind}_{number}"


def reconnect(definition: Definition, way: Way, to: str) -> Definition:
    """Let a way lead elsewhere ("": nowhere). Raises EditError "no_such_way", "no_such_step"."""
    _target(definition, way)
    if to and to not in definition.steps:
        raise EditError("no_such_step")
    if way == BEGINNING:
        return replace(definition, first=to) if to else definition
    step = led(definition.steps[way.step], {way.slot: to})
    return replace(definition, steps={**definition.steps, way.step: step})


def put(definition: Definition, code: str, step: Step) -> Definition:
    """Give a step other contents; ways that both have lead on to where they led. Raises EditError."""
    if code not in definition.steps:
        raise EditError("no_such_step")
    return replace(definition, steps={**definition.steps, code: step})


def lost_with(definition: Definition, code: str) -> tuple[str, ...]:
    """Steps that nobody could come to any more without a step, in order; those alone before stay."""
    if code not in definition.steps:
        raise EditError("no_such_step")
    without = _taken_out(definition, code)
    gone = reachable(definition) - reachable(without) - {code}
    return tuple(one for one in definition.steps if one in gone)


def remove(definition: Definition, code: str) -> Definition:
    """Take a step out: who came to it goes on behind it; what only lay behind its other ways goes too.

    Raises EditError "no_such_step", "last_step".
    """
    lost = set(lost_with(definition, code))
    kept = {name: step for name, step in _taken_out(definition, code).steps.items() if name not in lost}
    # An end need not go with what led to it: the drawing keeps at least one.
    if not any(isinstance(step, End) for step in kept.values()):
        kept.update({name: definition.steps[name] for name in lost if _is_end(definition, name)})
    if not kept:
        raise EditError("last_step")
    without = _taken_out(definition, code)
    first = without.first if without.first in kept else next(iter(kept))
    ways_on = {name: _only(step, kept) for name, step in kept.items()}
    return replace(definition, first=first, steps=ways_on)


def _is_end(definition: Definition, code: str) -> bool:
    return isinstance(definition.steps[code], End)


def _only(step: Step, kept: Mapping[str, Step]) -> Step:
    """A way to what is gone leads nowhere; the checks speak of it."""
    return led(step, {slot: to if to in kept else "" for slot, to in slots(step).items()})


def _taken_out(definition: Definition, code: str) -> Definition:
    onward = through(definition.steps[code])
    onward = "" if onward == code else onward
    steps = {
        name: led(step, {slot: onward for slot, to in slots(step).items() if to == code})
        for name, step in definition.steps.items()
        if name != code
    }
    first = onward if definition.first == code else definition.first
    return replace(definition, first=first, steps=steps)


def move(definition: Definition, code: str, way: Way) -> Definition:
    """Put a step on another way; who came to it goes on behind it, its other ways stay as they are.

    Raises EditError "no_such_step", "no_such_way", "own_way" (of the step itself, or an end).
    """
    if code not in definition.steps:
        raise EditError("no_such_step")
    to = _target(definition, way)
    step = definition.steps[code]
    if way.step == code or not slots(step):
        raise EditError("own_way")
    if to == code:
        return definition
    without = _taken_out(definition, code)
    to = ways(without)[way]
    main = OTHERWISE if isinstance(step, Branch) else next(iter(slots(step)))
    steps = {**without.steps, code: led(step, {main: to})}
    ordered = {name: steps[name] for name in definition.steps}
    # A journey always begins somewhere: with the step itself where nothing was behind it.
    return reconnect(replace(without, first=without.first or code, steps=ordered), way, code)


def message_steps(definition: Definition) -> tuple[str, ...]:
    """Codes of the messages, whose fate a branch can ask for."""
    return tuple(code for code, step in definition.steps.items() if isinstance(step, Message))


def readable(definition: Definition) -> dict[str, Any]:
    """The JSON of a changed definition; raises DefinitionError where a reader would refuse it."""
    told = to_json(definition)
    parse(told)
    return told


def _target(definition: Definition, way: Way) -> str:
    found = ways(definition)
    if way not in found:
        raise EditError("no_such_way")
    return found[way]
