"""A private meeting every quarter: strategic customers, what troubles them, approved by somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.outreach.models import Task
from keepwell.plays.care import core, services
from keepwell.plays.care.contracts import CareError, Theme
from keepwell.plays.care.models import Activity, Guest
from keepwell.plays.care.queries import activities as queries
from keepwell.plays.care.services import activities, meetings
from keepwell.plays.winback import services as winback
from tests.plays.care.conftest import NOW
from tests.plays.care.test_pages import browser, text


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def shop(ann, own, rate, people):
    """Ann and Bob are of the highest value, Cem is not known to be; both have their troubles."""
    own("C-2", people.lin, name="Bob Example")
    own("C-3", people.lin, name="Cem Example")
    rate("C-1", "C-2")
    number = winback.open_case(customer_id="C-1", origin="customer", actor="lin", now=NOW)
    winback.analyse(case_id=number, causes=("service",), asked="interview", actor="lin", now=NOW)
    rows = [("C-1", "delivery", 30), ("C-2", "delivery", 20), ("C-2", "invoice", 500), ("C-3", "price", 3)]
    for place, (who, category, days) in enumerate(rows):
        at = NOW - timedelta(days=days)
        fact = {
            "ticket_id": f"T{place}",
            "customer_id": who,
            "at": at,
            "event": "opened",
            "category": category,
        }
        history.record(table="tickets", fact=fact, source="test")
    bad = {"answer_id": "A1", "customer_id": "C-2", "at": NOW - timedelta(days=5), "metric": "other"}
    history.record(table="answers", fact={**bad, "score": 1.0, "topic": "cause:service"}, source="test")
    history.flush()


def begin(people, **more):
    values = {
        "name": "Round table", "segment_id": None, "place": "Oslo", "capacity": 5, "channel": "email",
        "hosts": "Management", "owner_id": people.lin.pk, **more,
    }  # fmt: skip
    return meetings.save_series(values=values, actor="ada", now=NOW)


def test_the_coming_quarter_s_meeting_is_proposed_once_with_guests_and_their_themes(shop, people):
    begin(people)
    services.run(now=NOW)
    services.run(now=NOW + timedelta(days=1))
    row = Activity.objects.get()
    assert (row.status, row.kind, row.quarter) == ("proposed", "private_meeting", "2027-Q1")
    assert core.quarter_of(row.at.date()) == "2027-Q1"
    assert row.at.weekday() < 5
    assert {one.customer_id for one in Guest.objects.all()} == {"C-1", "C-2"}
    found = queries.activity(row.pk).themes
    assert set(found) == {Theme("delivery", 2, "ticket"), Theme("service", 2, "cause")}
    task = Task.objects.get(assignee=people.lin, kind="other")
    assert "2027-Q1" in task.title
    services.run(now=NOW + timedelta(days=91))
    assert sorted(Activity.objects.values_list("quarter", flat=True)) == ["2027-Q1", "2027-Q2"]


def test_nobody_is_invited_before_somebody_approves(shop, people):
    begin(people)
    services.run(now=NOW)
    row, ada = Activity.objects.get(), browser(people.ada)
    page = f"/care/activities/{row.pk}/"
    shown = text(ada.get(page))
    assert "Proposed for 2027-Q1" in shown
    assert "delivery" in shown
    assert "2 customers" in shown
    with pytest.raises(CareError):
        activities.invite(
            activity_id=row.pk, guest_ids=Guest.objects.values_list("pk", flat=True),
            owner_ids=None, actor="ada", now=NOW,
        )  # fmt: skip
    assert browser(people.lin).post(f"{page}approve/").status_code == 403
    ada.post(f"{page}approve/")
    row.refresh_from_db()
    assert row.status == "planned"
    assert "Invite 2 proposed guests" in text(ada.get(page))
    with pytest.raises(CareError, match="no proposal"):
        meetings.decide(activity_id=row.pk, approved=False, actor="ada", now=NOW)


def test_a_stopped_series_proposes_nothing_and_a_dropped_meeting_stays_dropped(shop, people):
    ada = browser(people.ada)
    form = {"name": "Round table", "capacity": "4", "channel": "email"}
    assert browser(people.lin).post("/care/activities/series/", form).status_code == 403
    ada.post("/care/activities/series/", form)
    services.run(now=NOW)
    row = Activity.objects.get()
    ada.post(f"/care/activities/{row.pk}/refuse/")
    services.run(now=NOW)
    assert Activity.objects.get().status == "cancelled"
    ada.post("/care/activities/series/", {"series": row.series_id, "active": "no"})
    assert "stopped" in text(ada.get("/care/activities/"))
    services.run(now=NOW + timedelta(days=91))
    assert Activity.objects.count() == 1


@given(
    days=st.sets(st.integers(1, 60), max_size=3),
    before=st.integers(-10, 70 * 24),
)
def test_one_reminder_is_due_at_a_time_the_latest_that_has_begun(days, before):
    at = datetime(2026, 12, 20, 19, tzinfo=UTC)
    found = core.reminder(at, days, at - timedelta(hours=before))
    begun = [one for one in days if 0 < before <= one * 24]
    assert found == ((min(begun), at - timedelta(days=min(begun))) if begun else None)
