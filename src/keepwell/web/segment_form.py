"""The builder's form: conditions and groups as fields, and back into a definition.

Each node has a path ("0" is the whole, "0-2" a part of it) and fields named `field.path`; the repeated field
`node` lists the paths in their order, so that a form without a script says the same as one with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.insight.segments.contracts import Attribute, DefinitionError, attributes, parse
from keepwell.insight.segments.vocabulary import (
    MEASURES,
    OPERATORS,
    OPERATORS_OF,
    RELATIVE,
    TABLES,
    filterable,
    measurable,
    measure_kind,
)

ROOT = "0"
NODES_MAX = 80
FILTERS_MAX = 4
NEW = "a:tier"


@dataclass
class Draft:
    """One node while it is built: a group with `children`, or a condition with its fields."""

    path: str
    is_group: bool
    negated: bool = False
    join: str = "all"
    children: list[Draft] = field(default_factory=list)
    what: str = NEW
    measure: str = "count"
    column: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    filters: list[tuple[str, str, list[str]]] = field(default_factory=list)
    when: str = "ever"
    days: str = ""
    days_before: str = ""
    first: str = ""
    last: str = ""
    error: str = ""

    @property
    def next_path(self) -> str:
        """A path for one more part."""
        used = [int(child.path.rsplit("-", 1)[1]) for child in self.children]
        return f"{self.path}-{max(used, default=-1) + 1}"

    @property
    def attribute(self) -> Attribute | None:
        """What is asked of the record or the scores, if that is asked."""
        return attributes().get(self.what[2:]) if self.what.startswith("a:") else None

    @property
    def table(self) -> str:
        """The fact table, if facts are asked."""
        return self.what[2:] if self.what.startswith("f:") else ""


def read(data: QueryDict) -> Draft:
    """The tree that a form says; what makes no sense is left out."""
    root = Draft(ROOT, is_group=True)
    nodes: dict[str, Draft] = {ROOT: root}
    for path in data.getlist("node")[:NODES_MAX]:
        parent = nodes.get(path.rpartition("-")[0])
        if path in nodes or parent is None or not parent.is_group:
            continue
        if not path.rsplit("-", 1)[1].isdecimal():
            continue
        nodes[path] = _read(path, data)
        parent.children.append(nodes[path])
    root.join = _one(data.get(f"join.{ROOT}"), ("all", "any"))
    return root


def _read(path: str, data: QueryDict) -> Draft:
    draft = Draft(path, is_group=f"join.{path}" in data)
    draft.negated = f"not.{path}" in data
    if draft.is_group:
        draft.join = _one(data.get(f"join.{path}"), ("all", "any"))
        return draft
    draft.what = data.get(f"what.{path}", NEW)
    draft.measure = _one(data.get(f"measure.{path}"), MEASURES)
    draft.column = data.get(f"column.{path}", "")
    draft.operator = data.get(f"is.{path}", "")
    draft.values = data.getlist(f"v.{path}")
    draft.when = _one(data.get(f"when.{path}"), ("ever", "last", "before", "span", "dates"))
    draft.days, draft.days_before = data.get(f"days.{path}", ""), data.get(f"before.{path}", "")
    draft.first, draft.last = data.get(f"first.{path}", ""), data.get(f"last.{path}", "")
    for place in range(FILTERS_MAX):
        column = data.get(f"fc.{path}.{place}")
        if column:
            chosen = data.get(f"fo.{path}.{place}", ""), data.getlist(f"fv.{path}.{place}")
            draft.filters.append((column, *chosen))
    return draft


def act(root: Draft, action: str) -> None:
    """Do what a button asks: add:PATH, group:PATH, drop:PATH, filter:PATH, unfilter:PATH:PLACE."""
    verb, _sep, rest = action.partition(":")
    path, _sep, place = rest.partition(":")
    found = _find(root, path)
    if found is None:
        return
    if verb == "add" and found.is_group:
        found.children.append(Draft(found.next_path, is_group=False))
    elif verb == "group" and found.is_group:
        group = Draft(found.next_path, is_group=True, join="any" if found.join == "all" else "all")
        group.children.append(Draft(f"{group.path}-0", is_group=False))
        found.children.append(group)
    elif verb == "drop" and path != ROOT:
        parent = _find(root, path.rpartition("-")[0])
        if parent is not None:
            parent.children = [one for one in parent.children if one.path != path]
    elif verb == "filter" and found.table in TABLES and len(found.filters) < FILTERS_MAX:
        found.filters.append((filterable(TABLES[found.table])[0], "in", []))
    elif verb == "unfilter" and place.isdecimal() and int(place) < len(found.filters):
        found.filters.pop(int(place))


def settle(root: Draft) -> None:
    """Make every choice one that exists after something before it was changed, and note what is missing."""
    for draft in _all(root):
        draft.error = ""
        if draft.is_group:
            continue
        if draft.table in TABLES:
            _settle_facts(draft)
        elif draft.what != "s" and draft.attribute is None:
            draft.what = NEW
        allowed = operators(draft)
        if allowed and draft.operator not in allowed:
            draft.operator, draft.values = allowed[0], draft.values if draft.table else []
        try:
            parse(_condition(draft))
        except DefinitionError as error:
            draft.error = _why(error)


def _settle_facts(draft: Draft) -> None:
    table = TABLES[draft.table]
    columns = measurable(table, draft.measure)
    if draft.column not in columns:
        draft.column = columns[0] if columns else ""
    settled = []
    for column, operator, values in draft.filters:
        if column not in filterable(table):
            continue
        known = OPERATORS_OF[table.columns[column].kind]
        settled.append((column, operator, values) if operator in known else (column, known[0], []))
    draft.filters = settled


def operators(draft: Draft) -> tuple[str, ...]:
    """What the chosen thing can be compared by."""
    if draft.table in TABLES:
        table = TABLES[draft.table]
        kind = measure_kind(table, draft.measure, draft.column or None)
        return tuple(one for one in OPERATORS_OF[kind] if kind != "int" or one[:3] != "is_")
    found = draft.attribute
    return OPERATORS_OF[found.kind] if found else ()


def definition(root: Draft, *, complete_only: bool = False) -> dict[str, Any]:
    """The definition that a draft says; with `complete_only` unfinished conditions are left out."""
    return _group(root, complete_only)


def _group(draft: Draft, complete_only: bool) -> dict[str, Any]:
    parts = []
    for child in draft.children:
        if child.is_group:
            said = _group(child, complete_only)
            if not said[child.join]:
                continue  # a group without a condition says nothing
        elif complete_only and child.error:
            continue
        else:
            said = _condition(child)
        parts.append({"not": said} if child.negated else said)
    return {draft.join: parts}


def _condition(draft: Draft) -> dict[str, Any]:
    if draft.what == "s":
        first = draft.values[0] if draft.values else ""
        return {"segment": int(first) if first.isdecimal() else 0}
    found = draft.attribute
    if found is not None:
        return {"attribute": found.name, **_compared(draft.operator, draft.values, found)}
    kind = Attribute("", measure_kind(TABLES[draft.table], draft.measure, draft.column or None))
    said: dict[str, Any] = {"facts": draft.table, "measure": draft.measure}
    if draft.column:
        said["column"] = draft.column
    columns = TABLES[draft.table].columns
    if draft.filters:
        said["where"] = [
            {"column": column, **_compared(operator, values, columns[column])}
            for column, operator, values in draft.filters
        ]
    window = _window(draft)
    return {**said, **({"window": window} if window else {}), **_compared(draft.operator, draft.values, kind)}


def _window(draft: Draft) -> dict[str, Any]:
    if draft.when == "last":
        return {"within_days": draft.days}
    if draft.when == "before":
        return {"before_days": draft.days}
    if draft.when == "span":
        return {"within_days": draft.days, "before_days": draft.days_before}
    if draft.when == "dates":
        return {name: said for name, said in (("first_on", draft.first), ("last_on", draft.last)) if said}
    return {}


def _compared(operator: str, values: Sequence[str], of: Attribute) -> dict[str, Any]:
    known = OPERATORS.get(operator)
    if known is None or known.values == 0:
        return {"is": operator}
    if known.values == -1:
        typed = values if of.choices else [part for value in values for part in _split(value)]
        return {"is": operator, "value": [one.strip() for one in typed if one.strip()]}
    if of.share and operator not in RELATIVE:
        values = [_share(one) for one in values]
    said = [one.strip().replace(" ", "") if of.kind in ("number", "int") else one.strip() for one in values]
    if known.values == 2:
        return {"is": operator, "value": ([*said, "", ""])[:2]}
    return {"is": operator, "value": said[0] if said and said[0] else None}


def _split(value: str) -> list[str]:
    for sign in ("，", "、", ";", "；"):
        value = value.replace(sign, ",")
    return value.split(",")


def _share(percent: str) -> str:
    """A share of one from what was typed as per cent."""
    from decimal import Decimal, InvalidOperation

    try:
        return str(Decimal(percent.strip().removesuffix("%").strip()) / 100)
    except InvalidOperation:
        return percent


def from_definition(data: Mapping[str, Any]) -> Draft | None:
    """The draft of a definition; None for one that is nested in a way that the form cannot say."""
    root = Draft(ROOT, is_group=True)
    if "all" not in data and "any" not in data:
        data = {"all": [data]}
    root.join = "all" if "all" in data else "any"
    for child in data[root.join]:
        made = _draft(child, root.next_path)
        if made is None:
            return None
        root.children.append(made)
    return root


def _draft(data: Mapping[str, Any], path: str) -> Draft | None:
    if "not" in data:
        inner = _draft(data["not"], path)
        if inner is None or inner.negated:
            return None
        inner.negated = True
        return inner
    if "all" in data or "any" in data:
        join = "all" if "all" in data else "any"
        group = Draft(path, is_group=True, join=join)
        for child in data[join]:
            made = _draft(child, group.next_path)
            if made is None:
                return None
            group.children.append(made)
        return group
    if "segment" in data:
        return Draft(path, is_group=False, what="s", values=[str(data["segment"])])
    draft = Draft(path, is_group=False, operator=str(data["is"]))
    if "attribute" in data:
        draft.what = f"a:{data['attribute']}"
        draft.values = _typed(data, draft.attribute)
        return draft
    draft.what, draft.measure = f"f:{data['facts']}", data.get("measure", "count")
    draft.column, draft.values = data.get("column") or "", _typed(data, None)
    columns = TABLES[draft.table].columns
    draft.filters = [
        (one["column"], one["is"], _typed(one, columns.get(one["column"]))) for one in data.get("where", [])
    ]
    _typed_window(draft, data.get("window") or {})
    return draft


def _typed(data: Mapping[str, Any], of: Attribute | None) -> list[str]:
    value = data.get("value")
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    said = [str(one) for one in listed]
    if of is not None and of.share and data["is"] not in RELATIVE:
        from decimal import Decimal

        return [f"{(Decimal(one) * 100).normalize():f}" for one in said]
    if OPERATORS[data["is"]].values == -1 and not (of is not None and of.choices):
        return [", ".join(said)]
    return said


def _typed_window(draft: Draft, window: Mapping[str, Any]) -> None:
    within, before = window.get("within_days"), window.get("before_days")
    if within and before:
        draft.when, draft.days, draft.days_before = "span", str(within), str(before)
    elif within or before:
        draft.when, draft.days = ("last" if within else "before"), str(within or before)
    elif window:
        draft.when = "dates"
        draft.first, draft.last = str(window.get("first_on") or ""), str(window.get("last_on") or "")


def _find(root: Draft, path: str) -> Draft | None:
    return next((one for one in _all(root) if one.path == path), None)


def _all(draft: Draft) -> list[Draft]:
    return [draft, *(one for child in draft.children for one in _all(child))]


def problems(root: Draft) -> list[tuple[str, str]]:
    """Each condition's path with what is missing, empty where nothing is."""
    return [(one.path, one.error) for one in _all(root) if not one.is_group]


def unfinished(root: Draft) -> int:
    """How many conditions are not complete."""
    return sum(1 for one in _all(root) if one.error)


def _one(value: str | None, allowed: Sequence[str]) -> str:
    return value if value is not None and value in allowed else allowed[0]


def _why(error: DefinitionError) -> str:
    """What is missing, in words."""
    if error.path.startswith("window"):
        return _("Say which time: a number of days, or dates.")
    if error.path.startswith("where"):
        return _("A filter has no value yet.")
    if error.path.endswith("segment"):
        return _("Choose a segment.")
    return _("A value is missing or does not fit.")
