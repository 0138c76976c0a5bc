"""Random journeys that can be written down; not all of them may be switched on."""

from __future__ import annotations

from datetime import time

from hypothesis import strategies as st

from keepwell.outreach.journeys.core import graph
from keepwell.outreach.journeys.core.facts import Filter, Happening

CODES = ("a", "b", "c", "d", "e")
KINDS = ("cart", "visit", "buy")

happenings = st.builds(
    lambda kind: Happening("interactions", (Filter("type", "in", (kind,)),)), st.sampled_from(KINDS)
)
to = st.sampled_from((*CODES, "end", "end"))


def splits(targets):
    def of(share, first, second):
        return graph.Split((graph.Arm("x", share, first), graph.Arm("y", 1 - share, second)))

    return st.builds(of, st.sampled_from((0.25, 0.5, 0.75)), targets, targets)


def steps(targets=to):
    """Any step, leading to any of `targets`."""
    spans = st.integers(1, 3 * 24 * 60)
    return st.one_of(
        st.builds(graph.Wait, spans, targets),
        st.builds(
            graph.WaitUntil,
            st.sampled_from((time(2, 30), time(10), time(23, 59))),
            targets,
            st.sampled_from(((), (0,), (5, 6))),
        ),
        st.builds(graph.WaitFor, happenings, spans, targets, targets),
        st.builds(
            lambda fact, yes, no: graph.Branch(((graph.Happened(fact), yes),), no),
            happenings,
            targets,
            targets,
        ),
        splits(targets),
        st.builds(
            graph.Message,
            st.just("sms"),
            st.just((("sms", "win_back_sms"),)),
            st.just("marketing"),
            targets,
        ),
    )


@st.composite
def definitions(draw):
    """A whole journey, with an end that something may lead to."""
    named = {code: draw(steps()) for code in CODES[: draw(st.integers(1, len(CODES)))]}
    for missing in set(CODES) - set(named):
        named[missing] = graph.Wait(60, "end")
    return graph.Definition(
        start=draw(happenings),
        first="a",
        steps={**named, "end": graph.End()},
        entry=graph.Entry(again="always"),
        goals=tuple(draw(st.lists(happenings, max_size=1))),
    )
