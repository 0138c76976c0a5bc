"""Which facts are meant: a table and conditions on its columns, held against one fact at a time.

`facts.predicate` says the same to the engine; a test keeps both to one answer. A value that is not there
satisfies only `is_unknown` and `not_in`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from keepwell.history.schemas import FACT_TABLES, Column

TEXT = ("in", "not_in", "contains", "starts_with")
NUMBER = ("at_least", "at_most", "more_than", "less_than", "equals", "between")
KNOWN = ("is_known", "is_unknown")
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "string": TEXT + KNOWN,
    "money": NUMBER + KNOWN,
    "int": NUMBER + KNOWN,
    "float": NUMBER + KNOWN,
    "bool": ("is_true", "is_false", *KNOWN),
}
# How many values an operator takes; -1 is a list.
SIZES = {**dict.fromkeys(TEXT, -1), **dict.fromkeys(NUMBER, 1), "between": 2}
# Tables whose facts belong to a customer and say when.
TABLES = tuple(
    name for name, table in FACT_TABLES.items() if table.has_customer and table.time and name != "scores"
)
VALUES_MAX = 200


@dataclass(frozen=True)
class Filter:
    """One condition on one column; `value` holds text, or numbers as float."""

    column: str
    operator: str
    value: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Happening:
    """A fact of `table` for which every one of `where` holds."""

    table: str
    where: tuple[Filter, ...] = ()


def column_of(table: str, name: str) -> Column | None:
    """The column that can be asked, or None."""
    if table not in FACT_TABLES:
        return None
    for column in FACT_TABLES[table].columns:
        if column.name == name and column.type in OPERATORS:
            return column
    return None


def matches(happening: Happening, table: str, data: Mapping[str, Any]) -> bool:
    """Whether a fact is meant.

    >>> matches(Happening("orders", (Filter("channel", "in", ("app",)),)), "orders", {"channel": "app"})
    True
    """
    return table == happening.table and all(holds(one, data.get(one.column)) for one in happening.where)


def holds(one: Filter, value: Any) -> bool:
    """Whether a condition holds for a value of its column."""
    operator, wanted = one.operator, one.value
    if operator == "is_unknown":
        return value is None
    if operator == "not_in":
        return value is None or value not in wanted
    if value is None:
        return False
    if operator == "is_known":
        return True
    if operator == "in":
        return value in wanted
    if operator in ("contains", "starts_with"):
        text = str(value).lower()
        parts = [str(part).lower() for part in wanted]
        return any(part in text if operator == "contains" else text.startswith(part) for part in parts)
    if operator in ("is_true", "is_false"):
        return bool(value) == (operator == "is_true")
    return _compared(operator, float(value), wanted)


def _compared(operator: str, number: float, wanted: tuple[float, ...]) -> bool:
    if operator == "between":
        return wanted[0] <= number <= wanted[1]
    return {
        "at_least": number >= wanted[0],
        "at_most": number <= wanted[0],
        "more_than": number > wanted[0],
        "less_than": number < wanted[0],
        "equals": number == wanted[0],
    }[operator]


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return float(found) if found.is_finite() else None
