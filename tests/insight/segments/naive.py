"""What a definition means, said again in plain Python over plain rows, one customer at a time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from keepwell.insight.segments.definition import (
    AttributeCondition,
    FactCondition,
    Filter,
    Group,
    Node,
    Not,
    SegmentCondition,
    Window,
)

DAY = timedelta(days=1)


def holds(
    node: Node, person: dict[str, Any], facts: dict[str, list[dict[str, Any]]], now, others=None
) -> bool:
    if isinstance(node, Group):
        told = [holds(one, person, facts, now, others) for one in node.nodes]
        return all(told) if node.join == "all" else any(told)
    if isinstance(node, Not):
        return not holds(node.node, person, facts, now, others)
    if isinstance(node, SegmentCondition):
        return holds((others or {})[node.segment_id], person, facts, now, others)
    if isinstance(node, AttributeCondition):
        return compare(person[node.attribute], node.operator, node.value, now)
    assert isinstance(node, FactCondition)
    return compare(measure(node, facts[node.table], now), node.operator, node.value, now)


def measure(node: FactCondition, rows: list[dict[str, Any]], now: datetime) -> Any:
    rows = [
        row
        for row in rows
        if inside(row["at"], node.window, now) and all(passes(row, one, now) for one in node.where)
    ]
    if node.measure == "count":
        return len(rows)
    if node.measure == "last":
        return (now - max(row["at"] for row in rows)) // DAY if rows else None
    if node.measure == "first":
        return (now - min(row["at"] for row in rows)) // DAY if rows else None
    if node.column == "day":
        return len({row["at"].date() for row in rows})
    values = [row[node.column] for row in rows if row[node.column] is not None]
    if node.measure == "distinct":
        return len(set(values))
    if node.measure == "sum":
        return sum(values)
    if not values:
        return None
    return {"average": lambda v: sum(v) / len(v), "smallest": min, "largest": max}[node.measure](values)


def inside(at: datetime, window: Window, now: datetime) -> bool:
    if at > now:
        return False
    if window.within_days is not None and at <= now - window.within_days * DAY:
        return False
    if window.before_days is not None and at > now - window.before_days * DAY:
        return False
    if window.first_on is not None and at < _midnight(window.first_on):
        return False
    return window.last_on is None or at < _midnight(window.last_on) + DAY


def passes(row: dict[str, Any], one: Filter, now: datetime) -> bool:
    return compare(row[one.column], one.operator, one.value, now)


def compare(value: Any, operator: str, wanted: tuple[Any, ...], now: datetime) -> bool:
    if operator == "is_known":
        return value is not None
    if operator == "is_unknown":
        return value is None
    if operator == "not_in":
        return value not in wanted
    if operator == "has_none":
        return not set(value or ()) & set(wanted)
    if value is None:
        return False
    if operator in ("in", "contains", "starts_with", "is_true", "is_false", "has_any", "has_all"):
        return {
            "in": lambda: value in wanted,
            "contains": lambda: any(one.lower() in value.lower() for one in wanted),
            "starts_with": lambda: any(value.lower().startswith(one.lower()) for one in wanted),
            "is_true": lambda: value is True,
            "is_false": lambda: value is False,
            "has_any": lambda: bool(set(value) & set(wanted)),
            "has_all": lambda: set(wanted) <= set(value),
        }[operator]()
    if operator == "within_days":
        return now - wanted[0] * DAY < value <= now
    if operator == "more_than_days_ago":
        return value < now - wanted[0] * DAY
    if operator == "on_or_after":
        return value >= _midnight(wanted[0])
    if operator == "on_or_before":
        return value < _midnight(wanted[0]) + DAY
    number, limits = float(value), [float(one) for one in wanted]
    return {
        "at_least": number >= limits[0],
        "at_most": number <= limits[0],
        "more_than": number > limits[0],
        "less_than": number < limits[0],
        "equals": number == limits[0],
        "between": len(limits) == 2 and limits[0] <= number <= limits[-1],
    }[operator]


def _midnight(day) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
