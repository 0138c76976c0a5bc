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
from django.utils.translation import ngettext, pgettext

from keepwell.accounts.access import Account
from keepwell.insight.segments import contracts as conditions
from keepwell.insight.segments import queries as segments
from keepwell.outreach.journeys import words
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.editing import EditError, Way
from keepwell.outreach.journeys.core.graph import Definition, End, in_order
from keepwell.outreach.journeys.core.values import DefinitionError
from keepwell.outreach.journeys.labels import STEP
from keepwell.outreach.journeys.words import FATES
from keepwell.web import segment_form
from keepwell.web.journeys import drawing, events, steps
from keepwell.web.journeys.fields import Field, as_percent, number, percent, select, whole
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
        if slot in ("next", "otherwise"):
            step[slot] = to
        elif listed is not None and n.isdecimal() and int(n) < len(listed):
            listed[int(n)]["next"] = to
    return step


def show(place: str, piece: Piece, plan: Definition, user: Account, marks: drawing.Drawing) -> Panel:
    """The panel of a place."""
    verb, _sep, rest = place.partition(".")
    made = _SHOWN[verb](place, rest, piece, plan, user)
    made.problems = [said for box in marks.boxes if box.panel == place for said in box.problems]
    if piece.rule is not None:
        segment_form.settle(piece.rule)
        made.rule = Shown(piece.rule, segments.segments(user))
    elif piece.data.get("if") or (verb == "entry" and "who" in piece.data):
        made.fields.append(_kept(piece))
    return made


def _kept(piece: Piece) -> Field:
    rule = piece.data.get("if") or piece.data["who"]
    said = segments.sentence(rule)
    note = _("This condition is nested deeper than the builder shows; it stays as it is.")
    return Field("kept", "kept", said, help=note)


def _whole(place: str, _rest: str, _piece: Piece, plan: Definition, _user: Account) -> Panel:
    return Panel(place, _("The journey"), kind="whole", more=summary(plan))


def summary(plan: Definition) -> Json:
    """How a journey begins, who may come in, and what ends it, in words."""
    return {
        "start": words.start(plan.start),
        "entry": words.entry(plan),
        "control": words.control(plan),
        "goals": [words.ending(one) for one in plan.goals],
        "exits": [words.ending(one) for one in plan.exits],
    }


def _start(place: str, _rest: str, piece: Piece, _plan: Definition, user: Account) -> Panel:
    days = [(f"day:{kind}", word) for kind, word in events.DAY_WORDS.items()]
    kinds = [*events.EVENT_KINDS, events.CROSSING, *days]
    choice = select("kind", _("What sets somebody going"), events.kind_of(piece.data), kinds, again=True)
    return Panel(
        place,
        _("The beginning"),
        intro=_("What happened before the journey is switched on starts nothing."),
        fields=[choice, *events.fields(piece.data, user)],
    )


def _entry(place: str, _rest: str, piece: Piece, _plan: Definition, _user: Account) -> Panel:
    data = piece.data
    found = [
        select("again", _("How often somebody may come in"), data.get("again", "once"), _again(), again=True)
    ]
    if data.get("again") == "after":
        found.append(
            number("after_days", _("After how many days"), data.get("after_days") or 30, unit=_("days"))
        )
    fresh = number("fresh_hours", _("What happened longer ago starts nothing"), data.get("fresh_hours", 48))
    fresh.unit = _("hours")
    has_rule = piece.rule is not None or "who" in data
    only = Field("check", "who", _("Only who satisfies a condition"), has_rule, again=True)
    intro = _("Nobody is inside twice at the same time.")
    kept = number("control", _("Kept as control, by lot"), as_percent(data.get("control")), unit="%")
    kept.help = _(
        "From 0 to 50. They get nothing of its marketing, so that there is somebody to compare with. With 0 "
        "nobody will know what the journey brings. It counts from the next version that is switched on."
    )
    return Panel(place, _("Who may come in"), intro=intro, fields=[*found, fresh, kept, only])


def _again() -> list[tuple[str, str]]:
    return [
        ("once", pgettext("how often somebody may come in", "once in their life")),
        ("after", pgettext("how often somebody may come in", "again after some days")),
        ("always", pgettext("how often somebody may come in", "each time anew")),
    ]


def _ends(place: str, _rest: str, _piece: Piece, plan: Definition, _user: Account) -> Panel:
    groups = [
        ("goals", _("Ends at once, because its goal is reached"), plan.goals, _("Another goal")),
        ("exits", _("Ends at once, without its goal"), plan.exits, _("Another way out")),
    ]
    listed = [
        {
            "list": which,
            "title": said,
            "rows": [(f"{which}.{n}", n, words.ending(one)) for n, one in enumerate(endings)],
            "new": f"{which}.{len(endings)}",
            "add": add,
        }
        for which, said, endings, add in groups
    ]
    return Panel(place, _("Goals and ways out"), kind="ends", more={"groups": listed})


def _ending(place: str, rest: str, piece: Piece, plan: Definition, user: Account) -> Panel:
    which = place.partition(".")[0]
    kind = "if" if piece.rule is not None else events.kind_of(piece.data)
    choice = select("kind", _("What ends it"), kind, [*events.EVENT_KINDS, events.RULE], again=True)
    title = _("Goal") if which == "goals" else _("Way out")
    found = [choice, *(events.fields(piece.data, user) if kind != "if" else [])]
    is_new = int(rest) >= len(getattr(plan, which))
    intro = _("A condition is asked when the next step is due.") if kind == "if" else ""
    return Panel(place, title, intro=intro, fields=found, more={"is_new": is_new})


def _step(place: str, code: str, piece: Piece, plan: Definition, user: Account) -> Panel:
    step = plan.steps[code]
    made = Panel(
        place,
        drawing.name(code, plan),
        code=code,
        intro=str(steps.ABOUT[drawing.kind_of(step)]),
        fields=steps.fields(piece.data, user),
    )
    made.more = {"may_move": not isinstance(step, End)}
    made.ways = [
        {"slot": slot, "why": drawing.reason(plan, Way(code, slot)), "to": to, "options": targets(plan, code)}
        for slot, to in editing.slots(step).items()
    ]
    if drawing.kind_of(step) == "branch":
        cases = getattr(step, "cases", ())
        made.cases = [
            {"place": f"case.{code}.{n}", "n": n, "words": words.condition(what), "only": len(cases) == 1}
            for n, (what, _to) in enumerate(cases)
        ]
    return made


def targets(plan: Definition, of: str = "") -> list[tuple[str, str]]:
    """The steps that a way may lead to, in order, and nowhere."""
    named = [(code, drawing.name(code, plan)) for code in in_order(plan) if code != of]
    return [*named, (NOWHERE, _("nowhere yet"))]


def _case(place: str, rest: str, piece: Piece, plan: Definition, user: Account) -> Panel:
    code = rest.partition(".")[0]
    data = piece.data
    kind = "if" if piece.rule is not None or "if" in data else "message" if "message" in data else "happened"
    abouts = [
        ("if", _("the customer satisfies a condition")),
        ("happened", _("something has happened since they came in")),
        ("message", _("what became of a message")),
    ]
    found = [select("about", _("This way if"), kind, abouts, again=True)]
    if kind == "happened":
        found += events.fields(data["happened"], user)
    elif kind == "message":
        named = [(one, drawing.name(one, plan)) for one in editing.message_steps(plan)]
        chosen = set(data.get("became", ()))
        fates = [(fate, word, fate in chosen) for fate, word in FATES.items()]
        found.append(select("message", _("Which message"), data.get("message", ""), named))
        found.append(Field("checks", "became", _("It was one of these"), options=fates))
    return Panel(place, drawing.name(code, plan), code=code, fields=found, more={"back": f"step.{code}"})


def _way(place: str, rest: str, _piece: Piece, plan: Definition, _user: Account) -> Panel:
    way = Way.of(rest)
    to = editing.ways(plan)[way]
    behind = drawing.name(way.step, plan) if way.step else pgettext("of a journey", "Begins")
    why = drawing.reason(plan, way)
    made = Panel(
        place, _("A step here"), kind="way", code=way.step, intro=behind + (f" · {why}" if why else "")
    )
    movable = [
        (code, drawing.name(code, plan))
        for code in in_order(plan)
        if code not in (way.step, to) and not isinstance(plan.steps[code], End)
    ]
    made.more = {
        "way": rest,
        "palette": [(kind, STEP[kind], steps.ABOUT[kind], drawing.ICONS[kind]) for kind in steps.PALETTE],
        "to": to,
        "targets": targets(plan, "") if way.step else targets(plan, "")[:-1],
        "movable": movable,
    }
    return made


def _remove(place: str, code: str, _piece: Piece, plan: Definition, _user: Account) -> Panel:
    lost = editing.lost_with(plan, code)
    said = _("Who came to it goes on behind it.")
    if lost:
        said = ngettext(
            "With it goes %(n)s step that nobody could come to any more: %(steps)s.",
            "With it go %(n)s steps that nobody could come to any more: %(steps)s.",
            len(lost),
        ) % {"n": len(lost), "steps": ", ".join(drawing.name(one, plan) for one in lost)}
    title = _("Take “%(step)s” out?") % {"step": drawing.name(code, plan)}
    return Panel(place, title, kind="remove", code=code, intro=said)


_SHOWN = {
    "": _whole,
    "start": _start,
    "entry": _entry,
    "ends": _ends,
    "goals": _ending,
    "exits": _ending,
    "step": _step,
    "case": _case,
    "way": _way,
    "remove": _remove,
}


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
