"""The words of definitions: operators, measures, fact tables and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keepwell.history.schemas import FACT_TABLES, ColumnType
from keepwell.insight.segments.attributes import Attribute, Kind


@dataclass(frozen=True)
class Operator:
    """How many values it takes (0, 1, 2; -1: a list), and whether they are among an attribute's choices."""

    values: int
    closed: bool = False


OPERATORS: dict[str, Operator] = {
    "in": Operator(-1, closed=True),
    "not_in": Operator(-1, closed=True),
    "contains": Operator(-1),
    "starts_with": Operator(-1),
    "at_least": Operator(1),
    "at_most": Operator(1),
    "more_than": Operator(1),
    "less_than": Operator(1),
    "equals": Operator(1),
    "between": Operator(2),
    "is_true": Operator(0),
    "is_false": Operator(0),
    "within_days": Operator(1),
    "more_than_days_ago": Operator(1),
    "on_or_after": Operator(1),
    "on_or_before": Operator(1),
    "has_any": Operator(-1, closed=True),
    "has_all": Operator(-1, closed=True),
    "has_none": Operator(-1, closed=True),
    "is_known": Operator(0),
    "is_unknown": Operator(0),
}
RELATIVE = frozenset({"within_days", "more_than_days_ago"})
_KNOWN = ("is_known", "is_unknown")
_NUMBER = ("at_least", "at_most", "more_than", "less_than", "equals", "between", *_KNOWN)
OPERATORS_OF: dict[Kind, tuple[str, ...]] = {
    "text": ("in", "not_in", "contains", "starts_with", *_KNOWN),
    "number": _NUMBER,
    "int": _NUMBER,
    "days": _NUMBER,
    "time": ("within_days", "more_than_days_ago", "on_or_after", "on_or_before", *_KNOWN),
    "bool": ("is_true", "is_false", *_KNOWN),
    "list": ("has_any", "has_all", "has_none", *_KNOWN),
}

# last and first: how many days ago the latest and the earliest fact was.
MEASURES = ("count", "sum", "average", "smallest", "largest", "distinct", "last", "first")
_OF_NUMBERS = ("sum", "average", "smallest", "largest")


@dataclass(frozen=True)
class Table:
    """A fact table as definitions see it: its time and the columns that can be filtered and measured."""

    name: str
    time: str
    columns: Mapping[str, Attribute]


_KINDS: dict[ColumnType, Kind] = {
    "string": "text",
    "timestamp": "time",
    "money": "number",
    "int": "int",
    "float": "number",
    "bool": "bool",
}
# What an item takes over from its order.
_ADDED = {"order_items": (Attribute("status", "text", ("placed", "paid", "refunded", "cancelled")),)}
_LEFT_OUT = frozenset({"customer_id", "line", "propensity"})


def _table(name: str) -> Table:
    schema = FACT_TABLES[name]
    columns = {
        column.name: Attribute(column.name, _KINDS[column.type], column.choices)
        for column in schema.columns
        if column.type in _KINDS
        and column.name not in _LEFT_OUT
        and column.name != schema.time
        and (column.name not in schema.key or (name, column.name) == ("order_items", "order_id"))
    }
    columns |= {one.name: one for one in _ADDED.get(name, ())}
    return Table(name, str(schema.time), columns)


TABLES: dict[str, Table] = {
    name: _table(name)
    for name in (
        "orders",
        "order_items",
        "subscriptions",
        "interactions",
        "contacts",
        "tickets",
        "answers",
        "ledger",
        "costs",
    )
}
# Kept in the store as a number: it can be told apart, not read.
HASHED = frozenset({("order_items", "order_id")})


def measurable(table: Table, measure: str) -> tuple[str, ...]:
    """The columns that `measure` can be taken of; none where it takes no column."""
    if measure in _OF_NUMBERS:
        return tuple(name for name, one in table.columns.items() if one.kind in ("number", "int"))
    if measure == "distinct":
        return ("day", *(name for name, one in table.columns.items() if one.kind in ("text", "int")))
    return ()


def measure_kind(table: Table, measure: str, column: str | None) -> Kind:
    """What comes out of a measure."""
    if measure in ("count", "distinct"):
        return "int"
    return "days" if measure in ("last", "first") else "number"


def filterable(table: Table) -> tuple[str, ...]:
    """The columns that facts can be filtered by."""
    return tuple(
        name for name, one in table.columns.items() if one.kind != "time" and (table.name, name) not in HASHED
    )
