"""The rules of contact as functions of values."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepwell.outreach.policy import core, zones
from keepwell.outreach.policy.contracts import Cap, Cause, Decision, Intent, Rules
from keepwell.outreach.policy.core import Past, Rival, Situation, Standing

SHANGHAI, BERLIN, NEW_YORK = (
    ZoneInfo("Asia/Shanghai"),
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/New_York"),
)
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, noon in Shanghai
GIVEN = Standing(True, Cause.GIVEN)
FREE = Rules(caps=(), repeat_days=0, reserve_hours=0)


def intent(**changes):
    return Intent(
        **({"intent_id": "m-1", "customer_id": "C", "channel": "email", "purpose": "marketing"} | changes)
    )


def situation(**changes):
    return Situation(**({"standing": GIVEN, "zones": (SHANGHAI,)} | changes))


def test_without_a_reason_against_it_a_contact_is_allowed():
    verdict = core.decide(intent(), situation(), Rules(), NOON)
    assert (verdict.decision, verdict.cause, verdict.until) == (Decision.ALLOWED, Cause.GIVEN, None)
    assert verdict


@pytest.mark.parametrize(
    "cause", [Cause.STOPPED, Cause.ON_HOLD, Cause.NOT_ASKED, Cause.WITHDRAWN, Cause.UNKNOWN_CUSTOMER]
)
def test_without_consent_nothing_goes_out(cause):
    verdict = core.decide(intent(), situation(standing=Standing(False, cause)), FREE, NOON)
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, cause)
    assert not verdict


def test_the_holdout_of_an_experiment_is_left_alone():
    verdict = core.decide(intent(held_out=True), situation(), FREE, NOON)
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, Cause.HELD_OUT)


def test_what_needs_a_window_waits_for_none():
    verdict = core.decide(intent(window_closed=True), situation(), FREE, NOON)
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, Cause.WINDOW_CLOSED)
    shut = situation(standing=Standing(False, Cause.WITHDRAWN))
    assert core.decide(intent(window_closed=True), shut, FREE, NOON).cause is Cause.WITHDRAWN


def test_what_is_too_late_is_refused():
    verdict = core.decide(intent(not_after=NOON - timedelta(seconds=1)), situation(), FREE, NOON)
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, Cause.EXPIRED)


def test_the_same_is_not_said_twice_through_two_channels():
    past = [Past(NOON - timedelta(days=29), "sms", "marketing", "spring")]
    rules = Rules(caps=(), repeat_days=30)
    said = core.decide(intent(content="spring"), situation(past=past), rules, NOON)
    assert (said.decision, said.cause, said.figures["channel"]) == (
        Decision.REFUSED,
        Cause.SAME_CONTENT,
        "sms",
    )
    assert core.decide(intent(content="autumn"), situation(past=past), rules, NOON)
    assert core.decide(intent(content="spring"), situation(past=past), rules, NOON + timedelta(days=1))


def test_at_night_it_waits_for_the_customer_s_own_morning():
    late = datetime(
        2026, 11, 23, 20, 0, tzinfo=UTC
    )  # four in the morning in Shanghai, nine in the evening in Berlin
    verdict = core.decide(intent(), situation(), FREE, late)
    assert (verdict.decision, verdict.cause) == (Decision.LATER, Cause.QUIET_HOURS)
    assert verdict.until == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert core.decide(intent(), situation(zones=(BERLIN,)), FREE, late).until == datetime(
        2026, 11, 24, 8, 0, tzinfo=UTC
    )
    assert core.decide(intent(), situation(zones=(NEW_YORK,)), FREE, late)


def test_what_cannot_wait_until_the_morning_is_refused():
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    verdict = core.decide(intent(not_after=late + timedelta(hours=1)), situation(), FREE, late)
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, Cause.QUIET_HOURS)


def test_only_urgent_service_disturbs_the_night():
    late = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    assert core.decide(intent(purpose="service", urgent=True), situation(), FREE, late)
    assert not core.decide(intent(purpose="service"), situation(), FREE, late)
    assert not core.decide(intent(purpose="marketing", urgent=True), situation(), FREE, late)


def test_a_quiet_weekday_is_quiet_for_marketing_only():
    rules = Rules(caps=(), quiet_weekdays=(6,))
    sunday = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    verdict = core.decide(intent(), situation(), rules, sunday)
    assert verdict.until == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert core.decide(intent(purpose="service"), situation(), rules, sunday)


def test_whose_zone_is_not_known_is_reached_when_the_whole_country_is_awake():
    here = zones.zones_of("", "US", "Asia/Shanghai")
    morning = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # ten in New York, five in Honolulu
    until = core.decide(intent(), situation(zones=here), FREE, morning).until
    assert until == datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # nine in Honolulu and Adak


def test_a_zone_is_found_by_country_and_all_of_china_keeps_beijing_s_time():
    assert zones.zones_of("", "cn", "Europe/Berlin") == (SHANGHAI,)
    assert zones.zones_of("", "", "Europe/Berlin") == (BERLIN,)
    assert zones.zones_of("Mars/Olympus", "DE", "Asia/Shanghai")[0] == BERLIN
    assert zones.zones_of("America/New_York", "DE", "Asia/Shanghai") == (NEW_YORK,)


def test_a_country_without_a_common_hour_follows_where_most_people_live():
    rules = Rules(caps=(), quiet_from=time(11), quiet_until=time(10))
    until = core.opens(NOON, (SHANGHAI, NEW_YORK), rules, intent())
    assert until.astimezone(SHANGHAI).time() == time(10)


def test_a_cap_counts_any_days_in_a_row():
    rules = Rules(caps=(Cap(2, 7),))
    past = [
        Past(NOON - timedelta(days=6, hours=23), "sms", "survey"),
        Past(NOON - timedelta(days=2), "email", "marketing"),
    ]
    verdict = core.decide(intent(), situation(past=past), rules, NOON)
    assert (verdict.decision, verdict.cause) == (Decision.LATER, Cause.TOO_OFTEN)
    assert verdict.until == NOON + timedelta(hours=1)
    assert verdict.figures == {"most": 2, "days": 7, "channel": "", "purpose": ""}
    assert core.decide(intent(), situation(past=past), rules, NOON + timedelta(hours=1))


def test_service_neither_counts_nor_waits_unless_a_cap_names_it():
    past = [Past(NOON - timedelta(hours=1), "sms", "service")] * 3
    assert core.decide(intent(), situation(past=past), Rules(caps=(Cap(1, 1),)), NOON)
    assert core.decide(intent(purpose="service"), situation(past=past), Rules(caps=(Cap(1, 1),)), NOON)
    named = Rules(caps=(Cap(3, 1, purpose="service"),))
    assert not core.decide(intent(purpose="service"), situation(past=past), named, NOON)
    assert core.decide(intent(), situation(past=past), named, NOON)


def test_a_lesser_message_leaves_room_for_a_greater_one():
    rules = Rules(caps=(Cap(1, 7),), reserve_hours=24)
    due = NOON + timedelta(hours=3)
    verdict = core.decide(intent(), situation(rivals=[Rival(due, "sms", "marketing")]), rules, NOON)
    assert (verdict.decision, verdict.cause) == (Decision.LATER, Cause.OUTRANKED)
    assert verdict.until is not None
    assert verdict.until > due
    far = [Rival(NOON + timedelta(hours=25), "sms", "marketing")]
    assert core.decide(intent(), situation(rivals=far), rules, NOON)
    service = [Rival(due, "sms", "service")]
    assert core.decide(intent(), situation(rivals=service), rules, NOON)
    roomy = Rules(caps=(Cap(2, 7),), reserve_hours=24)
    assert core.decide(intent(), situation(rivals=[Rival(due, "sms", "marketing")]), roomy, NOON)


ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
     "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran", "America/St_Johns"]
).map(ZoneInfo)  # fmt: skip
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 7, 15, 30, 45, 59]))


@given(
    at=MOMENTS,
    begin=CLOCKS,
    end=CLOCKS,
    where=st.lists(ZONES, min_size=1, max_size=2),
    weekdays=st.sets(st.integers(0, 6), max_size=6),
)
@example(
    at=datetime(2026, 3, 29, 0, 50, tzinfo=UTC),
    begin=time(22),
    end=time(2, 30),
    where=[BERLIN],
    weekdays=set(),
)
@example(
    at=datetime(2026, 10, 24, 23, 50, tzinfo=UTC),
    begin=time(22),
    end=time(2, 30),
    where=[BERLIN],
    weekdays=set(),
)
@example(
    at=datetime(2026, 10, 3, 14, 0, tzinfo=UTC),
    begin=time(22),
    end=time(2, 7),
    where=[LORD_HOWE],
    weekdays=set(),
)
def test_it_opens_at_the_first_minute_that_is_quiet_nowhere(at, begin, end, where, weekdays):
    rules = Rules(caps=(), quiet_from=begin, quiet_until=end, quiet_weekdays=tuple(weekdays))
    found = core._opens(at, where, rules, intent())

    def closed(moment):
        return any(core.quiet(moment.astimezone(zone), rules, intent()) for zone in where)

    if found is not None:
        assert found >= at
        assert not closed(found)
    end_of_search = found or at + timedelta(days=2)
    moment = at
    while moment < end_of_search:
        assert closed(moment)
        moment += timedelta(minutes=7)


CHANNELS = ["email", "sms", "phone"]
PURPOSES = ["marketing", "service", "survey"]
CAPS = st.lists(
    st.builds(
        Cap,
        st.integers(1, 3),
        st.sampled_from([1, 2, 7, 30]),
        st.sampled_from(["", *CHANNELS]),
        st.sampled_from(["", *PURPOSES]),
    ),
    max_size=4,
)
WISHES = st.lists(
    st.tuples(
        st.integers(0, 60 * 24 * 12),
        st.sampled_from(CHANNELS),
        st.sampled_from(PURPOSES),
        st.sampled_from(["", "a", "b"]),
    ),
    max_size=25,
)


def let_through(caps, wishes, zone, start):
    """What the policy lets through of wishes that come one after the other."""
    rules = Rules(caps=tuple(caps), repeat_days=3, reserve_hours=0)
    past: list[Past] = []
    for number, (minutes, channel, purpose, content) in enumerate(sorted(wishes)):
        now = start + timedelta(minutes=minutes)
        wish = intent(intent_id=str(number), channel=channel, purpose=purpose, content=content)
        here = situation(past=past, zones=(zone,))
        verdict = core.decide(wish, here, rules, now)
        if verdict:
            past.append(Past(now, channel, purpose, content))
        elif verdict.decision is Decision.LATER:
            assert verdict.until is not None
            assert verdict.until > now
            assert core.decide(wish, here, rules, verdict.until)  # as nothing has happened in between
    return past


@given(caps=CAPS, wishes=WISHES, zone=ZONES, start=MOMENTS)
def test_whatever_is_wished_no_window_holds_more_than_it_may(caps, wishes, zone, start):
    past = let_through(caps, wishes, zone, start)
    for one in past:
        for cap in caps:
            since = one.at - timedelta(days=cap.days)
            window = [
                other
                for other in past
                if core.counts(cap, other.channel, other.purpose) and since < other.at <= one.at
            ]
            assert len(window) <= cap.most


@given(caps=CAPS, wishes=WISHES, zone=ZONES, start=MOMENTS)
def test_whatever_is_wished_nobody_is_woken_or_told_the_same_twice(caps, wishes, zone, start):
    past = let_through(caps, wishes, zone, start)
    for one in past:
        assert not core.quiet(one.at.astimezone(zone), Rules(), intent(purpose=one.purpose))
        near = [other for other in past if abs(other.at - one.at) < timedelta(days=3)]
        assert not one.content or [other.content for other in near].count(one.content) == 1


@given(most=st.integers(1, 5), extra=st.integers(0, 5), days=st.sampled_from([1, 7, 30]))
def test_a_window_lets_exactly_as_many_through_as_it_says(most, extra, days):
    rules = Rules(caps=(Cap(most, days),), reserve_hours=0)
    past: list[Past] = []
    for minute in range(most + extra):
        now = NOON + timedelta(minutes=minute)
        if core.decide(intent(intent_id=str(minute)), situation(past=past), rules, now):
            past.append(Past(now, "email", "marketing"))
    assert len(past) == most
