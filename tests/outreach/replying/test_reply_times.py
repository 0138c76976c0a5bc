"""Reply times: standards, what is measured of the tickets, and what pages say of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.replying import core, queries, services
from keepwell.outreach.replying.contracts import StandardError

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
waits = st.lists(st.tuples(st.floats(0, 10_000), st.booleans()), max_size=40)


@given(waits, st.integers(1, 9_000))
def test_every_wait_is_judged_once_its_time_is_over(found, minutes):
    said = core.summary("email", found, minutes)
    assert said.asked == len(found)
    assert said.judged == said.answered + said.late_now
    assert said.within <= said.answered
    if said.answered:
        assert said.median_minutes <= said.p90_minutes
        assert sum(1 for wait, done in found if done and wait <= said.median_minutes) * 2 >= said.answered


def test_percentiles_are_values_that_were_there():
    said = core.summary("email", [(float(n), True) for n in range(1, 11)], None)
    assert (said.median_minutes, said.p90_minutes) == (5.0, 9.0)
    assert (said.judged, said.within, said.late_now, said.share) == (None, None, None, None)


def set_to(channel, minutes, **more):
    services.set_standard(
        channel=channel, minutes=minutes, is_public=more.get("is_public", True), actor="ada", now=NOW
    )


def ticket(number, when, event="opened", channel="email"):
    return "tickets", {
        "ticket_id": number, "customer_id": "C1", "at": when, "event": event, "channel": channel,
        "category": "question",
    }  # fmt: skip


@pytest.fixture
def tickets(home, db):
    from keepwell.history import services as history

    def tell(*facts):
        history.record_many(facts=facts, source="shop")
        history.flush()

    return tell


@pytest.mark.django_db
def test_first_answers_are_measured_from_the_tickets_by_the_channel_that_was_asked_on(tickets):
    set_to("email", 240)
    set_to("wecom", 10)
    tickets(
        ticket("t1", NOW - 5 * DAY),
        ticket("t1", NOW - 5 * DAY + 2 * HOUR, "responded", "phone"),
        ticket("t1", NOW - 5 * DAY + 9 * HOUR, "resolved"),
        ticket("t2", NOW - 4 * DAY),
        ticket("t2", NOW - 4 * DAY + 6 * HOUR, "resolved"),  # solved without a word before
        ticket("t3", NOW - 3 * DAY),  # nobody has answered
        ticket("t4", NOW - 1 * HOUR),  # still in time
        ticket("t5", NOW - 2 * DAY, channel="phone"),
        ticket("t6", NOW - 400 * DAY),
    )
    found = {one.channel: one for one in queries.reply_times(days=90, now=NOW)}
    mail = found["email"]
    assert (mail.asked, mail.answered, mail.median_minutes, mail.p90_minutes) == (4, 2, 120.0, 360.0)
    assert (mail.judged, mail.within, mail.late_now) == (3, 1, 1)
    assert (found["phone"].asked, found["phone"].judged) == (1, None)
    assert (found["wecom"].asked, found["wecom"].judged) == (0, 0)


@pytest.mark.django_db
def test_a_standard_is_checked_audited_and_taken_away_again(home):
    from keepwell.foundation.audit import queries as audit

    for channel, minutes in (("smoke", 60), ("email", 0), ("email", 60 * 24 * 31)):
        with pytest.raises(StandardError):
            set_to(channel, minutes)
    assert queries.standards() == {}
    set_to("email", 60)
    set_to("email", 60)
    set_to("email", 60, is_public=False)
    assert queries.promised() == {}
    set_to("email", None)
    assert queries.standards() == {}
    assert audit.count() == 3


@pytest.mark.django_db
def test_what_colleagues_did_is_no_habit_of_the_customer(tickets):
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import upsert_many
    from keepwell.outreach.replying import hours
    from keepwell.outreach.replying.contracts import HourOf

    def did(name, days):
        return "interactions", {
            "interaction_id": f"{name}-{days}", "customer_id": "C1", "at": NOW - days * DAY, "type": "chat",
        }  # fmt: skip

    upsert_many(rows=[CustomerRow(customer_id="C1")], source="test", at=NOW, actor="test")
    ours = [did(name, days) for name in ("question", "mood", "care", "case", "task") for days in range(1, 7)]
    tickets(*ours)
    assert hours.favourites(["C1"], now=NOW)["C1"].of is HourOf.NONE
    tickets(*(did("heard", days) for days in range(1, 7)))
    assert hours.favourites(["C1"], now=NOW)["C1"].of is HourOf.OWN
