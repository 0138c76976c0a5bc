"""The editor's side panel: what a place of the drawing asks, and what its answer makes of the journey.

A place is `start`, `entry`, `ends`, `goals.0`, `exits.0`, `step.CODE`, `case.CODE.0`, `way.CODE:SLOT`,
`remove.CODE` or empty: the journey as a whole. What a form says is a piece of the
definition's JSON, maybe an unfinished one; the reader of definitions judges it.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.insight.segments import contracts as conditions
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.editing import EditError, Way
from keepwell.outreach.journeys.core.graph import Definition
from keepwell.outreach.journeys.core.values import DefinitionError
from keepwell.web import segment_form
from keepwell.web.journeys import events, steps
from keepwell.web.journeys.fields import Field, percent, whole
from keepwell.web.segment_fields import Shown
from keepwell.web.segment_form import Draft

Json = dict[str, Any]
NOWHERE = ""


class UnfinishedError(ValueError):
    """A form that lacks something; the message is for people."""


@dataclass
class Piece:
    """What a form says: JSON of one place, and a condition in the builder where it has one."""

    data: Json
    rule: Draft | None = None


@dataclass
class Panel:
    """What the template shows of a place."""

    place: str
    title: str
    kind: str = "form"  # form, whole, ends, way, remove
    code: str = ""
    intro: str = ""
    fields: list[Field] = field(default_factory=list)
    rule: Shown | None = None
    ways: list[Json] = field(default_factory=list)
    cases: list[Json] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    more: Json = field(default_factory=dict)
    error: str = ""

    @property
    def has_form(self) -> bool:
        """Whether there is something to save."""
        return self.kind == "form" and bool(self.fields or self.rule or self.ways)


def exists(place: str, plan: Definition) -> bool:
    """Whether there is such a place in this journey."""
    verb, _sep, rest = place.partition(".")
    if verb in ("", "start", "entry", "ends"):
        return not rest
    if verb in ("goals", "exits"):
        return rest.isdecimal() and int(rest) <= len(getattr(plan, verb)) < 20
    if verb in ("step", "remove"):
        return rest in plan.steps
    if verb == "case":
        code, _sep, n = rest.partition(".")
        cases = getattr(plan.steps.get(code), "cases", ())
        return n.isdecimal() and int(n) < len(cases)
    return verb == "way" and Way.of(rest) in editing.ways(plan)


def stored(place: str, data: Json) -> Piece:
    """What the definition says at a place."""
    verb, _sep, rest = place.partition(".")
    if verb == "start":
        return Piece(copy.deepcopy(data["start"]))
    if verb == "entry":
        entry = {**copy.deepcopy(data["entry"]), "control": data["control"]}
        return Piece(entry, _draft(entry.pop("who", None)))
    if verb in ("goals", "exits"):
        listed = data[verb]
        ending = copy.deepcopy(listed[int(rest)]) if int(rest) < len(listed) else dict(events.ORDERED)
        return _with_rule(ending)
    if verb == "case":
        code, _sep, n = rest.partition(".")
        return _with_rule(copy.deepcopy(data["steps"][code]["cases"][int(n)]))
    if verb == "step":
        return Piece(copy.deepcopy(data["steps"][rest]))
    return Piece({})


def _with_rule(data: Json) -> Piece:
    return Piece(data, _draft(data["if"]) if "if" in data else None)


def _draft(definition: Mapping[str, Any] | None) -> Draft | None:
    """The condition in the builder; None where there is none, or the builder cannot show it."""
    return segment_form.from_definition(definition) if definition is not None else None


def _new_rule() -> Draft:
    root = Draft(segment_form.ROOT, is_group=True)
    root.children.append(Draft(f"{segment_form.ROOT}-0", is_group=False))
    return root


def typed(place: str, post: QueryDict, data: Json) -> Piece:
    """What the form of a place says."""
    verb, _sep, rest = place.partition(".")
    if verb == "step":
        was = data["steps"][rest]
        return Piece(steps.read(was["kind"], post, copy.deepcopy(was)))
    if verb == "entry":
        told = {"again": post.get("again", "once"), "fresh_hours": whole(post, "fresh_hours")}
        told["control"] = percent(post, "control") if "control" in post else data["control"]
        told["after_days"] = whole(post, "after_days", 0) if told["again"] == "after" else 0
        if "kept" in post:  # deeper than the builder shows: it stays as it is
            return Piece({**told, "who": data["entry"]["who"]})
        return Piece(told, _rule(post) if "who" in post else None)
    if verb == "case":
        code, _sep, n = rest.partition(".")
        return _typed_case(post, data["steps"][code]["cases"][int(n)])
    if verb in ("goals", "exits") and post.get("kind") == "if":
        listed = data[verb]
        was = listed[int(rest)] if int(rest) < len(listed) else {}
        return Piece({"if": was.get("if", {})}, None if "kept" in post else _rule(post))
    return Piece(events.read(post)) if verb in ("start", "goals", "exits") else Piece({})


def _typed_case(post: QueryDict, was: Mapping[str, Any]) -> Piece:
    onward = {"next": was.get("next", "")}
    kind = post.get("about", "happened")
    if kind == "if":
        return Piece({"if": was.get("if", {}), **onward}, None if "kept" in post else _rule(post))
    if kind == "message":
        return Piece({"message": post.get("message", ""), "became": post.getlist("became"), **onward})
    event = events.read(post)
    return Piece({"happened": event if "fact" in event else dict(events.ORDERED), **onward})


def _rule(post: QueryDict) -> Draft:
    return segment_form.read(post) if "node" in post else _new_rule()


def act(piece: Piece, do: str) -> None:
    """Change what the form has, without keeping it: one condition more, one arm less."""
    if piece.rule is not None:
        segment_form.act(piece.rule, do)
    elif "happened" in piece.data:
        events.act(piece.data["happened"], do)
    elif "kind" in piece.data:
        steps.act(piece.data, do)
    else:
        events.act(piece.data, do)


def put(place: str, piece: Piece, post: QueryDict, data: Json) -> Json:
    """The definition's JSON with the piece in its place. Raises UnfinishedError."""
    told = copy.deepcopy(data)
    said = piece.data
    verb, _sep, rest = place.partition(".")
    if piece.rule is not None:
        segment_form.settle(piece.rule)
        if segment_form.unfinished(piece.rule) or not piece.rule.children:
            raise UnfinishedError(_("Some conditions are not complete yet. Complete them or take them away."))
        name = "who" if verb == "entry" else "if"
        was = data["entry"].get("who") if verb == "entry" else said.get("if")
        rule = segment_form.definition(piece.rule)
        # The builder puts everything into a group; what was one condition stays as it was written.
        said = {**said, name: was if was and _same(rule, {"all": [was]}, was) else rule}
    if verb == "entry":
        told["control"] = said["control"]
        said = {name: value for name, value in said.items() if name != "control"}
    if verb in ("start", "entry"):
        told[verb] = said
    elif verb in ("goals", "exits"):
        told[verb][int(rest) : int(rest) + 1] = [said]
    elif verb == "case":
        code, _sep, n = rest.partition(".")
        told["steps"][code]["cases"][int(n)] = said
    elif verb == "step":
        told["steps"][rest] = _led(said, post)
    return told


def _same(rule: Json, *others: Json) -> bool:
    """Whether a condition says what one of the others says, numbers in whatever form they were written."""
    try:
        return conditions.parse(rule) in [conditions.parse(one) for one in others]
    except conditions.DefinitionError:
        return False


def _led(step: Json, post: QueryDict) -> Json:
    """The step with the ways that its form says."""
    for name in post:
        if not name.startswith("to."):
            continue
        slot, to = name.removeprefix("to."), post[name]
        kind, _sep, n = slot.partition(".")
        listed = step.get(f"{kind}s") if n else None
        if slot in (editing.NEXT, editing.REFUSED, editing.OTHERWISE) and slot in step:
            step[slot] = to
        elif listed is not None and n.isdecimal() and int(n) < len(listed):
            listed[int(n)]["next"] = to
    return step


def why_not(error: Exception) -> str:
    """What is wrong with a form, in words."""
    if isinstance(error, UnfinishedError):
        return str(error)
    if isinstance(error, EditError) or not isinstance(error, DefinitionError):
        return _("This cannot be done any more: the journey is another by now.")
    if error.path.endswith((".value",)):
        return _("A condition has no value yet, or one that does not fit.")
    if error.path.endswith(".share"):
        return _("Each way needs a share above 0, up to 100 %.")
    if error.path == "control":
        return _("Type a share from 0 to 50 %.")
    if error.path.endswith(".arms"):
        return _("The ways need different names.")
    if error.path.endswith(".contents"):
        return _("Choose a text for one channel at least.")
    if error.path.endswith((".minutes", ".hours", ".days", "_days", "_hours", ".priority")):
        return _("A number is missing or not possible.")
    if error.path.endswith(".at"):
        return _("Say a time of day, such as 09:30.")
    if error.path.endswith(".weekdays"):
        return _("Either days of the week or the end of a month, not both.")
    if error.path.endswith(".became"):
        return _("Choose what became of the message.")
    return _("A value is missing or does not fit.")
