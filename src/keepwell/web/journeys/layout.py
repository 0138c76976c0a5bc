"""Where the boxes and ways of a drawing lie: layers from top to bottom, few crossings, short ways.

After Sugiyama, Tagawa and Toda (1981): ways that lead back are turned aside, boxes take layers by their
longest way from the top, ways that cross layers get a place of their own in each, layers are put into order
by the middle of their neighbours, and places are found by least squares under that order. Every way has a
place between two layers of boxes, where its words and its button stand; so ways between the same two boxes
lie beside each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 8
GAP = 28.0  # between neighbours in a layer
MARGIN = 24.0
LANE = 22.0  # between ways that lead back

Node = Hashable


@dataclass(frozen=True)
class Edge:
    """A way from a box to another; `key` names it."""

    key: Hashable
    tail: Node
    head: Node


@dataclass(frozen=True)
class Sizes:
    """In pixels: a box, and the place of a way's words."""

    box: tuple[float, float] = (236.0, 76.0)
    way: tuple[float, float] = (150.0, 76.0)


@dataclass
class Placed:
    """Centres of boxes and of ways' words, the points that each way goes through, and the whole size."""

    boxes: dict[Node, tuple[float, float]] = field(default_factory=dict)
    labels: dict[Hashable, tuple[float, float]] = field(default_factory=dict)
    lines: dict[Hashable, list[tuple[float, float]]] = field(default_factory=dict)
    back: set[Hashable] = field(default_factory=set)
    width: float = 0.0
    height: float = 0.0


def place(nodes: Sequence[Node], edges: Sequence[Edge], sizes: Sizes | None = None) -> Placed:
    """Where everything lies; `nodes` in the order in which people come to them."""
    sizes = sizes or Sizes()
    back = _leading_back(nodes, edges)
    layer = _layers(nodes, [one for one in edges if one.key not in back])
    rows, chains = _rows(nodes, edges, layer, back)
    _put_in_order(rows, chains)
    xs = _across(rows, chains, sizes)
    return _drawn(nodes, edges, layer, back, chains, xs, sizes)


def _leading_back(nodes: Sequence[Node], edges: Sequence[Edge]) -> set[Hashable]:
    """Ways that close a round, found by going down as deep as one can."""
    out: dict[Node, list[Edge]] = {one: [] for one in nodes}
    for edge in edges:
        out[edge.tail].append(edge)
    found: set[Hashable] = set()
    seen: set[Node] = set()
    for root in nodes:
        if root in seen:
            continue
        seen.add(root)
        above: dict[Node, None] = {root: None}
        stack = [(root, iter(out[root]))]
        while stack:
            node, rest = stack[-1]
            onward = next(rest, None)
            if onward is None:
                stack.pop()
                above.pop(node, None)
            elif onward.head in above:
                found.add(onward.key)
            elif onward.head not in seen:
                seen.add(onward.head)
                above[onward.head] = None
                stack.append((onward.head, iter(out[onward.head])))
    return found


def _layers(nodes: Sequence[Node], edges: Iterable[Edge]) -> dict[Node, int]:
    """Even numbers: the longest way from the top; between two boxes there is a layer for words."""
    out: dict[Node, list[Node]] = {one: [] for one in nodes}
    open_into = dict.fromkeys(nodes, 0)
    for edge in edges:
        out[edge.tail].append(edge.head)
        open_into[edge.head] += 1
    layer = dict.fromkeys(nodes, 0)
    ready = [one for one in nodes if not open_into[one]]
    while ready:
        node = ready.pop(0)
        for head in out[node]:
            layer[head] = max(layer[head], layer[node] + 2)
            open_into[head] -= 1
            if not open_into[head]:
                ready.append(head)
    return layer


_Part = tuple[str, Hashable, int]  # ("box", node, 0) or ("way", key, layer)


def _rows(
    nodes: Sequence[Node], edges: Sequence[Edge], layer: Mapping[Node, int], back: set[Hashable]
) -> tuple[list[list[_Part]], dict[Hashable, list[_Part]]]:
    """What lies in each layer at first, and the places that each way goes through."""
    last = max(layer.values(), default=0) + 1
    rows: list[list[_Part]] = [[] for _ in range(last + 1)]
    chains: dict[Hashable, list[_Part]] = {}
    out: dict[Node, list[Edge]] = {one: [] for one in nodes}
    for edge in edges:
        out[edge.tail].append(edge)
    for node in nodes:
        rows[layer[node]].append(("box", node, 0))
        for edge in out[node]:
            low = layer[node] + 1
            high = low + 1 if edge.key in back else layer[edge.head]
            parts: list[_Part] = [("way", edge.key, at) for at in range(low, high)]
            chains[edge.key] = [("box", node, 0), *parts]
            if edge.key not in back:
                chains[edge.key].append(("box", edge.head, 0))
            for part in parts:
                rows[part[2]].append(part)
    return rows, chains


def _neighbours(chains: Mapping[Hashable, Sequence[_Part]]) -> tuple[dict[_Part, list[_Part]], ...]:
    up: dict[_Part, list[_Part]] = {}
    down: dict[_Part, list[_Part]] = {}
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            down.setdefault(upper, []).append(lower)
            up.setdefault(lower, []).append(upper)
    return up, down


def _put_in_order(rows: list[list[_Part]], chains: Mapping[Hashable, Sequence[_Part]]) -> None:
    """Each layer by the middle of its neighbours above, then below, and so on; what is equal stays."""
    up, down = _neighbours(chains)
    at = {part: float(n) for row in rows for n, part in enumerate(row)}
    # Ways stand in the order of their step's choices, as they are told: going down decides.
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else list(reversed(rows)):
            near = up if downwards else down
            middle = {part: _mean([at[one] for one in near.get(part, ())], at[part]) for part in row}
            row.sort(key=lambda part, middle=middle: middle[part])  # type: ignore[misc]
            at.update({part: float(n) for n, part in enumerate(row)})
    for row in rows:
        middle = {part: _mean([at[one] for one in up.get(part, ())], at[part]) for part in row}
        row.sort(key=lambda part, middle=middle: middle[part])  # type: ignore[misc]
        at.update({part: float(n) for n, part in enumerate(row)})


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _across(
    rows: Sequence[Sequence[_Part]], chains: Mapping[Hashable, Sequence[_Part]], sizes: Sizes
) -> dict[_Part, float]:
    """Where everything lies from left to right."""
    up, down = _neighbours(chains)
    width = {part: sizes.box[0] if part[0] == "box" else sizes.way[0] for row in rows for part in row}
    x: dict[_Part, float] = {}
    for row in rows:
        x.update(zip(row, _apart([0.0] * len(row), [width[one] for one in row]), strict=True))
    for sweep in range(2 * SWEEPS):
        downwards = sweep % 2 == 0
        for row in rows if downwards else list(reversed(rows)):
            near = up if downwards else down
            wanted = [_mean([x[one] for one in near.get(part, ())], x[part]) for part in row]
            x.update(zip(row, _apart(wanted, [width[one] for one in row]), strict=True))
    left = min((x[part] - width[part] / 2 for part in x), default=0.0)
    return {part: at - left + MARGIN for part, at in x.items()}


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """Places as near as possible (least squares) to those wanted, in order and not upon each other.

    With the widths taken off this is isotonic regression: neighbours that would stand in the wrong order
    share their mean (pool adjacent violators).
    """
    if not wanted:
        return []
    offsets = [0.0]
    for before, after in pairwise(widths):
        offsets.append(offsets[-1] + (before + after) / 2 + GAP)
    blocks: list[tuple[float, int]] = []  # (mean, how many)
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, size = blocks.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        blocks.append((mean, count))
    flat = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]


def _drawn(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    layer: Mapping[Node, int],
    back: set[Hashable],
    chains: Mapping[Hashable, Sequence[_Part]],
    xs: Mapping[_Part, float],
    sizes: Sizes,
) -> Placed:
    box_height, way_height = sizes.box[1], sizes.way[1]

    def middle(level: int) -> float:
        # Layers take turns: boxes, words of ways.
        above = (level + 1) // 2 * box_height + level // 2 * way_height
        return MARGIN + above + (box_height if level % 2 == 0 else way_height) / 2

    found = Placed(back=set(back))
    for node in nodes:
        found.boxes[node] = (xs["box", node, 0], middle(layer[node]))
    wide = max((at + sizes.box[0] / 2 for at in xs.values()), default=0.0)
    lane = 0
    for edge in edges:
        tail_x, tail_y = found.boxes[edge.tail]
        inner = [(xs[part], middle(part[2])) for part in chains[edge.key] if part[0] == "way"]
        found.labels[edge.key] = inner[0]
        points = [(tail_x, tail_y + box_height / 2), *inner]
        head_x, head_y = found.boxes[edge.head]
        if edge.key in back:
            lane += 1
            aside, low = wide + lane * LANE, inner[0][1] + way_height / 2
            top = head_y - box_height / 2 - 14
            points += [(inner[0][0], low), (aside, low), (aside, top), (head_x, top)]
        points.append((head_x, head_y - box_height / 2))
        found.lines[edge.key] = points
    found.width = wide + lane * LANE + MARGIN
    lowest = max([middle(layer[node]) + box_height / 2 for node in nodes], default=0.0)
    ways = [y + way_height / 2 for _x, y in found.labels.values()]
    found.height = max([lowest, *ways]) + MARGIN
    return found
