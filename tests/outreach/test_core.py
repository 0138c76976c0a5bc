"""The pure rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.insight.labels import REASON
from keepwell.outreach import core, labels
from keepwell.outreach.contracts import Ending, Kept, Kind, Outcome, Response, Status

STATUSES = st.sampled_from(list(Status))
ACTIONS = st.sampled_from(sorted(core.STEPS))


@given(STATUSES, ACTIONS)
def test_a_step_leads_to_a_status_or_nowhere(status, action):
    target = core.next_status(status, action)
    if action == "reopen":
        assert (target is Status.OPEN) == (status in core.OVER)
    elif action == "record":
        assert target is status
    else:
        assert (target is None) == (status in core.OVER)


@given(st.lists(ACTIONS, max_size=30))
def test_a_task_that_is_over_moves_only_by_reopening(actions):
    status = Status.OPEN
    for action in actions:
        target = core.next_status(status, action)
        if target is None:
            continue
        if status in core.OVER and target in core.ACTIVE:
            assert action == "reopen"
        status = target


def test_every_kind_has_outcomes_and_every_outcome_a_word_and_a_contact_status():
    for kind in Kind:
        assert core.outcomes(kind)
        assert core.channels(kind)
    for outcome in Outcome:
        assert outcome in labels.OUTCOME
        assert outcome in core.CONTACT_STATUS


def test_a_complaint_is_answered_by_solving_the_problem_first():
    assert core.responses(["complaints_rose", "spending_fell"])[0] is Response.SOLVE_PROBLEM
    assert set(core.RESPONSE_OF_REASON) == set(REASON)


@given(st.lists(st.sampled_from(sorted(REASON)), max_size=3))
def test_all_three_responses_are_offered_once(reasons):
    assert sorted(core.responses(reasons)) == sorted(Response)


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        ("at_risk", Ending.OPEN),
        ("active", Ending.RECOVERED),
        ("new", Ending.RECOVERED),
        ("lost", Ending.LOST),
        (None, Ending.GONE),
    ],
)
def test_an_episode_ends_when_the_risk_falls_or_the_customer_is_lost(status, ending):
    assert core.ending(status) is ending


def test_what_was_said_counts_more_than_what_the_outcome_means():
    assert core.kept_by("staying", None) is Kept.KEPT
    assert core.kept_by("leaving", None) is Kept.LOST
    assert core.kept_by("undecided", None) is Kept.UNKNOWN
    assert core.kept_by("leaving", "kept") is Kept.KEPT


PEOPLE = st.sampled_from([None, 1, 2, 3])
WAITING = st.lists(PEOPLE, max_size=60)


@given(
    owners=WAITING,
    made=st.dictionaries(PEOPLE, st.integers(0, 6), max_size=4),
    daily_cap=st.integers(1, 6),
    queue_cap=st.integers(0, 6),
    members=st.sampled_from([(), (2, 3)]),
)
def test_nobody_gets_more_than_a_day_allows_and_nobody_gets_another_s(
    owners, made, daily_cap, queue_cap, members
):
    waiting = [core.Waiting(number, owner) for number, owner in enumerate(owners)]
    given_out = core.share_out(
        waiting, made=made, load={}, daily_cap=daily_cap, queue_cap=queue_cap, members=members
    )
    numbers = [number for number, _who in given_out]
    assert numbers == sorted(set(numbers))
    for who, count in Counter(who for _number, who in given_out).items():
        cap = queue_cap if who is None else daily_cap
        assert made.get(who, 0) + count <= cap
    for number, who in given_out:
        if owners[number] is not None:
            assert who == owners[number]
        else:
            assert who in members if members else who is None
    # Nothing waits while there is room for it.
    left = {number for number, _owner in enumerate(owners)} - set(numbers)
    today = Counter(made)
    today.update(Counter(who for _number, who in given_out))
    for number in left:
        owner = owners[number]
        if owner is None and members:
            assert all(today[member] >= daily_cap for member in members)
        else:
            assert today[owner] >= (queue_cap if owner is None else daily_cap)


def test_it_is_shared_out_to_whoever_has_least_to_do():
    waiting = [core.Waiting(number, None) for number in range(3)]
    given_out = core.share_out(waiting, made={}, load={2: 2, 3: 0}, daily_cap=9, queue_cap=0, members=(2, 3))
    assert given_out == [(0, 3), (1, 3), (2, 2)]


def test_working_days_leave_out_the_weekend():
    friday = date(2026, 11, 20)
    assert core.working_day(friday, 0) == friday
    assert core.working_day(friday, 1) == date(2026, 11, 23)
    assert core.working_day(friday, 6) == date(2026, 11, 30)


def test_the_next_morning_is_that_of_where_somebody_is():
    late = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # Saturday in Shanghai
    shanghai = ZoneInfo("Asia/Shanghai")
    assert core.tomorrow_morning(late, shanghai) == datetime(2026, 11, 23, 9, 0, tzinfo=shanghai)


def test_undo_lasts_thirty_seconds():
    done = datetime(2026, 11, 20, tzinfo=UTC)
    assert core.may_undo(done_at=done, now=done + timedelta(seconds=30))
    assert not core.may_undo(done_at=done, now=done + timedelta(seconds=31))
