"""Care in the browser, without one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from keepwell.foundation import clock
from keepwell.plays.care import services
from keepwell.plays.care.contracts import ActStatus
from keepwell.plays.care.models import Act, Activity, Guest, Package
from keepwell.plays.care.queries import packages, plans
from tests.plays.care.conftest import NOW, TODAY


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_a_plan_is_begun_followed_and_its_steps_taken_back(ann, people):
    lin = browser(people.lin)
    assert "No act of care waits for you" in text(lin.get("/care/"))
    page = f"/care/customer/{ann}/"
    assert "There is no care plan yet." in text(lin.get(page))
    lin.post(f"/care/plan-begin/{ann}/", {"template": "vip"})
    services.run(now=NOW)
    shown = text(lin.get(page))
    assert "Business review" in shown
    assert "Book on their subject" in shown  # her hobby
    assert "Wall clock" not in shown
    assert "never a clock" in shown
    assert "VIP channel" in shown
    assert "Ann Example" in text(lin.get("/care/"))
    act = next(one for one in plans.acts_of(ann) if one.act == "gift")
    lin.post(f"/care/acts/{act.act_id}/gift/", {"gift": "book", "budget": "120", "next": page})
    assert (plans.act(act.act_id).gift, plans.act(act.act_id).budget) == ("book", Decimal(120))
    answer = lin.post(f"/care/acts/{act.act_id}/skip/", {"reason": "journey", "next": page}, follow=True)
    assert "The act is left out." in text(answer)
    token = lin.session["care_undo"]["token"]
    lin.post("/care/undo/", {"token": token})
    assert plans.act(act.act_id).status is ActStatus.PLANNED
    lin.post(f"/care/acts/{act.act_id}/done/", {"cost": "99", "score": "5", "note": "She was moved"})
    done = plans.act(act.act_id)
    assert (done.status, done.cost, done.score) == (ActStatus.DONE, Decimal(99), 5)
    assert "She was moved" in text(lin.get(page))
    assert "Acts done" in text(browser(people.ada).get("/reports/care/"))


def test_what_is_wrong_is_said_and_another_s_customer_is_not_shown(ann, people):
    lin, mei = browser(people.lin), browser(people.mei)
    refused = lin.post(f"/care/plan-add/{ann}/", {"act": "call", "due_on": "2020-01-01"})
    assert refused.status_code == 400
    assert "Please choose a day to come." in refused.content.decode()
    sold = {
        "act": "call", "due_on": TODAY.isoformat(), "occasion": "birthday", "words": "50% off for you",
    }  # fmt: skip
    assert "free of offers" in lin.post(f"/care/plan-add/{ann}/", sold).content.decode()
    assert mei.get(f"/care/customer/{ann}/").status_code == 403
    assert mei.post(f"/care/plan-begin/{ann}/", {"template": "vip"}).status_code == 403
    number = services.add(customer_id=ann, act="call", due_on=TODAY, actor="lin", now=NOW)
    assert mei.post(f"/care/acts/{number}/skip/", {"reason": "x"}).status_code == 403
    assert "Ann Example" not in text(mei.get("/care/?whose=all"))


def test_an_act_that_will_not_do_keeps_what_was_typed(ann, people):
    typed = {"act": "gift", "due_on": "2020-01-01", "budget": "12.5", "words": "A book about tea"}
    answer = browser(people.lin).post(f"/care/plan-add/{ann}/", typed)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert all(f'value="{one}"' in page for one in ("2020-01-01", "12.5"))
    assert "A book about tea</textarea>" in page
    assert '<option value="gift" selected>' in page


def test_a_rhythm_that_will_not_do_keeps_what_was_typed(ann, people):
    lin = browser(people.lin)
    lin.post(f"/care/plan-begin/{ann}/", {"template": "regular"})
    before = plans.plan_of(ann).lines
    typed = {
        "line_act": ["call", "visit"], "line_occasion": ["every", "every"], "line_weeks": ["3", "0"],
        "line_channel": ["phone", "visit"], "line_budget": ["", "77.5"], "line_lead": ["3", "11"],
    }  # fmt: skip
    answer = lin.post(f"/care/plan-lines/{ann}/", typed)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "every how many weeks" in page
    assert all(f'value="{one}"' in page for one in ("77.5", "11"))
    assert plans.plan_of(ann).lines == before


def test_a_message_stays_a_message_when_the_rhythm_changes(ann, people):
    lin = browser(people.lin)
    lin.post(f"/care/plan-begin/{ann}/", {"template": "basic"})
    assert '<option value="birthday_sms" selected>' in text(lin.get(f"/care/customer/{ann}/"))
    typed = {
        "line_act": ["greeting", "call"], "line_occasion": ["birthday", "every"], "line_weeks": ["", "26"],
        "line_channel": ["sms", "phone"], "line_budget": ["", ""], "line_lead": ["0", "7"],
    }  # fmt: skip
    lin.post(f"/care/plan-lines/{ann}/", {**typed, "line_text": ["birthday_sms", "birthday_email"]})
    said = [(one.spec.act, one.spec.by, one.spec.text_code) for one in plans.plan_of(ann).lines]
    assert said == [("greeting", "message", "birthday_sms"), ("call", "task", "")]
    lin.post(f"/care/plan-lines/{ann}/", {**typed, "line_text": ["", ""]})
    assert {one.spec.by for one in plans.plan_of(ann).lines} == {"task"}


def test_reactions_are_proposed_with_their_evidence_and_accepted_with_one_click(ann, people):
    from keepwell.history import services as history

    for place in range(5):
        fact = {
            "contact_id": f"e{place}", "customer_id": ann, "at": NOW - timedelta(days=place + 1),
            "channel": "email", "status": "sent",
        }  # fmt: skip
        history.record(table="contacts", fact=fact, source="test")
        if place < 2:
            talk = {**fact, "contact_id": f"p{place}", "channel": "phone", "status": "answered"}
            history.record(table="contacts", fact=talk, source="test")
    history.flush()
    lin = browser(people.lin)
    lin.post(f"/care/plan-begin/{ann}/", {"template": "potential"})
    shown = text(lin.get(f"/care/customer/{ann}/"))
    assert "Prefers Telephone over E-mail: change the plan" in shown
    assert "0 of 5" in shown
    lin.post(f"/care/plan-accept/{ann}/", {"key": "switch-email-phone"})
    changed = {(line.spec.act, line.spec.channel) for line in plans.plan_of(ann).lines}
    assert ("call", "phone") in changed  # the birthday greeting
    assert ("training", "phone") in changed
    assert "Prefers" not in text(lin.get(f"/care/customer/{ann}/"))


def test_an_activity_from_its_guests_to_what_to_do_better(ann, people, settings):
    from keepwell.outreach.content.services import set_brand

    settings.KEEPWELL_URL = "https://shop.example"
    brand = {"company_name": "Tea", "legal_address": "1 Street", "website": "https://www.keepwell-tea.com"}
    set_brand(values=brand, based_on=0, actor="ada", now=NOW)
    ada, lin = browser(people.ada), browser(people.lin)
    assert "No activity is planned yet" in text(lin.get("/care/activities/"))
    form = {
        "name": "Reading evening", "kind": "lecture", "at": "2026-12-20T19:00", "capacity": "1",
        "interest": "reading", "channel": "email", "text": "We read together.", "place": "Oslo",
    }  # fmt: skip
    assert lin.post("/care/activities/", form).status_code == 403
    page = ada.post("/care/activities/", form)["Location"]
    ada.post(f"{page}propose/")
    assert "Invite 1 proposed guest" in text(ada.get(page))
    guest = Guest.objects.get()
    assert (guest.customer_id, guest.why) == (ann, "interest")
    ada.post(f"{page}invite/", {"guest": guest.pk})
    guest.refresh_from_db()
    assert guest.state == "invited"
    from keepwell.outreach.sending import queries as sending

    said = sending.message(guest.message_id)
    assert (said.purpose, said.channel) == ("marketing", "email")
    assert "We read together." in said.text
    lin.post(f"/care/guests/{guest.pk}/", {"state": "yes"})
    assert "1 of 1 seats are taken" in text(lin.get(page))
    lin.post(f"/care/guests/{guest.pk}/", {"state": "attended", "score": "4", "feedback": "Too loud"})
    ada.post(f"{page}check/", {"check": ["display_area", "handouts"], "own": "Microphone"})
    ada.post(f"{page}close/", {"held": "yes", "cost": "300", "improvements": "A quieter room"})
    row = Activity.objects.get()
    assert (row.status, row.cost, row.improvements) == ("held", 300, "A quieter room")
    assert ["Microphone", False] in row.checklist
    assert "Too loud" in text(lin.get(page))
    exported = b"".join(ada.get(f"{page}guests.csv").streaming_content).decode()
    assert "attended" in exported
    assert "Too loud" not in exported


def test_more_guests_than_a_form_may_have_fields_are_invited(ann, people, settings):
    import re

    from keepwell.outreach.content.services import set_brand

    settings.KEEPWELL_URL = "https://shop.example"
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 30
    brand = {"company_name": "Tea", "legal_address": "1 Street", "website": "https://www.keepwell-tea.com"}
    set_brand(values=brand, based_on=0, actor="ada", now=NOW)
    ada = browser(people.ada)
    form = {
        "name": "Open day", "kind": "lecture", "at": "2026-12-20T19:00", "capacity": "50",
        "channel": "email", "text": "Come and see.",
    }  # fmt: skip
    page = ada.post("/care/activities/", form)["Location"]
    activity = Activity.objects.get()
    Guest.objects.bulk_create(Guest(activity=activity, customer_id=f"G-{n}") for n in range(40))
    for _click in range(2):
        shown = re.findall(r'type="hidden" name="guest" value="(\d+)"', text(ada.get(page)))
        ada.post(f"{page}invite/", {"guest": shown, "csrfmiddlewaretoken": "x"})
    assert {one.state for one in Guest.objects.all()} == {"invited"}


def test_no_more_say_yes_than_there_are_seats(ann, own, people, nobody_aside):
    from keepwell.plays.care.contracts import CareError
    from keepwell.plays.care.services import activities

    values = {
        "name": "Party", "kind": "theme_party", "at": NOW + timedelta(days=9), "place": "", "capacity": 1,
        "owner_id": None, "budget": Decimal(0), "segment_id": None, "interest": "", "channel": "email",
        "subject": "", "text": "",
    }  # fmt: skip
    number = activities.save(values=values, actor="ada", now=NOW)
    own("C-2", people.lin)
    first, second = (Guest.objects.create(activity_id=number, customer_id=one) for one in (ann, "C-2"))
    activities.answer(guest_id=first.pk, state="yes", actor="lin", now=NOW)
    with pytest.raises(CareError, match="seats"):
        activities.answer(guest_id=second.pk, state="yes", actor="lin", now=NOW)
    activities.answer(guest_id=first.pk, state="no", actor="lin", now=NOW)
    activities.answer(guest_id=second.pk, state="yes", actor="lin", now=NOW)


def test_a_package_warns_when_it_is_too_dear_and_keeps_what_was_said(ann, people):
    lin = browser(people.lin)
    new = f"/care/packages/new/{ann}/"
    assert "Known needs" in text(lin.get(new))
    form = {
        "name": "Reading corner", "item_name": ["Chair", ""], "item_quantity": ["1", ""],
        "item_price": ["100", ""], "item_cost": ["40", ""], "extra_cost": "30", "ready_days": "40",
        "usual_days": "5", "delivery": "to_the_door", "packaging": "gift", "need": "A quiet place",
    }  # fmt: skip
    assert lin.post(new, {**form, "name": ""}).status_code == 400
    page = lin.post(new, form)["Location"]
    shown = text(lin.get(page))
    assert "Making it personal costs a large part of the price." in shown
    assert "waits much longer than usual" in shown
    lin.post(page, {"do": "move", "status": "delivered"})
    lin.post(page, {"do": "feel", "score": "4", "feedback": "Lovely", "adjustment": "A softer cushion"})
    found = packages.package(Package.objects.get().pk)
    assert (found.status, found.score, found.feedback) == ("delivered", 4, "Lovely")
    assert [one["text"] for one in found.adjustments] == ["A softer cushion"]
    assert "Reading corner" in text(lin.get(f"/care/customer/{ann}/"))


def test_plans_and_gifts_are_edited_by_those_who_may(ann, people):
    ada, lin = browser(people.ada), browser(people.lin)
    assert lin.get("/settings/care/").status_code == 403
    assert "Ready-made care plans" in text(ada.get("/settings/care/"))
    line = {
        "line_act": "call", "line_occasion": "every", "line_weeks": "2", "line_channel": "phone",
        "line_budget": "", "line_lead": "3",
    }  # fmt: skip
    ada.post("/settings/care/template/", {"name": "Every fortnight", "active": "on", **line})
    ada.post("/settings/care/gift/", {"name": "Jam", "low": "5", "high": "9", "active": "on", "barred": "NO"})
    assert ada.post("/settings/care/gift/", {"name": "Jam", "low": "9", "high": "5"}).status_code == 400
    lin.post(f"/care/plan-begin/{ann}/", {"template": "every_fortnight"})
    assert plans.plan_of(ann).lines[0].spec.every_weeks == 2
    assert "Jam" in text(lin.get(f"/care/customer/{ann}/"))


def test_the_report_on_use_says_what_is_known(ann, people):
    lin = browser(people.lin)
    assert "Nothing is known to report yet" in text(lin.get(f"/care/use-report/{ann}/"))
    number = services.add(customer_id=ann, act="business_review", due_on=TODAY, actor="lin", now=NOW)
    services.done(act_id=number, actor="lin", now=NOW)
    assert "Business review" in text(lin.get(f"/care/use-report/{ann}/"))


def test_the_list_goes_out_as_a_file_without_words(ann, people):
    services.add(customer_id=ann, act="call", due_on=TODAY, words="secret", actor="lin", now=NOW)
    exported = b"".join(browser(people.ada).get("/care/export.csv").streaming_content).decode()
    assert "C-1,call,once,2026-11-23" in exported
    assert "secret" not in exported
    assert browser(people.lin).get("/care/export.xlsx").status_code == 403
    assert Act.objects.count() == 1


def test_the_task_of_a_birthday_says_that_it_is_for_wishes_alone(ann, people):
    lin = browser(people.lin)
    number = services.add(
        customer_id=ann,
        act="call",
        due_on=TODAY,
        occasion="birthday",
        words="Ask after the garden",
        actor="lin",
        now=NOW,
    )
    services.run(now=NOW)
    shown = text(lin.get(f"/tasks/{plans.act(number).task_id}/"))
    assert "Today is for wishes alone" in shown
    assert "Ask after the garden" in shown
    assert "Special offer" not in shown
    assert "VIP channel" in shown
    customer = text(lin.get(f"/customers/{ann}/"))
    assert "birthday" in customer
    assert f"/care/customer/{ann}/" in customer


def test_a_gift_task_proposes_what_fits_the_hobby(ann, people):
    lin = browser(people.lin)
    number = services.add(customer_id=ann, act="gift", due_on=TODAY, actor="lin", now=NOW)
    services.run(now=NOW)
    shown = text(lin.get(f"/tasks/{plans.act(number).task_id}/"))
    assert "Book on their subject" in shown
    assert "fits the hobby" in shown
