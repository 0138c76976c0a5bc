"""Days: festivals by country and year, leap birthdays, clocks that change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.journeys.core import calendar
from keepwell.outreach.journeys.core.walking import instant, next_time


@pytest.mark.parametrize(
    ("country", "code", "on"),
    [
        # Published holiday calendars of these years.
        ("CN", "spring_festival", date(2024, 2, 10)),
        ("CN", "spring_festival", date(2025, 1, 29)),
        ("CN", "spring_festival", date(2026, 2, 17)),
        ("CN", "spring_festival", date(2033, 1, 31)),  # after a leap month
        ("CN", "new_years_eve_lunar", date(2026, 2, 16)),
        ("TW", "dragon_boat", date(2025, 5, 31)),
        ("CN", "dragon_boat", date(2026, 6, 19)),
        ("HK", "mid_autumn", date(2025, 10, 6)),  # after a leap sixth month
        ("CN", "mid_autumn", date(2026, 9, 25)),
        ("CN", "qixi", date(2025, 8, 29)),
        ("KR", "mid_autumn", date(2026, 9, 25)),
        ("US", "mothers_day", date(2026, 5, 10)),
        ("FR", "mothers_day", date(2026, 5, 31)),
        ("NO", "mothers_day", date(2026, 2, 8)),
        ("CN", "fathers_day", date(2026, 6, 21)),
        ("TW", "fathers_day", date(2026, 8, 8)),
        ("AU", "fathers_day", date(2026, 9, 6)),
        ("US", "thanksgiving", date(2026, 11, 26)),
        ("CA", "thanksgiving", date(2026, 10, 12)),
        ("DE", "valentines_day", date(2026, 2, 14)),
        ("CN", "college_entrance_exam", date(2026, 6, 7)),
    ],
)
def test_festivals_are_on_the_days_that_calendars_say(country, code, on):
    assert calendar.festivals(country, on.year)[code] == on


def test_what_is_not_kept_or_follows_easter_is_left_out():
    assert "spring_festival" not in calendar.festivals("DE", 2026)
    assert "mothers_day" not in calendar.festivals("GB", 2026)
    with pytest.raises(ValueError, match="year"):
        calendar.festivals("CN", 2200)


@given(st.sampled_from(["CN", "TW", "US", "FR", "BR"]), st.integers(1990, 2100))
def test_every_festival_is_in_its_year(country, year):
    days = calendar.festivals(country, year)
    assert {day.year for day in days.values()} == {year}
    if country in calendar.LUNAR_COUNTRIES:
        assert date(year, 1, 20) < days["spring_festival"] < date(year, 2, 22)
        assert days["mid_autumn"] > days["dragon_boat"] > days["lantern_festival"]


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(2026, 2060))
def test_a_birthday_comes_once_a_year(born, year):
    on = calendar.in_year(born, year)
    assert (born.month, born.day) in calendar.same_days(on)
    first = date(year, 1, 1)
    every = [first + timedelta(days=n) for n in range(366)]
    kept = [day for day in every if day.year == year and (born.month, born.day) in calendar.same_days(day)]
    assert kept == [on]


ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
)


@given(
    st.datetimes(datetime(2011, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.times(),
    ZONES,
    st.sets(st.integers(0, 6)),
)
def test_the_next_time_of_day_is_the_first_that_the_clock_shows(after, at, name, weekdays):
    zone, at = ZoneInfo(name), at.replace(second=0, microsecond=0, fold=0)
    found = next_time(after, at, zone, tuple(weekdays))
    local = found.astimezone(zone)
    assert after <= found <= after + timedelta(days=9)
    # Where the clock leaps over it, it comes as much later as the clock leaps.
    shown = (local.hour, local.minute) == (at.hour, at.minute)
    assert shown or instant(local.date(), at, zone) == found or name == "Pacific/Apia"
    if weekdays and shown:
        assert local.weekday() in weekdays
    earlier = instant(local.date() - timedelta(days=1), at, zone)
    assert weekdays or earlier < after or name == "Pacific/Apia"


def test_a_clock_that_changes():
    berlin = ZoneInfo("Europe/Berlin")
    assert instant(date(2026, 3, 29), time(2, 30), berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant(date(2026, 10, 25), time(2, 30), berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    # The second half past two of that night is not waited for.
    again = next_time(datetime(2026, 10, 25, 0, 31, tzinfo=UTC), time(2, 30), berlin)
    assert again == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
