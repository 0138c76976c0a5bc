"""What is wrong with a journey before anybody comes in."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given

from keepwell.outreach.journeys import labels
from keepwell.outreach.journeys.core.checks import Known, Severity, check, possible, rings
from keepwell.outreach.journeys.core.facts import Filter, Happening
from keepwell.outreach.journeys.core.graph import WAITS
from keepwell.outreach.journeys.core.reading import DefinitionError, parse
from keepwell.outreach.journeys.core.writing import to_json
from tests.outreach.journeys.conftest import END, MESSAGE, ORDER, plan
from tests.outreach.journeys.shapes import definitions

KNOWN = Known(
    published={"win_back_sms": "sms", "win_back_email": "email"},
    kinds={"sms": ("sms",), "email": ("email",)},
    audience={("sms", "marketing"): 5},
    segments=frozenset({1, "vip"}),
    task_kinds=frozenset({"call"}),
    groups=frozenset({"Shop"}),
)


def codes(definition, known=KNOWN):
    found = check(parse(definition), known)
    for one in found:
        assert labels.finding(one)
    return {one.code for one in found if one.severity is Severity.ERROR}


def steps(**changed):
    usual = {"day": {"kind": "wait", "hours": 24, "next": "say"}, "say": MESSAGE, "end": END}
    return plan({**usual, **changed})


def test_a_sound_journey_has_nothing_against_it():
    assert check(parse(plan()), KNOWN) == ()


WAIT = MappingProxyType({"kind": "wait", "days": 1})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lost": {**WAIT, "next": "end"}}, "unreachable"),
        ({"day": {**WAIT, "next": ""}}, "missing_branch"),
        ({"day": {**WAIT, "next": "nowhere"}}, "no_such_step"),
        ({"say": {**MESSAGE, "next": "day"}}, "no_end"),
        ({"say": {**MESSAGE, "contents": {"sms": "unwritten"}}}, "content_not_published"),
        ({"say": {**MESSAGE, "contents": {"sms": "win_back_email"}}}, "content_of_other_kind"),
        ({"say": {**MESSAGE, "purpose": "survey"}}, None),
        ({"say": {"kind": "task", "task": "dance", "next": "end"}}, "no_such_task"),
        ({"say": {"kind": "task", "task": "call", "owner": "nobody", "next": "end"}}, "no_such_user"),
        ({"say": {"kind": "tag", "tag": "gold", "next": "end"}}, "no_such_tag"),
        ({"say": {"kind": "notice", "group": "Shop", "words": {"en": "Look"}, "next": "end"}}, None),
        (
            {"say": {"kind": "notice", "group": "Others", "words": {"en": "Look"}, "next": "end"}},
            "no_such_group",
        ),
        (
            {
                "say": {
                    "kind": "split",
                    "arms": [
                        {"code": "a", "share": 0.5, "next": "end"},
                        {"code": "b", "share": 0.4, "next": "end"},
                    ],
                }
            },
            "shares_not_one",
        ),
        (
            {
                "say": {
                    "kind": "branch",
                    "cases": [{"message": "day", "became": ["opened"], "next": "end"}],
                    "otherwise": "end",
                }
            },
            "no_such_message",
        ),
    ],
)
def test_each_mistake_is_found(changed, code):
    # What is cut off by a mistake is told of too.
    beside = {"unreachable", "no_end"} if code in ("missing_branch", "no_such_step", "no_end") else set()
    assert codes(steps(**changed)) == ({code} if code else set()) | beside


def test_nobody_who_consents():
    assert codes(plan(), Known(published=KNOWN.published, audience={("sms", "marketing"): 0})) == {
        "nobody_consents"
    }


def test_a_loop_without_a_wait_is_refused_and_one_with_a_wait_is_not():
    ring = {
        "first": {"kind": "branch", "cases": [{"happened": ORDER, "next": "end"}], "otherwise": "say"},
        "say": {**MESSAGE, "next": "first"},
        "end": END,
    }
    assert codes(plan(ring, first="first")) == {"loop_without_wait"}
    ring["say"] = {**MESSAGE, "next": "rest"}
    ring["rest"] = {"kind": "wait", "days": 1, "next": "first"}
    found = check(parse(plan(ring, first="first")), KNOWN)
    assert [(one.code, one.severity) for one in found] == [("loop_with_message", Severity.WARNING)]


def test_goals_that_can_never_be():
    both = {
        "fact": "orders",
        "where": [*ORDER["where"], {"column": "status", "is": "in", "value": ["cancelled"]}],
    }
    assert codes(plan(goals=[both])) == {"goal_impossible"}
    assert codes(plan(start=both)) == {"start_impossible"}
    assert codes(plan(goals=[{"segment": 9}])) == {"no_such_segment"}
    assert codes(plan(goals=[{"segment": "vip"}], exits=[{"segment": "vip"}])) == {"goal_and_exit"}
    assert possible(
        Happening("orders", (Filter("channel", "not_in", ("app",)), Filter("channel", "is_unknown")))
    )


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"start": {"fact": "nothing"}}, "start.fact"),
        (
            {"start": {"fact": "orders", "where": [{"column": "amount", "is": "in", "value": ["1"]}]}},
            "start.where.0.is",
        ),
        (
            {"start": {"fact": "orders", "where": [{"column": "status", "is": "in", "value": ["sold"]}]}},
            "start.where.0.value",
        ),
        ({"start": {"day": "festival"}}, "start.code"),
        ({"start": {"day": "silence"}}, "start.days"),
        ({"steps": {"a b": END}}, "steps"),
        ({"steps": {"day": {"kind": "wait", "days": 1, "hours": 2, "next": "end"}}}, "steps.day"),
        ({"steps": {"day": {"kind": "jump"}}}, "steps.day.kind"),
        ({"entry": {"again": "after"}}, "entry.after_days"),
        ({"more": 1}, "more"),
    ],
)
def test_what_makes_no_sense_names_its_place(changed, path):
    with pytest.raises(DefinitionError) as caught:
        parse({**plan(), **changed})
    assert caught.value.path == path


@given(definitions())
def test_a_definition_comes_back_from_its_json(definition):
    assert parse(to_json(definition)) == definition


@given(definitions())
def test_a_journey_without_errors_has_no_round_without_a_wait(definition):
    found = {one.code for one in check(definition, KNOWN)}
    for ring in rings(definition):
        waits = any(isinstance(definition.steps[code], WAITS) for code in ring)
        assert waits or "loop_without_wait" in found


def test_segments_in_the_start_are_facts():
    assert parse(plan(start={"segment": "vip"})).start.entered
