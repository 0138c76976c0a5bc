"""Fields of the editor's forms, as one template shows them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

Options = Sequence[tuple[str, Any]]
MINUTES = {"minutes": 1, "hours": 60, "days": 24 * 60}
UNITS: Options = (("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days")))


@dataclass
class Field:
    """One field: `again` where choosing another value changes which fields there are."""

    kind: str  # select, text, number, time, check, checks, duration, filters, arms, rule, note
    name: str
    label: Any = ""
    value: Any = ""
    options: Sequence[Any] = ()
    help: Any = ""
    unit: Any = ""
    again: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def html_id(self) -> str:
        """An id that a selector understands."""
        return "jed-" + self.name.replace(".", "-")


def select(name: str, label: Any, value: Any, options: Iterable[tuple[Any, Any]], **more: Any) -> Field:
    """A choice; a value that is not among the options is kept as one."""
    listed = [(str(code), said) for code, said in options]
    chosen = str(value)
    if chosen not in {code for code, _said in listed}:
        listed.insert(0, (chosen, chosen or "–"))
    return Field("select", name, label, chosen, listed, **more)


def number(name: str, label: Any, value: Any, **more: Any) -> Field:
    """A number as it was typed."""
    return Field("number", name, label, "" if value is None else str(value), **more)


def duration(step: Mapping[str, Any], label: Any) -> Field:
    """A span of time in the largest unit that divides it."""
    unit = next((name for name in MINUTES if name in step), "days")
    amount = step.get(unit, "")
    if unit == "minutes" and isinstance(amount, int):
        for name in ("days", "hours"):
            if amount % MINUTES[name] == 0:
                amount, unit = amount // MINUTES[name], name
                break
    return Field("duration", "amount", label, str(amount), UNITS, unit=unit)


def whole(data: QueryDict, name: str, otherwise: Any = "") -> Any:
    """A whole number, or what was typed instead: the reader of definitions says what is wrong with it."""
    typed = data.get(name, "").strip()
    try:
        return int(typed)
    except ValueError:
        return typed if typed else otherwise


def percent(data: QueryDict, name: str) -> Any:
    """A share that was typed in percent, or what was typed instead."""
    typed = data.get(name, "").replace("%", "").replace(",", ".").strip()
    try:
        return round(float(typed) / 100, 6)
    except ValueError:
        return typed


def as_percent(share: Any) -> str:
    """A share as it is typed in percent; what is none stays as it is.

    >>> as_percent(0.1), as_percent("many")
    ('10', 'many')
    """
    return f"{100 * share:g}" if isinstance(share, int | float) else str(share)


def span(data: QueryDict) -> dict[str, Any]:
    """A span of time as a definition says it."""
    unit = data.get("unit", "days")
    return {unit if unit in MINUTES else "days": whole(data, "amount")}
