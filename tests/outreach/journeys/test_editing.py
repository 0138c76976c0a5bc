"""Changes to a drawing: whatever is done, the draft can be written, read and checked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.checks import Known, check, reachable
from keepwell.outreach.journeys.core.comparing import compare
from keepwell.outreach.journeys.core.editing import EditError, Way
from keepwell.outreach.journeys.core.graph import (
    Arm,
    Branch,
    Definition,
    End,
    Happened,
    Split,
    Task,
    Wait,
    in_order,
)
from keepwell.outreach.journeys.core.reading import parse
from tests.outreach.journeys.shapes import definitions, steps

ENDS = st.sampled_from(("insert", "remove", "move", "reconnect", "end"))


def straight(*codes):
    """Waits one after the other, then the end."""
    onward = [*codes[1:], "end"]
    named = {code: Wait(60, to) for code, to in zip(codes, onward, strict=True)}
    return Definition(BUY, codes[0] if codes else "end", {**named, "end": End()})


BUY = parse({"start": {"fact": "orders"}, "first": "end", "steps": {"end": {"kind": "end"}}}).start


def changed(plan, data):
    """One change, drawn; the same definition where it cannot be made."""
    kind = data.draw(ENDS)
    way = data.draw(st.sampled_from(list(editing.ways(plan))))
    code = data.draw(st.sampled_from(list(plan.steps)))
    try:
        if kind == "insert":
            return editing.insert(plan, way, data.draw(steps()))[0]
        if kind == "end":
            return editing.insert(plan, way, End())[0]
        if kind == "remove":
            return editing.remove(plan, code)
        if kind == "move":
            return editing.move(plan, code, way)
        return editing.reconnect(plan, way, data.draw(st.sampled_from(["", *plan.steps])))
    except EditError:
        return plan


@settings(max_examples=80, deadline=None)
@given(plan=definitions(), data=st.data())
def test_any_changes_leave_a_draft_that_can_be_written_read_and_checked(plan, data):
    for _round in range(data.draw(st.integers(1, 12))):
        plan = changed(plan, data)
        told = json.loads(json.dumps(editing.readable(plan)))
        assert parse(told) == plan
        check(plan, Known())  # says what is wrong, never fails
        assert set(editing.ways(plan).values()) <= {"", *plan.steps}
        assert plan.first in plan.steps


@settings(max_examples=60, deadline=None)
@given(plan=definitions(), step=steps(), data=st.data())
def test_a_step_that_is_put_in_and_taken_out_leaves_everything_as_it_was(plan, step, data):
    way = data.draw(st.sampled_from(list(editing.ways(plan))))
    to = editing.ways(plan)[way]
    made, code = editing.insert(plan, way, step)
    assert editing.ways(made)[way] == code
    assert set(editing.slots(made.steps[code]).values()) <= {to}
    assert editing.remove(made, code) == plan


@settings(max_examples=60, deadline=None)
@given(plan=definitions(), data=st.data())
def test_taking_out_loses_only_what_nobody_could_come_to_any_more(plan, data):
    code = data.draw(st.sampled_from(list(plan.steps)))
    try:
        after = editing.remove(plan, code)
    except EditError:
        return
    gone = set(plan.steps) - set(after.steps) - {code}
    assert gone <= set(editing.lost_with(plan, code))
    assert not gone & reachable(after)


@settings(max_examples=60, deadline=None)
@given(plan=definitions(), data=st.data())
def test_a_step_that_is_moved_does_what_it_did(plan, data):
    code = data.draw(st.sampled_from(list(plan.steps)))
    way = data.draw(st.sampled_from(list(editing.ways(plan))))
    try:
        after = editing.move(plan, code, way)
    except EditError:
        assert way.step == code or isinstance(plan.steps[code], End)
        return
    assert editing.ways(after)[way] == code
    assert list(after.steps) == list(plan.steps)
    nowhere = [
        editing.led(one.steps[code], dict.fromkeys(editing.slots(one.steps[code]), ""))
        for one in (plan, after)
    ]
    assert nowhere[0] == nowhere[1]


def test_a_branch_takes_what_only_lay_behind_it_along():
    branch = Branch(((Happened(BUY), "task"),), "wait")
    plan = Definition(
        BUY, "fork", {"fork": branch, "task": Task("call", "end"), "wait": Wait(60, "end"), "end": End()}
    )
    assert editing.lost_with(plan, "fork") == ("task",)
    assert in_order(editing.remove(plan, "fork")) == ("wait", "end")


def test_a_step_is_moved_before_and_behind_others():
    plan = straight("a", "b", "c")
    assert in_order(editing.move(plan, "c", Way(""))) == ("c", "a", "b", "end")
    assert in_order(editing.move(plan, "a", Way("c"))) == ("b", "c", "a", "end")
    assert editing.move(plan, "b", Way("a")) == plan  # there it stands


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda plan: editing.insert(plan, Way("x"), End()), "no_such_way"),
        (lambda plan: editing.remove(plan, "x"), "no_such_step"),
        (lambda plan: editing.move(plan, "a", Way("a")), "own_way"),
        (lambda plan: editing.move(plan, "end", Way("")), "own_way"),
        (lambda plan: editing.reconnect(plan, Way("a"), "x"), "no_such_step"),
        (lambda plan: editing.remove(editing.remove(plan, "a"), "end"), "last_step"),
    ],
)
def test_what_cannot_be_done_says_why(change, code):
    with pytest.raises(EditError) as refused:
        change(straight("a"))
    assert refused.value.code == code


def test_what_versions_do_differently_is_told_step_by_step():
    before = straight("a", "b")
    split = Split((Arm("x", 0.5, "b"), Arm("y", 0.5, "b")))
    after = editing.put(editing.remove(before, "a"), "b", Wait(120, "end"))
    after, _code = editing.insert(after, Way(""), split)
    told = {one.code: (one.before, one.after) for one in compare(before, after).steps}
    assert set(told) == {"split_1", "b", "a"}
    assert told["a"] == (Wait(60, "b"), None)
    assert told["b"] == (Wait(60, "end"), Wait(120, "end"))
    assert compare(before, after).first
    assert not compare(before, before)
