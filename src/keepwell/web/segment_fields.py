"""What the builder's template needs of each node: options in words, the kind of input, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from keepwell.insight.segments import queries as segments
from keepwell.insight.segments.contracts import Attribute, SegmentView, grouped
from keepwell.insight.segments.value_words import labels_of
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
from keepwell.insight.segments.words import COLUMNS, FACTS, OPERATOR_NAMES
from keepwell.insight.segments.words import MEASURES as MEASURE_NAMES
from keepwell.web.segment_form import FILTERS_MAX, Draft, operators

Options = list[tuple[str, Any]]


class Shown:
    """One node of the form as the template reads it."""

    def __init__(self, draft: Draft, others: Sequence[SegmentView], depth: int = 0) -> None:
        self.draft = draft
        self.depth = depth
        self.children = [Shown(child, others, depth + 1) for child in draft.children]
        self.may_nest = depth < 3
        if not draft.is_group:
            self._condition(draft, others)

    def _condition(self, draft: Draft, others: Sequence[SegmentView]) -> None:
        self.groups = [
            *((label, [(f"a:{one.name}", one.label) for one in known]) for label, known in grouped()),
        ]
        self.facts: Options = [(f"f:{name}", FACTS[name]) for name in TABLES]
        self.segments: Options = [(str(one.segment_id), one.name) for one in others]
        self.is_segment = draft.what == "s"
        if self.is_segment:
            return
        self.operators: Options = [(name, OPERATOR_NAMES[name]) for name in operators(draft)]
        if draft.table:
            table = TABLES[draft.table]
            self.measures: Options = [
                (name, MEASURE_NAMES[name])
                for name in MEASURES
                if measurable(table, name) or name in ("count", "last", "first")
            ]
            self.columns: Options = [
                (name, COLUMNS.get(name, name)) for name in measurable(table, draft.measure)
            ]
            kind = measure_kind(table, draft.measure, draft.column or None)
            self.input = value_input(draft.operator, draft.values, Attribute("", kind), suggest=None)
            self.filters = [_filter(draft, place, *one) for place, one in enumerate(draft.filters)]
            self.may_filter = len(self.filters) < FILTERS_MAX
        elif draft.attribute is not None:
            found = draft.attribute
            self.input = value_input(
                draft.operator,
                draft.values,
                found,
                suggest=partial(segments.known_values, found.name),
            )


def _filter(draft: Draft, place: int, column: str, operator: str, values: list[str]) -> dict[str, Any]:
    table = TABLES[draft.table]
    known = table.columns[column]
    of = Attribute(column, known.kind, known.choices, labels=labels_of(column) if known.choices else {})
    return {
        "place": place,
        "field": f"{draft.path}-{place}",
        "name": f"fv.{draft.path}.{place}",
        "column": column,
        "columns": [(name, COLUMNS.get(name, name)) for name in filterable(table)],
        "operator": operator,
        "operators": [(name, OPERATOR_NAMES[name]) for name in OPERATORS_OF[known.kind]],
        "input": value_input(
            operator, values, of, suggest=partial(segments.known_values, column, draft.table)
        ),
    }


def value_input(operator: str, values: list[str], of: Attribute, suggest: Any) -> dict[str, Any]:
    """What the template of a value needs: the kind of field, what it says, what may be chosen."""
    known = OPERATORS.get(operator)
    if known is None or known.values == 0:
        return {"kind": "none"}
    if known.values == -1 and of.choices:
        return {
            "kind": "choices",
            "options": [(one, of.labels.get(one, one), one in values) for one in of.choices],
        }
    typed = ([*values, "", ""])[:2]
    if operator in RELATIVE:
        return {"kind": "days", "value": typed[0]}
    if of.kind == "time":
        return {"kind": "date", "value": typed[0]}
    if known.values == -1 or of.kind == "text":
        return {
            "kind": "text",
            "value": ", ".join(one for one in values if one),
            "suggestions": suggest(limit=40) if suggest else [],
            "many": known.values == -1,
        }
    unit = "%" if of.share else ""
    return {"kind": "number", "value": typed[0], "second": typed[1], "two": known.values == 2, "unit": unit}
