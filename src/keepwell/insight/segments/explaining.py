"""Why somebody is in a segment or not: the same query, asked about one customer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keepwell.insight.segments import store
from keepwell.insight.segments.compiler import compile_definition
from keepwell.insight.segments.contracts import Explained
from keepwell.insight.segments.counting import resolve
from keepwell.insight.segments.definition import Condition, Group, Node, Not


def explain(node: Node, customer_id: str, *, at: datetime) -> Explained | None:
    """The tree of `node` with the customer's own values, as everything stands now; None: not known."""
    found = explain_many([node], customer_id, at=at)
    return found[0] if found else None


def explain_many(nodes: list[Node], customer_id: str, *, at: datetime) -> list[Explained]:
    """`explain` for several definitions with one look at the customer."""
    told = []
    with store.of_customers([customer_id], at=at) as connection:
        for node in nodes:
            compiled = compile_definition(node, now=at, resolve=resolve)
            query = f"{compiled.explained()} WHERE p.customer_id = $who"
            parameters = compiled.parameters_of(query) | {"who": customer_id}
            rows = connection.execute(query, parameters).to_arrow_table().to_pylist()
            if not rows:
                return []
            values: dict[Condition, tuple[Any, bool]] = {
                leaf: (rows[0][f"v{place}"], bool(rows[0][f"t{place}"]))
                for place, (leaf, _value, _holds) in enumerate(compiled.leaves)
            }
            told.append(_tree(node, values))
    return told


def _tree(node: Node, values: dict[Condition, tuple[Any, bool]]) -> Explained:
    if isinstance(node, Group):
        parts = tuple(_tree(one, values) for one in node.nodes)
        told = [part.holds for part in parts]
        return Explained(all(told) if node.join == "all" else any(told), node.join, parts=parts)
    if isinstance(node, Not):
        part = _tree(node.node, values)
        return Explained(not part.holds, "not", parts=(part,))
    value, holds = values[node]
    return Explained(holds, condition=node, value=value)
