"""A message that waits for an hour: never in the quiet hours, never after the end, whatever clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.outreach.policy.contracts import Intent, Rules
from keepwell.outreach.policy.core import opens, quiet
from keepwell.outreach.policy.planning import at_hour, shows
from keepwell.outreach.replying.core import ranked_hours

NIGHT = Rules(quiet_from=time(21), quiet_until=time(9), time_zone="Europe/Berlin")
MARKETING = Intent("", "", "", "marketing")
BERLIN = (ZoneInfo("Europe/Berlin"),)
# Days around which clocks change somewhere: Berlin, New York, Lord Howe (half an hour), and a plain one.
DAYS = [
    datetime(2026, *day, tzinfo=UTC) for day in ((3, 28), (10, 24), (3, 7), (10, 31), (4, 4), (10, 3), (7, 1))
]
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Pacific/Apia",
]

moments = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes), st.sampled_from(DAYS), st.integers(0, 3 * 24 * 60)
)
places = st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True).map(
    lambda names: tuple(ZoneInfo(name) for name in names)
)
rules = st.builds(
    lambda begin, end, days: Rules(quiet_from=time(begin), quiet_until=time(end), quiet_weekdays=days),
    st.integers(0, 23), st.integers(0, 23), st.sampled_from([(), (6,), (5, 6)]),
)  # fmt: skip
wished = st.lists(st.integers(0, 23), unique=True, max_size=6)


@settings(max_examples=400, deadline=None)
@given(moments, places, rules, wished, st.none() | st.integers(0, 72 * 60))
def test_the_hour_breaks_neither_the_quiet_hours_nor_the_end(start, zones, said, hours, minutes):
    until = None if minutes is None else start + timedelta(minutes=minutes)
    found = at_hour(hours, start=start, until=until, zones=zones, rules=said, intent=MARKETING)
    open_at = opens(start, zones, said, MARKETING)
    assert found >= start
    if until is not None and open_at > until:
        assert found == start  # nothing is possible: the policy says why at that moment
        return
    assert until is None or found <= until
    assert opens(found, zones, said, MARKETING) == found
    if found != open_at:
        assert found.astimezone(zones[0]).hour in hours
        assert found - start < timedelta(hours=25)


@settings(max_examples=300, deadline=None)
@given(moments, st.sampled_from(ZONES), st.integers(0, 23))
def test_the_hour_is_shown_by_the_customer_s_own_clock(start, name, hour):
    zone = ZoneInfo(name)
    found = shows(hour, start, zone)
    if found is not None:
        assert found.astimezone(zone).hour == hour
        assert timedelta(0) <= found - start < timedelta(hours=25)


def test_an_hour_that_clocks_skip_gives_way_to_the_next_best():
    start = datetime(2026, 3, 28, 2, 30, tzinfo=UTC)  # half past three in the night before
    awake = Rules(quiet_from=time(0), quiet_until=time(0))
    found = at_hour((2, 10), start=start, until=None, zones=BERLIN, rules=awake, intent=MARKETING)
    assert found == datetime(2026, 3, 28, 9, tzinfo=UTC)


def test_a_favourite_in_the_night_gives_way_to_one_of_the_day():
    start = datetime(2026, 7, 1, 8, tzinfo=UTC)
    found = at_hour((23, 19), start=start, until=None, zones=BERLIN, rules=NIGHT, intent=MARKETING)
    assert found == datetime(2026, 7, 1, 17, tzinfo=UTC)
    assert not quiet(found.astimezone(BERLIN[0]), NIGHT, MARKETING)


def test_an_hour_after_the_end_is_none():
    start = datetime(2026, 7, 1, 8, tzinfo=UTC)
    found = at_hour(
        (20,), start=start, until=start + timedelta(hours=3), zones=BERLIN, rules=NIGHT, intent=MARKETING
    )
    assert found == start


def test_few_reactions_are_no_habit_and_neighbours_speak_for_each_other():
    few, spread = [0] * 24, [0] * 24
    few[9] = 3
    spread[8], spread[10], spread[20] = 2, 2, 3
    assert ranked_hours(few, least=4) == ()
    assert ranked_hours(spread, least=4)[:2] == (20, 8)
    assert 0 in ranked_hours([0] * 23 + [9], least=4)  # round the clock
