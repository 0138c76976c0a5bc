"""A journey as a drawing: boxes and ways with their words, problems and counts, as a template shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import east_asian_width

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.outreach.journeys import labels, words
from keepwell.outreach.journeys.contracts import Finding, Severity
from keepwell.outreach.journeys.core.editing import BEGINNING, Way, slots, ways
from keepwell.outreach.journeys.core.facts import Happening
from keepwell.outreach.journeys.core.graph import Branch, Definition, Split, Step, in_order
from keepwell.outreach.journeys.core.writing import step_json
from keepwell.web.journeys.layout import Edge, Placed, Sizes, place

START = "start"
SIZES = Sizes()
EM = 12.5
HANGING = frozenset("，。、；：！？）》」』”")  # no line begins with these
WORDS_MAX = 3  # lines in a box
ICONS = {
    "start": "play_arrow",
    "wait": "hourglass_empty",
    "wait_until": "schedule",
    "wait_for": "notifications",
    "branch": "alt_route",
    "split": "casino",
    "message": "mail",
    "task": "person",
    "tag": "sell",
    "notice": "campaign",
    "request": "webhook",
    "end": "flag",
}


@dataclass
class Box:
    """One step (or the beginning) as it is drawn."""

    code: str
    kind: str
    title: str
    lines: list[str]
    words: str
    place: int
    x: float = 0.0
    y: float = 0.0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    waiting: int = 0
    counts: list[tuple[str, int]] = field(default_factory=list)
    is_walked: bool = False
    is_here: bool = False

    @property
    def icon(self) -> str:
        """What stands for its kind."""
        return ICONS[self.kind]

    @property
    def panel(self) -> str:
        """The panel that changes it."""
        return START if self.kind == START else f"step.{self.code}"

    @property
    def problems(self) -> list[str]:
        """What the checks say of it."""
        return self.errors + self.warnings


@dataclass
class Line:
    """One way as it is drawn; `count`: how many took it, None: not known."""

    way: str
    tail: str
    head: str
    why: str
    path: str
    x: float
    y: float
    lines: list[str]
    is_missing: bool = False
    is_back: bool = False
    count: int | None = None
    is_walked: bool = False
    head_name: str = ""

    @property
    def tag(self) -> str:
        """Its name as part of an id."""
        return self.way.replace(":", "-").replace(".", "-")


@dataclass
class Drawing:
    """A whole drawing with its size in pixels."""

    boxes: list[Box]
    lines: list[Line]
    width: float
    height: float
    half: tuple[float, float] = (SIZES.box[0] / 2, SIZES.box[1] / 2)
    general: list[tuple[str, bool]] = field(default_factory=list)  # (words, whether an error)

    @property
    def rows(self) -> list[tuple[Box, list[Line]]]:
        """Each box with the ways that leave it, as a list tells them."""
        return [(box, [line for line in self.lines if line.tail == box.code]) for box in self.boxes]

    @property
    def box_width(self) -> float:
        """How wide a box is."""
        return SIZES.box[0]

    @property
    def box_height(self) -> float:
        """How high a box is."""
        return SIZES.box[1]


def draw(plan: Definition, findings: Sequence[Finding] = ()) -> Drawing:
    """The drawing of a definition with what the checks say at each step."""
    order = in_order(plan)
    nodes: list[str] = [START, *order]
    edges: list[Edge] = []
    missing: list[str] = []
    for way, to in ways(plan).items():
        head = to
        if to not in plan.steps:
            head = f"?{way}"
            missing.append(head)
        edges.append(Edge(way, way.step or START, head))
    placed = place([*nodes, *missing], edges, SIZES)
    places = {code: n for n, code in enumerate(order, 1)}
    boxes = [_start_box(plan), *(_box(code, plan.steps[code], places[code]) for code in order)]
    for box in boxes:
        x, y = placed.boxes[box.code]
        box.x, box.y = round(x, 1), round(y, 1)
    drawing = Drawing(
        boxes,
        [_line(edge, plan, placed) for edge in edges],
        round(placed.width, 1),
        round(placed.height, 1),
    )
    for line in drawing.lines:
        line.head_name = name(line.head, plan, places) if line.head else ""
    _mark(drawing, findings, places, plan)
    return drawing


def kind_of(step: Step) -> str:
    """The kind of a step, as its JSON says."""
    return str(step_json(step)["kind"])


def title(step: Step) -> str:
    """What a step is, in a word or two."""
    return str(labels.STEP[kind_of(step)])


def name(code: str, plan: Definition, places: Mapping[str, int] | None = None) -> str:
    """How a step is spoken of: its number and what it is; a code that is not there as it is."""
    step = plan.steps.get(code)
    if step is None:
        return code
    known = places or {one: n for n, one in enumerate(in_order(plan), 1)}
    return f"{known[code]}. {title(step)}"


def _start_box(plan: Definition) -> Box:
    said = words.start(plan.start)
    short = words.happening(plan.start) if isinstance(plan.start, Happening) else said
    return Box(START, "start", pgettext("of a journey", "Begins"), wrap(short, WORDS_MAX), said, 0)


def _box(code: str, step: Step, number: int) -> Box:
    said = words.step(step)
    if isinstance(step, Branch | Split):
        said = _inner(step)
    return Box(code, kind_of(step), title(step), wrap(said, WORDS_MAX), said, number)


def _inner(step: Step) -> str:
    if isinstance(step, Branch):
        return words.condition(step.cases[0][0]) if len(step.cases) == 1 else _("Which way?")
    if isinstance(step, Split):
        return ", ".join(f"{arm.code} {arm.share:.0%}" for arm in step.arms)
    return words.step(step)


def _line(edge: Edge, plan: Definition, placed: Placed) -> Line:
    way: Any = edge.key
    x, y = placed.labels[way]
    why = reason(plan, way)
    head = str(edge.head)
    is_missing = head.startswith("?")
    points = placed.lines[way][:-1] if is_missing else placed.lines[way]
    return Line(
        way=str(way),
        tail=str(edge.tail),
        head="" if is_missing else head,
        why=why,
        path=_path(points, turned=way in placed.back),
        x=round(x, 1),
        y=round(y, 1),
        lines=wrap(why, 2, SIZES.way[0] + 10),
        is_missing=is_missing,
        is_back=way in placed.back,
    )


def reason(plan: Definition, way: Way) -> str:
    """What decides for a way, short: a branch of one condition says yes and no."""
    if way == BEGINNING:
        return ""
    step = plan.steps[way.step]
    if isinstance(step, Branch) and len(step.cases) == 1:
        return _("yes") if way.slot == "case.0" else _("no")
    told = dict(zip(slots(step), (why for why, _to in words.ways(step)), strict=True))
    return told[way.slot]


def _path(points: Sequence[tuple[float, float]], *, turned: bool) -> str:
    """The way as an SVG path: soft curves down, straight lines where it leads back."""
    x, y = points[0]
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in points[1:]:
        if turned or abs(to_x - x) < 0.5:
            parts.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            half = (y + to_y) / 2
            parts.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(parts)


def wrap(text: str, lines: int, width: float = SIZES.box[0] - 54) -> list[str]:
    """A text in at most so many lines of `width` pixels; what does not fit ends in an ellipsis."""
    found: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        wide = sum(_width(char) for char in piece)
        if used + wide <= width or piece in HANGING:
            line, used = line + piece, used + wide
            continue
        if len(found) == lines - 1:
            return [*found, _cut(line + piece, width)]
        if line.strip():
            found.append(line.strip())
        line, used = piece.lstrip(), sum(_width(char) for char in piece.lstrip())
        if used > width:
            line = _cut(line, width)
    return [*found, line.strip()] if line.strip() else found


def _pieces(text: str) -> Iterable[str]:
    """Words with the space before them; characters of Chinese one by one."""
    word = ""
    for char in text:
        if east_asian_width(char) in "WF":
            if word:
                yield word
            word = ""
            yield char
        elif char == " ":
            if word:
                yield word
            word = char
        else:
            word += char
    if word:
        yield word


def _width(char: str) -> float:
    return EM if east_asian_width(char) in "WFA" else EM * 0.51


def _cut(line: str, width: float) -> str:
    text, used = "", _width("…")
    for char in line.strip():
        used += _width(char)
        if used > width:
            break
        text += char
    return text.rstrip() + "…"


def _mark(drawing: Drawing, findings: Sequence[Finding], places: Mapping[str, int], plan: Definition) -> None:
    by_code = {box.code: box for box in drawing.boxes}
    for one in findings:
        said = finding(one, plan, places)
        is_error = one.severity is Severity.ERROR
        first, _sep, rest = one.where.partition(".")
        code = rest.partition(".")[0] if first == "steps" else (START if first in ("start", "first") else "")
        if code in by_code:
            (by_code[code].errors if is_error else by_code[code].warnings).append(said)
        else:
            drawing.general.append((said, is_error))


def finding(one: Finding, plan: Definition, places: Mapping[str, int]) -> str:
    """A finding in words that speak of steps as the drawing does."""
    figures = dict(one.figures)
    if isinstance(figures.get("step"), str):
        figures["step"] = name(figures["step"], plan, places)
    if isinstance(figures.get("steps"), list | tuple):
        figures["steps"] = [name(code, plan, places) for code in figures["steps"]]
    return labels.finding(Finding(one.code, one.severity, one.where, figures))


def count(drawing: Drawing, ways_: Mapping[str, Mapping[str, int]], came_in: int) -> None:
    """Write on each way how many took it."""
    for line in drawing.lines:
        way = Way.of(line.way)
        line.count = came_in if way == BEGINNING else ways_.get(way.step, {}).get(way.slot, 0)


def walk(drawing: Drawing, trail: Sequence[str], here: str) -> None:
    """Mark the steps that somebody came to, the ways between them, and where they are ("" : nowhere)."""
    pairs = set(zip([START, *trail], trail, strict=False))
    for box in drawing.boxes:
        box.is_walked = box.code == START or box.code in trail
        box.is_here = bool(here) and box.code == here
    for line in drawing.lines:
        line.is_walked = (line.tail, line.head) in pairs
