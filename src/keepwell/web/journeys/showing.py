"""What the side panel shows of each place of the drawing: its words, fields, ways and what may be done."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from keepwell.accounts.access import Account
from keepwell.insight.segments import queries as segments
from keepwell.outreach.journeys import words
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.editing import Way
from keepwell.outreach.journeys.core.graph import Definition, End, in_order
from keepwell.outreach.journeys.labels import STEP
from keepwell.outreach.journeys.words import FATES
from keepwell.web import segment_form
from keepwell.web.journeys import drawing, events, steps
from keepwell.web.journeys.fields import Field, as_percent, number, select
from keepwell.web.journeys.panels import NOWHERE, Json, Panel, Piece
from keepwell.web.segment_fields import Shown


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
