"""Guests answer for themselves: seats, the waiting list, reminders, the door, and how it was."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import icalendar
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.marks import addresses
from keepwell.plays.care import core, services
from keepwell.plays.care.contracts import CareError, GuestAnswer
from keepwell.plays.care.models import Act, Activity, Guest
from keepwell.plays.care.queries import activities as queries
from keepwell.plays.care.services import activities, inviting, seating
from tests.plays.care.conftest import NOW, TODAY
from tests.plays.care.test_pages import browser, text

AT = NOW + timedelta(days=20)
USUAL = {
    "name": "Reading evening", "kind": "symposium", "at": AT, "place": "Oslo", "capacity": 2,
    "owner_id": None, "budget": Decimal(0), "segment_id": None, "interest": "", "channel": "email",
    "subject": "", "text": "", "party_max": 2, "remind_days": [7, 1], "hosts": "Ada, head of development",
    "closes_at": AT - timedelta(days=2),
}  # fmt: skip


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    settings.KEEPWELL_URL = "https://shop.example"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def party(ann, own, people):
    """An evening with two seats, to which Ann, Bob and Cem (who speaks Chinese) are invited."""
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import upsert_many
    from keepwell.outreach.content.services import set_brand

    brand = {"company_name": "Tea", "legal_address": "1 Street", "website": "https://www.keepwell-tea.com"}
    set_brand(values=brand, based_on=0, actor="ada", now=NOW)
    row = CustomerRow(customer_id=ann, name="Ann Example", language="en")
    upsert_many(rows=[row], source="test", at=NOW, actor="ada")
    own("C-2", people.lin, name="Bob Example")
    own("C-3", people.lin, name="Cem Example", language="zh-TW")
    number = activities.save(values=USUAL, actor="ada", now=NOW)
    guests = [Guest.objects.create(activity_id=number, customer_id=one) for one in (ann, "C-2", "C-3")]
    activities.invite(
        activity_id=number, guest_ids=[one.pk for one in guests], owner_ids=None, actor="ada", now=NOW
    )
    return number


def guest(customer_id):
    return Guest.objects.get(customer_id=customer_id)


def page_of(customer_id):
    return addresses.guest_url(guest(customer_id).message_id).removeprefix("https://shop.example")


def says(customer_id, state="yes", *, at=NOW, **more):
    return seating.say(
        message_id=guest(customer_id).message_id, given=GuestAnswer(state, **more), now=at
    ).state


def messages_to(customer_id, start=""):
    """What a guest got after the invitation."""
    invited = guest(customer_id).message_id
    found = [one for one in sending.of_customer(customer_id) if one.message_id != invited]
    return [one for one in found if one.subject.startswith(start)]


def test_the_invitation_is_in_the_guest_s_language_and_leads_to_their_own_page(party):
    english, chinese = (sending.message(guest(one).message_id) for one in ("C-1", "C-3"))
    assert "Our management and the people who develop our products" in english.text
    assert "座談會" in chinese.text
    assert f"https://shop.example{page_of('C-1')}" in english.text
    assert page_of("C-1") != page_of("C-3")


def test_the_time_is_that_of_the_place_wherever_the_server_stands(party, people):
    people.lin.time_zone = "Asia/Shanghai"
    people.lin.save()
    activities.save(values={**USUAL, "owner_id": people.lin.pk}, activity_id=party, actor="ada", now=NOW)
    says("C-2")
    inviting.remind(now=AT - timedelta(days=1))
    (reminder,) = messages_to("C-2", "We look forward")
    shown = text(Client().get(page_of("C-2")))
    assert all("5 p.m. (UTC+08:00)" in one for one in (reminder.text, shown))


def test_only_a_sent_form_answers_and_it_can_be_changed_until_answers_are_closed(party, monkeypatch):
    visitor, address = Client(), page_of("C-1")
    shown = text(visitor.get(address))
    assert "Reading evening" in shown
    assert "Ada, head of development" in shown
    visitor.get(f"{address}?answer=yes")
    visitor.head(address)
    assert guest("C-1").state == "invited"
    form = {"answer": "yes", "party": "1", "diet": "no nuts", "needs": "", "question": "Why green?"}
    answered = visitor.post(address, form)
    assert answered.status_code == 303
    row = guest("C-1")
    assert (row.state, row.party, row.diet, row.question) == ("yes", 1, "no nuts", "Why green?")
    again = text(visitor.get(answered["Location"]))
    assert "You come: your seat is kept." in again
    assert "no nuts" in again
    assert visitor.post(address, {"answer": "no"}).status_code == 303
    assert (guest("C-1").state, guest("C-1").party) == ("no", 0)
    monkeypatch.setattr(clock, "now", lambda: AT - timedelta(days=1))
    late = visitor.post(address, {"answer": "yes"})
    assert late.status_code == 400
    assert guest("C-1").state == "no"
    assert "Answers can no longer be changed here." in text(visitor.get(address))


def test_what_is_not_offered_is_refused_and_a_cut_address_opens_nothing(party):
    visitor, address = Client(), page_of("C-1")
    for form in ({}, {"answer": "attended"}, {"answer": "yes", "party": "3"}):
        assert visitor.post(address, form).status_code == 400, form
    assert guest("C-1").state == "invited"
    assert visitor.get(address[:-3]).status_code == 404
    other = addresses.unsubscribe_url(guest("C-1").message_id).rsplit("/", 1)[1]
    assert visitor.post(f"/g/{other}", {"answer": "yes"}).status_code == 404


def test_who_comes_late_waits_and_the_next_who_fits_is_told(party):
    assert says("C-1", party=1) == "yes"
    assert says("C-2", at=NOW + timedelta(hours=1), party=1) == "waiting"
    assert says("C-3", at=NOW + timedelta(hours=2)) == "waiting"
    assert says("C-1", at=NOW + timedelta(hours=3)) == "yes"  # alone after all: one seat is free
    assert (guest("C-2").state, guest("C-3").state) == ("waiting", "yes")
    assert len(messages_to("C-3")) == 1
    assert not messages_to("C-2")
    assert says("C-3", "no", at=NOW + timedelta(hours=4)) == "no"
    assert guest("C-2").state == "waiting"  # two are needed, one is free
    activities.save(values={**USUAL, "capacity": 3}, activity_id=party, actor="ada", now=NOW)
    assert guest("C-2").state == "yes"
    assert [one.purpose for one in messages_to("C-2", "You have a place")] == ["service"]
    assert queries.activity(party).coming == 3


def test_who_comes_keeps_the_seat_when_there_are_none_for_friends(party):
    says("C-1")
    says("C-2")
    with pytest.raises(CareError, match="yours is kept"):
        says("C-1", party=1)
    assert (guest("C-1").state, guest("C-1").party) == ("yes", 0)


@given(
    waiting=st.lists(st.integers(1, 5), max_size=12),
    free=st.integers(0, 20),
)
def test_free_seats_go_to_the_first_who_fit_and_to_no_more(waiting, free):
    listed = list(enumerate(waiting))
    chosen = core.promoted(listed, free)
    used = sum(waiting[one] for one in chosen)
    assert used <= free
    assert chosen == sorted(chosen)
    left = [one for one in range(len(waiting)) if one not in chosen]
    assert all(waiting[one] > free - used for one in left)
    # Nobody is passed over for somebody later who needs as much.
    assert all(waiting[one] > waiting[late] for one in left for late in chosen if late > one)


def test_a_calendar_entry_that_calendars_read(party):
    says("C-1")
    answer = Client().get(f"{page_of('C-1')}/calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event.decoded("dtstart"), str(event["location"])) == (AT, "Oslo")
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=2)
    activities.close(activity_id=party, cost=None, improvements="", held=False, actor="ada", now=NOW)
    (event,) = icalendar.Calendar.from_ical(Client().get(f"{page_of('C-1')}/calendar.ics").content).walk(
        "VEVENT"
    )
    assert str(event["status"]) == "CANCELLED"


def test_reminders_go_once_each_and_only_to_who_comes(party):
    says("C-1")
    says("C-2", "no")
    assert inviting.remind(now=AT - timedelta(days=8)) == 0
    assert inviting.remind(now=AT - timedelta(days=7)) == 1
    assert inviting.remind(now=AT - timedelta(days=6)) == 0
    says("C-3", at=AT - timedelta(days=5))  # knows it well enough
    assert inviting.remind(now=AT - timedelta(days=4)) == 0
    assert inviting.remind(now=AT - timedelta(hours=20)) == 2
    assert inviting.remind(now=AT - timedelta(hours=2)) == 0
    assert len(messages_to("C-1", "We look forward")) == 2
    assert not messages_to("C-2", "We look forward")


def test_an_evening_that_is_moved_is_recalled_again_with_its_new_time(party):
    says("C-1")
    assert inviting.remind(now=AT - timedelta(hours=20)) == 1
    for later in (AT + timedelta(hours=2), AT + timedelta(days=7)):
        values = {**USUAL, "at": later, "closes_at": None}
        activities.save(values=values, activity_id=party, actor="ada", now=AT - timedelta(hours=19))
        assert inviting.remind(now=later - timedelta(hours=18)) == 1
        assert inviting.remind(now=later - timedelta(hours=17)) == 0
    assert len(messages_to("C-1", "We look forward")) == 3


def test_who_comes_or_waits_is_told_when_it_is_called_off(party):
    says("C-1", party=1)
    says("C-2")
    says("C-3", "no")
    activities.close(activity_id=party, cost=None, improvements="", held=False, actor="ada", now=NOW)
    assert [len(messages_to(one, "Called off")) for one in ("C-1", "C-2")] == [1, 1]
    assert not messages_to("C-3")
    assert "this is called off" in text(Client().get(page_of("C-1")))


def test_at_the_door_guests_are_found_by_name_and_noted_and_it_can_be_undone(party, people):
    lin = browser(people.lin)
    says("C-1", party=1, diet="no nuts")
    says("C-2")
    door = f"/care/activities/{party}/guests/"
    shown = text(lin.get(door))
    assert "0 of 1 guests are here" in shown
    assert "no nuts" in shown
    assert "Waiting list" in shown
    assert "Bob Example" in shown
    assert "Nobody of this name is expected." in text(lin.get(f"{door}?q=zzz"))
    assert "Ann Example" in text(lin.get(f"{door}?q=ann"))
    lin.post(f"/care/guests/{guest('C-1').pk}/in/", {"here": "yes"})
    assert guest("C-1").came_at == NOW
    assert "1 of 1 guests are here" in text(lin.get(door))
    lin.post(f"/care/guests/{guest('C-1').pk}/in/", {"here": "no"})
    assert (guest("C-1").state, guest("C-1").came_at) == ("yes", None)
    lin.post(f"/care/guests/{guest('C-1').pk}/", {"seat": "Table 4", "party": "1", "back": "door"})
    assert "seat Table 4" in text(lin.get(door))
    exported = b"".join(browser(people.ada).get(f"{door[:-1]}.csv").streaming_content).decode()
    assert "C-1,yes,,2,Table 4" in exported
    assert "no nuts" not in exported
    assert browser(people.mei).post(f"/care/guests/{guest('C-1').pk}/in/").status_code == 403


def test_answers_and_attendance_are_facts_without_words(party, people):
    from keepwell.history.services import flush

    says("C-1", diet="no nuts")
    seating.check_in(guest_id=guest("C-1").pk, here=True, actor="lin", now=NOW)
    flush()
    found = {one.data["type"]: one.data for one in history.timeline("C-1", tables=["interactions"])}
    assert (found["invitation"]["subject"], found["invitation"]["value"]) == ("symposium", 1)
    assert found["event"]["subject"] == "symposium"
    assert "no nuts" not in str(found)


def test_who_was_there_is_asked_and_the_answer_stands_with_the_guest_and_the_next_activity(party, people):
    says("C-1")
    seating.check_in(guest_id=guest("C-1").pk, here=True, actor="lin", now=AT)
    activities.close(
        activity_id=party, cost=None, improvements="A quieter room", actor="ada", now=AT + timedelta(hours=3)
    )
    assert inviting.ask(now=AT + timedelta(hours=5)) == 0
    assert inviting.ask(now=AT + timedelta(days=1)) == 1
    assert inviting.ask(now=AT + timedelta(days=2)) == 0
    activities.close(
        activity_id=party,
        cost=Decimal(9),
        improvements="A quieter room",
        actor="ada",
        now=AT + timedelta(days=2),
    )
    asked = sending.message(guest("C-1").survey_id)
    assert (asked.purpose, asked.status) == ("survey", "waiting")
    address = next(word for word in asked.text.split() if "/q/" in word).removeprefix("https://shop.example")
    visitor = Client()
    assert "How content were you with what you were at?" in text(visitor.get(address))
    visitor.post(address, {"satisfaction": "4", "said": "Too loud"})
    assert (guest("C-1").score, guest("C-1").feedback) == (4, "Too loud")
    later = activities.save(values={**USUAL, "at": AT + timedelta(days=90)}, actor="ada", now=NOW)
    (lesson,) = queries.lessons("symposium", before=later)
    assert (lesson.improvements, lesson.score) == ("A quieter room", 4)
    page = text(browser(people.ada).get(f"/care/activities/{later}/"))
    assert page.count("A quieter room") == 2  # beside the activity, and to be ticked in its form


def test_how_care_is_felt_is_asked_by_message_and_stands_with_the_act(party, ann, people):
    from keepwell.plays.care.contracts import By, LineSpec, Occasion
    from keepwell.plays.care.defaults import TEMPLATES

    (line,) = (one for one in TEMPLATES["regular"].lines if one.act == "care_survey")
    assert (line.by, line.occasion) == (By.MESSAGE, Occasion.EVERY)
    services.assign(
        customer_id=ann,
        template="",
        lines=[
            LineSpec("care_survey", Occasion.EVERY, 1, "email", by=By.MESSAGE, text_code="care_survey_email")
        ],
        actor="lin",
        now=NOW,
    )
    services.run(now=NOW + timedelta(days=14))
    act = Act.objects.exclude(message_id="").first()
    said = sending.message(act.message_id)
    assert said.purpose == "survey"
    Client().post(
        addresses.questions_url(act.message_id, 4).removeprefix("https://shop.example"),
        {"satisfaction": "2", "said": "Too many calls"},
    )
    act.refresh_from_db()
    assert act.score == 2
    assert act.due_on >= TODAY


def test_a_seat_of_somebody_erased_goes_to_who_waits(party):
    says("C-1", party=1)
    says("C-2")
    Guest.objects.filter(customer_id="C-1").delete()
    assert services.run(now=NOW)["places"] == 1
    assert guest("C-2").state == "yes"
    assert Activity.objects.get().capacity == 2
