"""When in the week customers do what, on their own clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.habits.clocks import offsets, week

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


@pytest.fixture
def tell(home, db):
    from keepwell.history import services as history

    def told(*facts):
        history.record_many(facts=facts, source="shop")
        history.flush()

    return told


@pytest.fixture
def living(home, db):
    """Puts customers into countries and time zones."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow

    def placed(**places):
        rows = [CustomerRow(number, **place) for number, place in places.items()]
        customers.upsert_many(rows=rows, source="crm", at=NOW - 90 * DAY, actor="ada")

    return placed


def visit(number, customer_id, at, **more):
    fact = {"interaction_id": number, "customer_id": customer_id, "at": at, "channel": "web", "type": "visit"}
    return "interactions", {**fact, **more}


def told(**more):
    return [(one.weekday, one.hour, one.what, one.channel, one.count) for one in week(**more)]


@pytest.mark.django_db
def test_hours_are_those_of_the_customers_own_clock(tell, living):
    living(
        C1={"country": "CN"},
        C2={"time_zone": "America/New_York"},
        C3={"time_zone": "Asia/Kolkata"},
        C4={},
    )
    at = datetime(2026, 11, 22, 16, 40, tzinfo=UTC)  # Sunday
    tell(*(visit(f"i{number}", f"C{number}", at) for number in (1, 2, 3, 4)))
    assert told(days=30, now=NOW) == [
        (0, 0, "own", "web", 2),  # 00:40 on Monday in China and in the shop
        (6, 11, "own", "web", 1),  # 11:40 in New York
        (6, 22, "own", "web", 1),  # 22:10 in Kolkata
    ]


@pytest.mark.django_db
def test_clocks_that_change_are_read_as_they_stood(tell, living):
    living(C1={"time_zone": "Europe/Berlin"})
    # Clocks went back at 01:00 UTC on 25 October.
    tell(
        visit("i1", "C1", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        visit("i2", "C1", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    )
    assert told(days=90, now=NOW) == [(6, 2, "own", "web", 2)]


@pytest.mark.django_db
def test_buying_and_reacting_are_told_apart_and_our_own_doing_is_not_theirs(tell):
    at = datetime(2026, 11, 20, 2, 5, tzinfo=UTC)  # Friday, 10:05 in Shanghai
    order = {"customer_id": "C1", "ordered_at": at, "amount": 5, "currency": "CNY", "channel": "app"}
    contact = {"customer_id": "C1", "at": at, "channel": "email"}
    tell(
        visit("task-1", "C1", at),
        ("orders", {**order, "order_id": "o1", "status": "paid"}),
        ("orders", {**order, "order_id": "o2", "status": "cancelled"}),
        ("orders", {**order, "order_id": "o3", "status": "paid", "ordered_at": at.replace(hour=0, minute=0)}),
        ("contacts", {**contact, "contact_id": "m1", "status": "opened"}),
        ("contacts", {**contact, "contact_id": "m2", "status": "delivered"}),
    )
    assert told(days=30, now=NOW) == [(4, 10, "bought", "app", 1), (4, 10, "reacted", "email", 1)]


@pytest.mark.django_db
def test_only_members_count_where_a_group_is_asked_for(tell):
    at = datetime(2026, 11, 20, 2, 5, tzinfo=UTC)
    tell(visit("i1", "C1", at), visit("i2", "C2", at), visit("i3", "C1", at - 200 * DAY))
    assert told(days=30, now=NOW, members=["C2", "C9"]) == [(4, 10, "own", "web", 1)]
    assert told(days=30, now=NOW, members=[]) == []


@pytest.mark.django_db
def test_an_empty_shop_has_no_week(home):
    assert week(days=30, now=NOW) == []


@given(
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
    st.datetimes(datetime(2025, 12, 1), datetime(2026, 11, 23)),
)
def test_every_moment_has_one_offset_and_it_is_the_clocks(zone, naive):
    at = naive.replace(tzinfo=UTC)
    rows = offsets([zone], NOW - 365 * DAY, NOW).to_pylist()
    (found,) = [one for one in rows if one["starts_at"] <= at < one["ends_at"]]
    assert found["seconds"] == at.astimezone(ZoneInfo(zone)).utcoffset().total_seconds()
