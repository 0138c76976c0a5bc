"""What a segment is: conditions joined by all, any and not, as frozen values and as plain JSON.

JSON forms, each a mapping:

- `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}`; an empty `all` is everybody, an empty `any` nobody;
- `{"attribute": "tier", "is": "in", "value": ["high"]}`: something known of the customer now;
- `{"facts": "orders", "measure": "count", "where": [{"column": "channel", "is": "in", "value": ["app"]}],
  "window": {"within_days": 90}, "is": "at_least", "value": 3}`: something counted from facts;
- `{"segment": 12}`: who is in another segment.

What is not known satisfies no comparison; only `is_unknown`, `not_in` and `has_none` hold without a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from keepwell.insight.segments import vocabulary as words
from keepwell.insight.segments.attributes import Attribute, attribute_named

DEPTH_MAX = 8
CONDITIONS_MAX = 60
VALUES_MAX = 500
DAYS_MAX = 36_500
TEXT_MAX = 200

Scalar = str | int | float | Decimal | bool | date


class DefinitionError(ValueError):
    """A definition that makes no sense; `path` says where, e.g. `all[1].value`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or 'definition'}: {message}")
        self.path = path
        self.message = message


@dataclass(frozen=True)
class Window:
    """Which facts count: the last `within_days` days, those before `before_days` days ago, or dates.

    `first_on` and `last_on` are whole days in UTC, both included. Empty: all facts up to now.
    """

    within_days: int | None = None
    before_days: int | None = None
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True)
class AttributeCondition:
    """Something known of the customer now."""

    attribute: str
    operator: str
    value: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class Filter:
    """Which facts count, by one column."""

    column: str
    operator: str
    value: tuple[Scalar, ...] = ()


@dataclass(frozen=True)
class FactCondition:
    """A measure over a customer's facts of one table, compared with a value."""

    table: str
    measure: str
    operator: str
    value: tuple[Scalar, ...]
    column: str | None = None
    where: tuple[Filter, ...] = ()
    window: Window = Window()


@dataclass(frozen=True)
class SegmentCondition:
    """Who is in another segment."""

    segment_id: int


@dataclass(frozen=True)
class Not:
    """Everybody whom `node` does not hold for."""

    node: Node


@dataclass(frozen=True)
class Group:
    """`all` or `any` of the nodes."""

    join: Literal["all", "any"]
    nodes: tuple[Node, ...]


Condition = AttributeCondition | FactCondition | SegmentCondition
Node = Condition | Not | Group


def parse(data: Any) -> Node:
    """The definition that `data` (decoded JSON) says; raises DefinitionError naming the path."""
    node = _node(data, "", 0)
    if sum(1 for _leaf in leaves(node)) > CONDITIONS_MAX:
        raise DefinitionError("", f"more than {CONDITIONS_MAX} conditions")
    return node


def leaves(node: Node) -> Iterator[Condition]:
    """Every condition, from left to right."""
    if isinstance(node, Group):
        for one in node.nodes:
            yield from leaves(one)
    elif isinstance(node, Not):
        yield from leaves(node.node)
    else:
        yield node


def referenced(node: Node) -> set[int]:
    """The segments that `node` asks for directly."""
    return {leaf.segment_id for leaf in leaves(node) if isinstance(leaf, SegmentCondition)}


def fact_tables(node: Node) -> set[str]:
    """The fact tables that `node` asks for directly."""
    return {leaf.table for leaf in leaves(node) if isinstance(leaf, FactCondition)}


def to_json(node: Node) -> dict[str, Any]:
    """The JSON form; `parse(to_json(node)) == node`."""
    if isinstance(node, Group):
        return {node.join: [to_json(one) for one in node.nodes]}
    if isinstance(node, Not):
        return {"not": to_json(node.node)}
    if isinstance(node, SegmentCondition):
        return {"segment": node.segment_id}
    if isinstance(node, AttributeCondition):
        return {"attribute": node.attribute, **_comparison(node.operator, node.value)}
    return {
        "facts": node.table,
        "measure": node.measure,
        **({"column": node.column} if node.column else {}),
        **({"where": [_filter_json(one) for one in node.where]} if node.where else {}),
        **({"window": window} if (window := _window_json(node.window)) else {}),
        **_comparison(node.operator, node.value),
    }


def _filter_json(one: Filter) -> dict[str, Any]:
    return {"column": one.column, **_comparison(one.operator, one.value)}


def _window_json(window: Window) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in vars(window).items()
        if value is not None
    }


def _comparison(operator: str, value: tuple[Scalar, ...]) -> dict[str, Any]:
    plain = [_plain(one) for one in value]
    size = words.OPERATORS[operator].values
    if size == 0:
        return {"is": operator}
    return {"is": operator, "value": plain[0] if size == 1 else plain}


def _plain(value: Scalar) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _node(data: Any, path: str, depth: int) -> Node:
    if not isinstance(data, Mapping):
        raise DefinitionError(path, "expected a mapping")
    if depth > DEPTH_MAX:
        raise DefinitionError(path, f"groups inside each other more than {DEPTH_MAX} deep")
    kinds = [name for name in ("all", "any", "not", "attribute", "facts", "segment") if name in data]
    if len(kinds) != 1:
        raise DefinitionError(path, "expected exactly one of all, any, not, attribute, facts, segment")
    kind = kinds[0]
    inner = _join(path, kind)
    if kind in ("all", "any"):
        _only(data, path, {kind})
        nodes = _list(data[kind], inner)
        return Group(
            "all" if kind == "all" else "any",
            tuple(_node(one, f"{inner}[{place}]", depth + 1) for place, one in enumerate(nodes)),
        )
    if kind == "not":
        _only(data, path, {"not"})
        return Not(_node(data["not"], inner, depth + 1))
    if kind == "segment":
        _only(data, path, {"segment"})
        return SegmentCondition(_integer(data["segment"], inner, 1, 2**53))
    return _attribute(data, path) if kind == "attribute" else _fact(data, path)


def _attribute(data: Mapping[str, Any], path: str) -> AttributeCondition:
    _only(data, path, {"attribute", "is", "value"})
    name = _text(data["attribute"], _join(path, "attribute"))
    found = attribute_named(name)
    if found is None:
        raise DefinitionError(_join(path, "attribute"), f"{name!r} is not known")
    operator = _operator(data, path, found.kind)
    return AttributeCondition(name, operator, _values(data, path, operator, found))


def _fact(data: Mapping[str, Any], path: str) -> FactCondition:
    _only(data, path, {"facts", "measure", "column", "where", "window", "is", "value"})
    name = _text(data["facts"], _join(path, "facts"))
    table = words.TABLES.get(name)
    if table is None:
        raise DefinitionError(_join(path, "facts"), f"{name!r} is not one of {', '.join(words.TABLES)}")
    measure = _text(data.get("measure", "count"), _join(path, "measure"))
    if measure not in words.MEASURES:
        raise DefinitionError(
            _join(path, "measure"), f"{measure!r} is not one of {', '.join(words.MEASURES)}"
        )
    column = _measured(data, path, table, measure)
    where = tuple(
        _filter(one, f"{_join(path, 'where')}[{place}]", table)
        for place, one in enumerate(_list(data.get("where", []), _join(path, "where")))
    )
    kind = words.measure_kind(table, measure, column)
    operator = _operator(data, path, kind)
    value = _values(data, path, operator, Attribute("", kind))
    return FactCondition(name, measure, operator, value, column, where, _window(data, path))


def _measured(data: Mapping[str, Any], path: str, table: words.Table, measure: str) -> str | None:
    inner = _join(path, "column")
    wanted = words.measurable(table, measure)
    if not wanted:
        if data.get("column") is not None:
            raise DefinitionError(inner, f"{measure} takes no column")
        return None
    column = _text(data.get("column"), inner)
    if column not in wanted:
        raise DefinitionError(inner, f"{measure} of {column!r} is not possible; one of {', '.join(wanted)}")
    return column


def _filter(data: Any, path: str, table: words.Table) -> Filter:
    if not isinstance(data, Mapping):
        raise DefinitionError(path, "expected a mapping")
    _only(data, path, {"column", "is", "value"})
    column = _text(data.get("column"), _join(path, "column"))
    found = table.columns.get(column)
    if found is None or found.kind == "time":
        raise DefinitionError(_join(path, "column"), f"{column!r} is no column of {table.name} to filter by")
    operator = _operator(data, path, found.kind)
    return Filter(column, operator, _values(data, path, operator, found))


def _window(data: Mapping[str, Any], path: str) -> Window:
    given, inner = data.get("window"), _join(path, "window")
    if given is None:
        return Window()
    if not isinstance(given, Mapping):
        raise DefinitionError(inner, "expected a mapping")
    _only(given, inner, {"within_days", "before_days", "first_on", "last_on"})
    days = {
        name: _integer(given[name], _join(inner, name), 1, DAYS_MAX)
        for name in ("within_days", "before_days")
        if given.get(name) is not None
    }
    dates = {
        name: _date(given[name], _join(inner, name))
        for name in ("first_on", "last_on")
        if given.get(name) is not None
    }
    if len(days) == 2 and days["within_days"] <= days["before_days"]:
        raise DefinitionError(_join(inner, "within_days"), "must be more than before_days")
    if len(dates) == 2 and dates["last_on"] < dates["first_on"]:
        raise DefinitionError(_join(inner, "last_on"), "must not be before first_on")
    return Window(
        days.get("within_days"), days.get("before_days"), dates.get("first_on"), dates.get("last_on")
    )


def _operator(data: Mapping[str, Any], path: str, kind: words.Kind) -> str:
    operator = _text(data.get("is"), _join(path, "is"))
    allowed = words.OPERATORS_OF[kind]
    if operator not in allowed:
        raise DefinitionError(_join(path, "is"), f"{operator!r} is not one of {', '.join(allowed)}")
    return operator


def _values(data: Mapping[str, Any], path: str, operator: str, of: Attribute) -> tuple[Scalar, ...]:
    inner, size = _join(path, "value"), words.OPERATORS[operator].values
    if size == 0:
        if data.get("value") is not None:
            raise DefinitionError(inner, f"{operator} takes no value")
        return ()
    given = data.get("value")
    if given is None:
        raise DefinitionError(inner, "required")
    if size == 1:
        values: Sequence[Any] = [given]
    else:
        values = _list(given, inner)
        if size == 2 and len(values) != 2:
            raise DefinitionError(inner, "expected two values")
        if not 0 < len(values) <= VALUES_MAX:
            raise DefinitionError(inner, f"expected between 1 and {VALUES_MAX} values")
    kind: words.Kind = "days" if operator in words.RELATIVE else of.kind
    found = tuple(_value(one, inner, kind) for one in values)
    if of.choices and words.OPERATORS[operator].closed:
        for one in found:
            if one not in of.choices:
                raise DefinitionError(inner, f"{one!r} is not one of {', '.join(map(str, of.choices))}")
    if size == 2 and found[1] < found[0]:  # type: ignore[operator]
        raise DefinitionError(inner, "the second value must not be less than the first")
    return found


def _value(value: Any, path: str, kind: words.Kind) -> Scalar:
    if kind in ("text", "list"):
        return _text(value, path)
    if kind == "days":
        return _integer(value, path, 0, DAYS_MAX)
    if kind == "int":
        return _integer(value, path, -(2**53), 2**53)
    if kind == "time":
        return _date(value, path)
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise DefinitionError(path, "expected a number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise DefinitionError(path, f"{value!r} is not a number") from None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -10 or abs(number) >= Decimal(10) ** 14:
        raise DefinitionError(path, f"{value!r} is out of range")
    return number


def _integer(value: Any, path: str, low: int, high: int) -> int:
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise DefinitionError(path, "expected a whole number")
    if not low <= value <= high:
        raise DefinitionError(path, f"must be between {low} and {high}")
    return value


def _date(value: Any, path: str) -> date:
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise DefinitionError(path, "expected a date like 2026-05-31")


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise DefinitionError(path, "required" if value in (None, "") else "expected text")
    if len(value) > TEXT_MAX or "\x00" in value:
        raise DefinitionError(path, f"at most {TEXT_MAX} characters")
    return value.strip()


def _list(value: Any, path: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise DefinitionError(path, "expected a list")
    return value


def _only(data: Mapping[str, Any], path: str, known: set[str]) -> None:
    for name in data:
        if name not in known:
            raise DefinitionError(_join(path, str(name)), "unknown")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
