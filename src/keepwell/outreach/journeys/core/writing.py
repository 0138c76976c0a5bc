"""A definition as JSON; `reading.parse(to_json(definition)) == definition`."""

from __future__ import annotations

import json
from typing import Any

from keepwell.outreach.journeys.core import facts
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.graph import (
    Branch,
    Condition,
    Crossing,
    Definition,
    End,
    Ending,
    Happened,
    Holds,
    Message,
    Movement,
    Notice,
    Request,
    Split,
    Start,
    Step,
    Tag,
    Task,
    Wait,
    WaitFor,
    WaitUntil,
)

# Came later: what says nothing of them is written as it always was.
LATER = frozenset({"touchpoint", "best_hour", "from_manager"})


def to_json(definition: Definition) -> dict[str, Any]:
    """The JSON form."""
    entry = definition.entry
    told: dict[str, Any] = {
        "again": entry.again,
        "after_days": entry.after_days,
        "fresh_hours": entry.fresh_hours,
    }
    if entry.who is not None:
        told["who"] = json.loads(entry.who.definition)
    return {
        "start": _start(definition.start),
        "first": definition.first,
        "entry": told,
        "goals": [_ending(one) for one in definition.goals],
        "exits": [_ending(one) for one in definition.exits],
        "steps": {code: step_json(step) for code, step in definition.steps.items()},
        "control": definition.control,
    }


def step_json(step: Step) -> dict[str, Any]:
    """One step."""
    if isinstance(step, Wait):
        return {"kind": "wait", "minutes": step.minutes, "next": step.next}
    if isinstance(step, WaitUntil):
        until: dict[str, Any] = {"kind": "wait_until", "at": step.at.isoformat("minutes"), "next": step.next}
        until |= {"weekdays": list(step.weekdays)} if step.weekdays else {}
        return until | ({"month_end": True} if step.month_end else {})
    if isinstance(step, WaitFor):
        onward = {"next": step.next, "otherwise": step.otherwise}
        told = {"kind": "wait_for", "for": _ending(step.fact), "minutes": step.minutes, **onward}
        return told | ({"standard": step.standard} if step.standard else {})
    if isinstance(step, Branch):
        cases = [{**_condition(condition), "next": to} for condition, to in step.cases]
        return {"kind": "branch", "cases": cases, "otherwise": step.otherwise}
    if isinstance(step, Split):
        return {"kind": "split", "arms": [vars(arm).copy() for arm in step.arms]}
    if isinstance(step, Message):
        said = {name: value for name, value in vars(step).items() if name not in LATER or value}
        return {"kind": "message", **said, "contents": [list(pair) for pair in step.contents]}
    if isinstance(step, Task):
        plain = {name: value for name, value in vars(step).items() if name not in ("kind", "words")}
        return {"kind": "task", "task": step.kind, **plain, "words": dict(step.words)}
    if isinstance(step, Tag):
        return {"kind": "tag", "tag": step.tag, "next": step.next}
    if isinstance(step, Notice):
        return {"kind": "notice", "group": step.group, "words": dict(step.words), "next": step.next}
    if isinstance(step, Request):
        return {"kind": "request", **vars(step)}
    assert isinstance(step, End)
    return {"kind": "end", "outcome": step.outcome}


def _start(start: Start) -> dict[str, Any]:
    if isinstance(start, Crossing):
        return {"crossing": [_filter(one) for one in start.where]}
    if isinstance(start, Happening | Movement):
        return _ending(start)
    fact = _ending(start.fact) if start.fact else {}
    return {
        "day": start.kind,
        "offset_days": start.offset_days,
        "at": start.at.isoformat("minutes"),
        "code": start.code,
        "of": start.of,
        "days": start.days,
        **fact,
    }


def _ending(ending: Ending) -> dict[str, Any]:
    if isinstance(ending, Holds):
        return {"if": json.loads(ending.definition)}
    if isinstance(ending, Movement):
        return {"segment": ending.segment, "entered": ending.entered}
    return {"fact": ending.table, "where": [_filter(one) for one in ending.where]}


def _condition(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Holds):
        return {"if": json.loads(condition.definition)}
    if isinstance(condition, Happened):
        return {"happened": _ending(condition.fact)}
    return {"message": condition.step, "became": list(condition.fates)}


def _filter(one: Filter) -> dict[str, Any]:
    size = facts.SIZES.get(one.operator, 0)
    told: dict[str, Any] = {"column": one.column, "is": one.operator}
    if size:
        told["value"] = one.value[0] if size == 1 else list(one.value)
    return told
