from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from keepwell.cli.schedule import is_due, last_due

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def test_three_in_the_morning_is_where_the_shop_is():
    now = datetime(2026, 5, 2, 20, 0, tzinfo=UTC)  # 04:00 of May 3 in Shanghai
    assert last_due(now, 3, SHANGHAI) == datetime(2026, 5, 2, 19, 0, tzinfo=UTC)
    assert last_due(now, 3, ZoneInfo("UTC")) == datetime(2026, 5, 2, 3, 0, tzinfo=UTC)


def test_a_cycle_is_due_once():
    now = datetime(2026, 5, 2, 3, 0, 1, tzinfo=UTC)
    utc = ZoneInfo("UTC")
    assert is_due(now, 3, utc, None)
    assert is_due(now, 3, utc, now - timedelta(hours=20))
    assert not is_due(now, 3, utc, now - timedelta(seconds=1))
    assert not is_due(now - timedelta(seconds=2), 3, utc, now - timedelta(hours=20))


def test_a_night_that_was_slept_through_is_caught_up():
    noon = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)
    assert is_due(noon, 3, ZoneInfo("UTC"), noon - timedelta(days=3))


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 23),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("UTC")]),
)
def test_it_fell_due_within_the_last_day_and_an_hour(now, hour, zone):
    due = last_due(now, hour, zone)
    assert due <= now
    assert now.astimezone(UTC) - due.astimezone(UTC) <= timedelta(hours=25)
    assert due.hour == hour
