"""One segment becomes one query: facts are read as `readings` says, the rest are conditions on people.

The tables are those of `store`: `people` with a row per customer, one table per fact table whose rows carry
the customer's place `c` and the instant `at`, and the quarters of `rollups`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from keepwell.history.engine.sql import quote
from keepwell.insight.segments.attributes import Kind, attribute_named
from keepwell.insight.segments.definition import (
    AttributeCondition,
    Condition,
    DefinitionError,
    FactCondition,
    Filter,
    Group,
    Node,
    Not,
    SegmentCondition,
    leaves,
)
from keepwell.insight.segments.readings import Readings, midnight
from keepwell.insight.segments.rollups import Extent
from keepwell.insight.segments.vocabulary import TABLES, measure_kind

Resolve = Callable[[int], Node | None]
_PARAMETER = re.compile(r"\$(p\d+)\b")
_COMPARE = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "equals": "="}


@dataclass(frozen=True)
class Compiled:
    """A query in parts: `tables` to put after FROM, `condition` for WHERE, `parameters` by name."""

    with_: str
    tables: str
    condition: str
    parameters: dict[str, Any]
    leaves: tuple[tuple[Condition, str, str], ...] = ()  # (condition, its value, whether it holds)

    def parameters_of(self, query: str) -> dict[str, Any]:
        """The parameters that `query`, made of these parts, mentions: the engine refuses others."""
        return {name: self.parameters[name] for name in set(_PARAMETER.findall(query))}

    def count(self) -> str:
        """How many customers."""
        return f"{self.with_} SELECT count(*) FROM {self.tables} WHERE {self.condition}"  # noqa: S608

    def members(self, *, limit: int | None = None) -> str:
        """Their numbers; `limit` of them in order."""
        tail = f" ORDER BY p.customer_id LIMIT {int(limit)}" if limit is not None else ""
        return f"{self.with_} SELECT p.customer_id FROM {self.tables} WHERE {self.condition}{tail}"  # noqa: S608

    def sampled(self, limit: int) -> str:
        """How many customers, and the first `limit` of their numbers, in one go."""
        return (
            f"{self.with_} SELECT count(*), min(p.customer_id, {int(limit)}) FROM {self.tables} "  # noqa: S608
            f"WHERE {self.condition}"
        )

    def places(self) -> str:
        """Their places in the store."""
        return f"{self.with_} SELECT p.c FROM {self.tables} WHERE {self.condition}"  # noqa: S608

    def explained(self) -> str:
        """Of each customer the value and the truth of every condition, then whether the customer is in."""
        told = ", ".join(
            f"{value} AS v{place}, {holds} AS t{place}"
            for place, (_leaf, value, holds) in enumerate(self.leaves)
        )
        told = f"{told}, " if told else ""
        return f"{self.with_} SELECT p.customer_id, {told}{self.condition} AS inside FROM {self.tables}"  # noqa: S608


def compile_definition(
    node: Node,
    *,
    now: datetime,
    resolve: Resolve,
    owner_ids: Collection[int] | None = None,
    without: Collection[str] = (),
    extents: Iterable[Extent] = (),
) -> Compiled:
    """The query of `node` at the instant `now`.

    `resolve` gives the definition of another segment, `owner_ids` keeps the customers of these users,
    `without` leaves these customers out. `extents` are those of a store with quarters; without them facts
    alone are read. Raises DefinitionError for a segment that is not there or that depends on itself.
    """
    work = _Work(now, resolve, extents)
    condition = work.node(node, ())
    told = tuple(
        (leaf, work.value(leaf), work.condition(leaf, ()))
        for leaf in leaves(node)
        if not isinstance(leaf, SegmentCondition)
    )
    told_segments = tuple(
        (leaf, "NULL", work.condition(leaf, ()))
        for leaf in leaves(node)
        if isinstance(leaf, SegmentCondition)
    )
    if owner_ids is not None:
        condition = (
            f"({condition}) AND list_contains({work.parameter(sorted(owner_ids))}::BIGINT[], p.owner_id)"
        )
    if without:
        condition = (
            f"({condition}) AND p.customer_id NOT IN (SELECT unnest({work.parameter(sorted(without))}))"
        )
    return work.compiled(condition, told + told_segments)


class _Work:
    def __init__(self, now: datetime, resolve: Resolve, extents: Iterable[Extent]) -> None:
        self.now = now.astimezone(UTC)
        self.resolve = resolve
        self.parameters: dict[str, Any] = {}
        self.readings = Readings(self.now, self.parameter, self.filter, extents)
        self.instant = self.parameter(self.now)

    def parameter(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def node(self, node: Node, inside: tuple[int, ...]) -> str:
        if isinstance(node, Group):
            if not node.nodes:
                return "true" if node.join == "all" else "false"
            word = " AND " if node.join == "all" else " OR "
            return "(" + word.join(self.node(one, inside) for one in node.nodes) + ")"
        if isinstance(node, Not):
            return f"(NOT {self.node(node.node, inside)})"
        return self.condition(node, inside)

    def condition(self, leaf: Condition, inside: tuple[int, ...]) -> str:
        """A condition that is true or false, never unknown."""
        if isinstance(leaf, SegmentCondition):
            if leaf.segment_id in inside:
                raise DefinitionError("segment", f"segment {leaf.segment_id} depends on itself")
            other = self.resolve(leaf.segment_id)
            if other is None:
                raise DefinitionError("segment", f"there is no segment {leaf.segment_id}")
            return self.node(other, (*inside, leaf.segment_id))
        if isinstance(leaf, FactCondition):
            kind = measure_kind(TABLES[leaf.table], leaf.measure, leaf.column)
            return self.compare(self.value(leaf), kind, leaf.operator, leaf.value)
        found = attribute_named(leaf.attribute)
        if found is None:
            raise DefinitionError("attribute", f"{leaf.attribute!r} is not known")
        return self.compare(self.value(leaf), found.kind, leaf.operator, leaf.value)

    def value(self, leaf: Condition) -> str:
        """What is compared."""
        if isinstance(leaf, AttributeCondition):
            return f"p.{quote(leaf.attribute)}"
        if isinstance(leaf, SegmentCondition):
            return "NULL"
        return self.readings.value(leaf)

    def filter(self, one: Filter, table: str) -> str:
        column = TABLES[table].columns[one.column]
        return self.compare(f"f.{quote(one.column)}", column.kind, one.operator, one.value)

    def compare(self, value: str, kind: Kind, operator: str, wanted: tuple[Any, ...]) -> str:
        if operator == "is_known":
            return f"({value} IS NOT NULL)"
        if operator == "is_unknown":
            return f"({value} IS NULL)"
        if operator in ("not_in", "has_none"):
            positive = "in" if operator == "not_in" else "has_any"
            return f"(NOT {self.compare(value, kind, positive, wanted)})"
        return f"coalesce({self._comparison(value, kind, operator, wanted)}, false)"

    def _comparison(self, value: str, kind: Kind, operator: str, wanted: tuple[Any, ...]) -> str:
        if operator == "in":
            return f"{value} IN ({', '.join(self.parameter(one) for one in wanted)})"
        if operator in ("has_any", "has_all"):
            return f"list_{operator}({value}, {self.parameter(list(wanted))}::VARCHAR[])"
        if operator in ("contains", "starts_with"):
            tests = [f"{operator}(lower({value}), lower({self.parameter(one)}))" for one in wanted]
            return f"({' OR '.join(tests)})"
        if operator in ("is_true", "is_false"):
            return value if operator == "is_true" else f"NOT {value}"
        if kind == "time":
            return self._moment(value, operator, wanted[0])
        number = f"CAST({value} AS DOUBLE)"
        values = [f"{self.parameter(float(one))}::DOUBLE" for one in wanted]
        if operator == "between":
            return f"{number} BETWEEN {values[0]} AND {values[1]}"
        return f"{number} {_COMPARE[operator]} {values[0]}"

    def _moment(self, value: str, operator: str, wanted: Any) -> str:
        if operator == "within_days":
            after = self.parameter(self.now - timedelta(days=wanted))
            return f"({value} > {after}::TIMESTAMPTZ AND {value} <= {self.instant}::TIMESTAMPTZ)"
        if operator == "more_than_days_ago":
            return f"{value} < {self.parameter(self.now - timedelta(days=wanted))}::TIMESTAMPTZ"
        if operator == "on_or_after":
            return f"{value} >= {self.parameter(midnight(wanted))}::TIMESTAMPTZ"
        return f"{value} < {self.parameter(midnight(wanted) + timedelta(days=1))}::TIMESTAMPTZ"

    def compiled(self, condition: str, told: tuple[tuple[Condition, str, str], ...]) -> Compiled:
        parts = self.readings.tables()
        with_ = f"WITH {', '.join(parts)}" if parts else ""
        return Compiled(with_, f"people p{self.readings.joined()}", condition, self.parameters, told)
