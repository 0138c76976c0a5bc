"""Segments in words and small pictures, for the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.insight.segments import queries
from keepwell.insight.segments.contracts import Explained, FactCondition, Size, attributes
from keepwell.insight.segments.words import condition_text, value_text
from keepwell.web import formats

WIDTH, HEIGHT = 96, 24
SHARED = {
    "private": gettext_lazy("Only me"),
    "team": gettext_lazy("My team"),
    "all": gettext_lazy("Everybody"),
}


@dataclass(frozen=True)
class Line:
    """One line of an explanation: how deep, whether it holds, what is asked, what the customer has."""

    depth: int
    holds: bool
    text: str
    own: str
    is_group: bool


def explanation(told: Explained) -> list[Line]:
    """The tree as lines, from the whole to its parts."""
    names = queries.names()
    lines: list[Line] = []

    def walk(one: Explained, depth: int) -> None:
        if one.condition is not None:
            text = condition_text(one.condition, segment_name=lambda number: names.get(number, str(number)))
            lines.append(Line(depth, one.holds, text, own_value(one), False))
            return
        if one.join == "not":
            lines.append(Line(depth, one.holds, _("This must not hold:"), "", True))
        elif depth or one.join == "any":
            text = _("All of these must hold:") if one.join == "all" else _("One of these must hold:")
            lines.append(Line(depth, one.holds, text, "", True))
        for part in one.parts:
            walk(part, depth + 1)

    walk(told, 0)
    return lines


def own_value(one: Explained) -> str:
    """The customer's own value of a condition."""
    if one.condition is None or not hasattr(one.condition, "operator"):
        return ""
    if one.value is None or one.value == []:
        return _("not known") if not isinstance(one.condition, FactCondition) else _("none")
    labels, share = None, False
    if not isinstance(one.condition, FactCondition):
        found = attributes().get(getattr(one.condition, "attribute", ""))
        labels, share = (found.labels, found.share) if found else (None, False)
    value: Any = one.value
    if hasattr(value, "hour"):
        return formats.exact(value)
    return value_text(value, labels, share=share)


def spark(sizes: Sequence[Size]) -> str:
    """The points of a line of sizes; empty with fewer than two."""
    if len(sizes) < 2:
        return ""
    numbers = [one.size for one in sizes]
    low, high = min(numbers), max(numbers)
    step = WIDTH / (len(numbers) - 1)

    def height(size: int) -> float:
        return HEIGHT / 2 if high == low else HEIGHT - 2 - (size - low) / (high - low) * (HEIGHT - 4)

    return " ".join(f"{place * step:.1f},{height(one):.1f}" for place, one in enumerate(numbers))


def change(sizes: Sequence[Size]) -> int | None:
    """How much larger it is than before the last cycle."""
    return sizes[-1].size - sizes[-2].size if len(sizes) > 1 else None
