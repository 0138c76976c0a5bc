"""Mood, meetings of a friction, and for whom a remedy starts: as functions of values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.touchpoints import core
from keepwell.outreach.touchpoints.contracts import Figures, Outcome

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
hours = st.integers(-200, 0).map(lambda n: NOW + n * HOUR)


def test_surveys_take_the_place_of_what_people_think_once_there_are_enough():
    assert core.mood(Figures(score=1.0, answers=5), -2) == (1.0, True)
    assert core.mood(Figures(score=1.0, answers=4), -2) == (-1.0, False)
    assert core.mood(None, None) == (None, False)


def test_a_stage_feels_like_what_is_measured_at_it_by_how_often_it_is_met():
    assert core.mood_of([(1.0, True, 3), (-1.0, True, 1), (-1.0, False, 99)]) == (0.5, True)
    assert core.mood_of([(0.5, False, 0), (-0.5, False, 0)]) == (0.0, False)
    assert core.mood_of([(None, False, 7)]) == (None, False)


def test_what_is_cured_in_time_is_no_friction_and_what_may_still_be_is_not_yet_one():
    carts = [("ann", NOW - 30 * HOUR), ("bo", NOW - 30 * HOUR), ("cy", NOW - 3 * HOUR)]
    cured = {"ann": [NOW - 10 * HOUR], "bo": [NOW - 1 * HOUR]}
    # Bo bought, but only after the day was over; Cy still has time.
    assert core.met(carts, cured, DAY, NOW) == [("bo", NOW - 30 * HOUR)]


def test_several_within_the_time_are_one():
    carts = [("ann", NOW - 50 * HOUR), ("ann", NOW - 49 * HOUR), ("ann", NOW - 25 * HOUR)]
    assert core.met(carts, {}, DAY, NOW) == [("ann", NOW - 50 * HOUR), ("ann", NOW - 25 * HOUR)]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), hours), max_size=20),
    st.dictionaries(st.sampled_from("abc"), st.lists(hours, max_size=5)),
    st.integers(0, 72),
)
def test_a_meeting_stays_one_however_late_somebody_looks(happened, cured, within):
    span = timedelta(hours=within)
    early = core.met(happened, cured, span, NOW - DAY)
    late = core.met(happened, cured, span, NOW)
    assert late[: len(early)] == early or set(early) <= set(late)
    assert all(at + span <= NOW for _one, at in late)
    assert not any(at <= cure <= at + span for one, at in late for cure in cured.get(one, ()))


def outcome(**more):
    usual = {"now": NOW, "complaints": (), "helped": (), "again": 7 * DAY, "is_one_of": True}
    return core.decide(("ann", NOW - 2 * HOUR), **{**usual, **more})


def test_the_remedy_is_for_those_who_have_not_complained_yet():
    assert outcome() is Outcome.STARTED
    assert outcome(complaints=[NOW - HOUR]) is Outcome.COMPLAINED
    # An older complaint is about something else.
    assert outcome(complaints=[NOW - 3 * HOUR]) is Outcome.STARTED


def test_nobody_gets_the_same_remedy_again_too_soon():
    assert outcome(helped=[NOW - 6 * DAY]) is Outcome.LATELY
    assert outcome(helped=[NOW - 7 * DAY]) is Outcome.STARTED
    assert outcome(is_one_of=False) is Outcome.OTHERS


def test_evidence_counts_each_customer_once_and_the_time_that_a_remedy_has():
    met = [("ann", NOW - 90 * HOUR), ("ann", NOW - 10 * HOUR), ("bo", NOW - 90 * HOUR), ("cy", NOW)]
    complaints = {"ann": [NOW - 80 * HOUR, NOW], "bo": [NOW - 60 * HOUR], "cy": [NOW - HOUR]}
    found = core.evidence(met, complaints, 30 * DAY)
    assert (found.met, found.customers, found.complained, found.hours_to_complaint) == (4, 3, 2, 20.0)
