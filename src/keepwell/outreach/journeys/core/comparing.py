"""What two versions of a journey do differently, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from keepwell.outreach.journeys.core.editing import led, slots
from keepwell.outreach.journeys.core.graph import Definition, Step, in_order


@dataclass(frozen=True)
class StepChange:
    """A step that differs: `before` or `after` is None where it was not there; `moved`: leads elsewhere."""

    code: str
    before: Step | None
    after: Step | None
    moved: bool = False


@dataclass(frozen=True)
class Changes:
    """Everything that differs; false where nothing does."""

    steps: tuple[StepChange, ...] = ()
    start: bool = False
    first: bool = False
    entry: bool = False
    goals: bool = False
    exits: bool = False
    control: bool = False

    def __bool__(self) -> bool:
        named = (self.start, self.first, self.entry, self.goals, self.exits, self.control)
        return bool(self.steps) or any(named)


def compare(before: Definition, after: Definition) -> Changes:
    """What `after` does differently than `before`; steps in the order of the newer, then those gone."""
    codes = dict.fromkeys((*in_order(after), *in_order(before)))
    changed = []
    for code in codes:
        was, now = before.steps.get(code), after.steps.get(code)
        if was == now:
            continue
        both = was is not None and now is not None
        changed.append(StepChange(code, was, now, moved=both and slots_of(was) != slots_of(now)))
    return Changes(
        steps=tuple(changed),
        start=before.start != after.start,
        first=before.first != after.first,
        entry=before.entry != after.entry,
        goals=before.goals != after.goals,
        exits=before.exits != after.exits,
        control=before.control != after.control,
    )


def slots_of(step: Step | None) -> dict[str, str]:
    """Where a step leads to; nothing for none."""
    return {} if step is None else slots(step)


def same_but_ways(one: Step, other: Step) -> bool:
    """Whether two steps do the same and only lead elsewhere."""
    return led(one, dict.fromkeys(slots(one), "")) == led(other, dict.fromkeys(slots(other), ""))
