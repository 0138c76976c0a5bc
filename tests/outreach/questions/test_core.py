"""The rules of questions and feedback, as functions of values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import Heeded, RouteRule, State, Status, Stay

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
rule = st.builds(
    RouteRule,
    name=st.just("r"),
    team_id=st.integers(1, 3),
    topic=st.sampled_from(["", "delivery", "price"]),
    words=st.lists(st.sampled_from(["late", "快递", "refund"]), max_size=2).map(tuple),
    channel=st.sampled_from(["", "sms", "wecom"]),
    category=st.sampled_from(["", "Tea"]),
    tag_id=st.sampled_from([None, 1]),
)
heeded = st.builds(
    Heeded,
    topic=st.sampled_from(["", "delivery", "price"]),
    text=st.sampled_from(["", "It came LATE again", "快递没到", "Refund, please"]),
    channel=st.sampled_from(["sms", "wecom"]),
    categories=st.sampled_from([frozenset(), frozenset({"tea"})]),
    tags=st.sampled_from([frozenset(), frozenset({1})]),
)


@given(st.lists(rule, max_size=6), heeded)
def test_the_first_rule_that_holds_wins(rules, one):
    place = core.first(rules, one)
    before = rules[: len(rules) if place is None else place]
    assert not any(core.holds(each, one) for each in before)
    if place is not None:
        assert core.holds(rules[place], one)


@given(rule, heeded)
def test_every_condition_that_is_said_must_hold(found, one):
    if core.holds(found, one):
        assert core.has_condition(found)
        assert found.channel in ("", one.channel)
        assert found.topic in ("", one.topic)
        assert found.tag_id is None or found.tag_id in one.tags
        assert not found.words or any(core.says(one.text, word) for word in found.words)


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("Where is my DELIVERY?", "deliver", True),
        ("It was undelivered", "deliver", False),
        ("我的快递还没到", "快递", True),
        ("Ｄｅｌｉｖｅｒｙ", "delivery", True),  # full width
        ("anything", " ", False),
        ("price (again)", "(again)", True),
    ],
)
def test_words_are_found_where_a_reader_would_see_them(text, word, found):
    assert core.says(text, word) is found


@given(st.lists(st.sampled_from(sorted(core.STEPS)), max_size=30))
def test_a_question_never_ends_by_itself_and_nobody_is_satisfied_without_an_answer(steps):
    now, was_answered = Status.OPEN, False
    for step in steps:
        after = core.next_status(now, step)
        if after is None:
            continue
        was_answered = was_answered or step == "answer"
        if after is Status.CLOSED and now is not Status.CLOSED:
            assert step == "close"
        if after is Status.SATISFIED:
            assert was_answered
        now = after


@given(st.lists(st.sampled_from(sorted(core.FEEDBACK_STEPS)), max_size=20))
def test_feedback_ends_only_by_an_answer_or_a_reason(steps):
    now = State.PASSED
    for step in steps:
        after = core.next_state(now, step) or now
        if after in (State.ANSWERED, State.NO_ACTION) and after is not now:
            assert step in ("answer", "no_action")
        now = after


def test_the_sooner_of_importance_and_standard_counts():
    assert core.due(at=NOW, hours=24) == NOW + timedelta(hours=24)
    assert core.due(at=NOW, hours=24, standard_minutes=30) == NOW + timedelta(minutes=30)
    assert core.due(at=NOW, hours=4, standard_minutes=600) == NOW + timedelta(hours=4)


def test_departments_are_judged_by_what_is_over_or_too_late():
    hour = timedelta(hours=1)
    stays = [
        Stay(1, NOW - 10 * hour, ended_at=NOW - 8 * hour, ended_by="answer", due_at=NOW - 7 * hour),
        Stay(1, NOW - 10 * hour, ended_at=NOW - 4 * hour, ended_by="answer", due_at=NOW - 7 * hour),
        Stay(1, NOW - 10 * hour, ended_at=NOW - 9 * hour, ended_by="hand_on", due_at=NOW - 7 * hour),
        Stay(1, NOW - 10 * hour, due_at=NOW - hour),
        Stay(1, NOW - hour, due_at=NOW + hour),
        Stay(2, NOW - 9 * hour, ended_at=NOW, ended_by="no_action", due_at=NOW + hour),
    ]
    one, two = core.departments(stays, NOW)
    assert (one.team_id, one.got, one.answered, one.handed_on, one.waiting, one.overdue) == (1, 5, 2, 1, 2, 1)
    assert (one.median_hours, one.in_time, one.judged) == (4.0, 1, 3)
    assert (two.no_action, two.judged, two.share_in_time, two.median_hours) == (1, 0, None, None)


@given(
    st.lists(
        st.builds(
            Stay,
            team_id=st.sampled_from([None, 1, 2]),
            got_at=st.just(NOW),
            ended_by=st.sampled_from(["", "answer", "no_action", "hand_on"]),
            ended_at=st.just(NOW + timedelta(hours=2)),
            due_at=st.sampled_from([None, NOW, NOW + timedelta(hours=3)]),
        )
    )
)
def test_everything_that_a_department_got_is_in_one_column(stays):
    found = core.departments(stays, NOW + timedelta(hours=9))
    assert sum(one.got for one in found) == len(stays)
    for one in found:
        assert one.answered + one.no_action + one.handed_on + one.waiting == one.got
        assert 0 <= one.in_time <= one.judged <= one.got
