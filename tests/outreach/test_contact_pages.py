"""The contact policy on pages: the rules, why and why not, and the button that begins a call."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.urls import reverse

from keepwell.customers.privacy import services as privacy
from keepwell.foundation import clock
from keepwell.outreach.models import Task
from keepwell.outreach.policy import queries, services
from keepwell.outreach.policy.contracts import Cap

PAGE = "/settings/contact-policy/"
FORM = {
    "form": "1",
    "quiet_from": "22:00",
    "quiet_until": "08:30",
    "time_zone": "Europe/Berlin",
    "quiet_weekdays": ["6"],
    "cap_most": ["1", "", "2"],
    "cap_days": ["7", "", "30"],
    "cap_channel": ["sms", "", ""],
    "cap_purpose": ["", "", "survey"],
    "repeat_days": "14",
    "reserve_hours": "0",
}
OPEN = {"quiet_from": time(0), "quiet_until": time(0), "caps": ()}  # whatever the time of the test


def sign_in(client, user):
    client.force_login(user)
    return client


@pytest.fixture
def always_open(people, nobody_aside):
    services.set_rules(values=OPEN, actor="ada", now=clock.now() - timedelta(days=1))


def agree(channel="phone"):
    privacy.set_consent(
        customer_id="C-1",
        channel=channel,
        purpose="marketing",
        given=True,
        source="counter",
        wording="marketing/1",
        actor="ada",
    )


def test_the_rules_are_previewed_and_saved_as_a_new_version(client, people):
    browser = sign_in(client, people.ada)
    assert "at most 3 contacts in 7 days" in browser.get(PAGE).content.decode()
    seen = browser.get(PAGE, FORM, headers={"HX-Request": "true"}).content.decode()
    assert "there is nothing to try it on" in seen
    assert "<html" not in seen
    assert queries.rules().version == 0
    assert browser.post(PAGE, FORM).status_code == 302
    saved = queries.rules()
    assert (saved.version, saved.quiet_from, saved.quiet_until) == (1, time(22), time(8, 30))
    assert saved.caps == (Cap(1, 7, channel="sms"), Cap(2, 30, purpose="survey"))
    assert (saved.time_zone, saved.quiet_weekdays, saved.repeat_days) == ("Europe/Berlin", (6,), 14)
    assert sign_in(client, people.lin).get(PAGE).status_code == 403


def test_what_e_mails_tell_of_is_switched_off_and_a_form_without_it_changes_nothing(client, people):
    browser = sign_in(client, people.ada)
    assert 'name="follow_opens" checked' in browser.get(PAGE).content.decode()
    browser.post(PAGE, {**FORM, "follow": "1", "follow_clicks": "on", "follow_agreed_only": "on"})
    browser.post(PAGE, FORM)
    saved = queries.rules()
    assert (saved.follow_clicks, saved.follow_opens, saved.follow_agreed_only) == (True, False, True)
    assert 'name="follow_opens">' in browser.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"quiet_from": "late"}, "Please type a time"),
        ({"repeat_days": "-1"}, "Please type a whole number"),
        ({"time_zone": "Mars"}, "There is no such time zone."),
        ({"cap_most": ["x", "", "2"]}, "Please type a whole number"),
        ({"cap_most": ["0", "", "2"]}, "From 1 to 100 contacts"),
        ({"cap_channel": ["telex", "", ""]}, "choose a channel and a purpose"),
        ({"quiet_weekdays": list("0123456")}, "At least one day of the week"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_typed_is_lost(client, people, changes, says):
    answer = sign_in(client, people.ada).post(PAGE, {**FORM, **changes})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert says in page
    assert 'value="14"' in page or "repeat_days" in changes
    assert queries.rules().version == 0


def test_a_call_begins_with_a_click_and_only_then_shows_the_number(client, people, task, always_open):
    agree()
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import upsert_many

    row = CustomerRow("C-1", phone="+8613812345678")
    upsert_many(rows=[row], source="crm", at=clock.now(), actor="ada")
    browser = sign_in(client, people.lin)
    page = reverse("task", args=[task().task_id])
    before = browser.get(page).content.decode()
    assert "You may get in touch now." in before
    assert "/privacy/unmask/" not in before
    after = browser.post(page + "begin/", {"next": page}, follow=True).content.decode()
    assert "Begun" in after
    assert "/privacy/unmask/" in after
    assert "13812345678" not in after


def test_a_call_that_may_not_be_made_says_why_and_has_no_button(client, people, task, always_open):
    browser = sign_in(client, people.lin)
    page = reverse("task", args=[task().task_id])
    text = browser.get(page).content.decode()
    assert "Please do not get in touch." in text
    assert "never asked for consent" in text
    assert "/begin/" not in text
    told = browser.post(page + "begin/", {"next": page}, follow=True).content.decode()
    assert "never asked for consent" in told
    assert Task.objects.get().status == "open"


def test_today_says_whom_not_to_contact(client, people, task, always_open):
    task()
    browser = sign_in(client, people.lin)
    assert "do not contact" in browser.get("/today/").content.decode()
    agree()
    assert "do not contact" not in browser.get("/today/").content.decode()


def test_quiet_hours_offer_to_postpone(client, people, task, nobody_aside):
    agree()
    soon = (clock.now() + timedelta(minutes=90)).time().replace(second=0, microsecond=0)
    values = {
        "quiet_from": (clock.now() - timedelta(hours=2)).time(),
        "quiet_until": soon,
        "time_zone": "UTC",
    }
    services.set_rules(values={**values, "caps": ()}, actor="ada", now=clock.now() - timedelta(days=1))
    page = sign_in(client, people.lin).get(reverse("task", args=[task().task_id])).content.decode()
    assert "Not before" in page
    assert "Postpone until then" in page


def test_the_page_of_contacts_says_why_and_why_not(client, people, task, always_open):
    agree("email")
    made = task()
    browser = sign_in(client, people.lin)
    browser.post(reverse("task_act", args=[made.task_id, "begin"]))
    page = browser.get("/contacts/C-1/").content.decode()
    assert "Withheld" in page
    assert reverse("task", args=[made.task_id]) in page
    assert "The customer has agreed to it." in page
    assert "Withheld" in browser.get("/customers/C-1/").content.decode()
    assert browser.get("/contacts/C-9/").status_code == 403
    assert sign_in(client, people.ada).get("/contacts/C-9/").status_code == 404
    assert sign_in(client, people.mei).get("/contacts/C-1/").status_code == 403


def test_times_are_those_of_who_reads_them(client, people, task, nobody_aside):
    agree()
    task()
    people.ada.time_zone = "Asia/Tokyo"
    people.ada.save()
    now = clock.now().replace(second=0, microsecond=0)
    until = (now + timedelta(minutes=90)).time()
    values = {"quiet_from": (now - timedelta(hours=2)).time(), "quiet_until": until, "time_zone": "UTC"}
    services.set_rules(values={**values, "caps": ()}, actor="ada", now=now - timedelta(days=1))
    page = sign_in(client, people.ada).get("/contacts/C-1/").content.decode()
    assert f"{now + timedelta(hours=9, minutes=90):%H:%M}" in page
