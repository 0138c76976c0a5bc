"""Where a drawing's boxes lie: nothing upon anything else, ways go down, rounds are told apart."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.web.journeys import drawing
from keepwell.web.journeys.layout import Edge, Sizes, place

SIZES = Sizes()


@st.composite
def graphs(draw):
    nodes = list(range(draw(st.integers(1, 12))))
    ends = st.sampled_from(nodes)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=24))
    return nodes, [Edge(n, tail, head) for n, (tail, head) in enumerate(pairs)]


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_nothing_lies_upon_anything_else_and_everything_is_inside(graph):
    nodes, edges = graph
    found = place(nodes, edges, SIZES)
    wide, high = SIZES.box
    assert set(found.boxes) == set(nodes)
    for (ax, ay), (bx, by) in combinations(found.boxes.values(), 2):
        assert abs(ax - bx) >= wide - 1e-6 or abs(ay - by) >= high - 1e-6
    for (ax, ay), (bx, by) in combinations(found.labels.values(), 2):
        assert abs(ax - bx) >= SIZES.way[0] - 1e-6 or abs(ay - by) >= 1e-6
    for x, y in [*found.boxes.values(), *found.labels.values()]:
        assert 0 <= x <= found.width
        assert 0 <= y <= found.height


@settings(max_examples=80, deadline=None)
@given(graphs())
def test_ways_go_down_but_those_that_lead_back(graph):
    nodes, edges = graph
    found = place(nodes, edges, SIZES)
    for edge in edges:
        below = found.boxes[edge.head][1] > found.boxes[edge.tail][1]
        assert below or edge.key in found.back
        assert len(found.lines[edge.key]) >= 3
    assert all(edge.key in found.back for edge in edges if edge.tail == edge.head)


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_the_same_graph_lies_the_same(graph):
    assert place(*graph, SIZES) == place(*graph, SIZES)


def test_ways_between_the_same_boxes_lie_beside_each_other():
    found = place(["a", "b"], [Edge("yes", "a", "b"), Edge("no", "a", "b")], SIZES)
    assert found.labels["yes"][0] + SIZES.way[0] <= found.labels["no"][0]


def test_words_are_cut_to_their_lines():
    assert drawing.wrap("Wait 3 days", 2) == ["Wait 3 days"]
    lines = drawing.wrap("写一封信给很久没有来过我们店里的老客户并且送上一张优惠券表示感谢和问候", 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert drawing.wrap("x" * 200, 2)[-1].endswith("…")
    assert drawing.wrap("", 2) == []
