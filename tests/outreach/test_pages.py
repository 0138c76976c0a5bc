"""The pages of the day: what one sees, what one can do with two clicks, and who may."""

from __future__ import annotations

import re
from datetime import date, timedelta

import icalendar
import pytest
from django.conf import settings as django_settings

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.foundation import clock
from keepwell.outreach.contracts import Notice
from keepwell.outreach.models import Alert, CalendarFeed, Task
from keepwell.outreach.queries import alerts as alert_queries
from keepwell.outreach.queries import notices
from keepwell.outreach.queries import tasks as queries
from keepwell.outreach.services import alerts, tasks
from keepwell.outreach.services import notices as notice_services

LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
PAGES = (
    "/today/",
    "/today/?view=queue",
    "/today/?view=done",
    "/today/team/",
    "/today/week/",
    "/today/week/?week=2026-W53",
    "/reports/warnings/",
    "/reports/warnings/?by=team&since=2026-01-01&until=2026-12-31",
    "/settings/alerts/",
    "/notifications/",
    "/notifications/settings/",
)


@pytest.fixture
def day(people, own, publish):
    """Lin has a warning, a promise, a birthday and a planned visit today; Ada has asked for approval."""
    now = clock.now()
    # Born in a leap year: there is every day of the year.
    own("C-1", people.lin, name="Ann <b>Example</b>", birth_on=date(1992, now.month, now.day))
    own("C-2", people.lin, name="王小明")
    own("C-3", people.mei, name="Somebody else's")
    stakes = {"C-1": 300, "C-2": 200, "C-3": 100}
    publish({"C-1": "at_risk", "C-2": "active", "C-3": "at_risk"}, loss=stakes.get)
    alerts.run(now=now)
    customer_services.make_promise(
        customer_id="C-2",
        what="Send the catalogue",
        due_at=min(now + timedelta(minutes=5), clock.end_of_day(now.date())),
        owner_id=people.lin.pk,
        actor="lin",
        at=now,
    )
    return now


def sign_in(client, user):
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_every_language(client, people, day, page, language):
    people.ada.language = language
    people.ada.save()
    notice_services.tell(
        user_id=people.ada.pk, kind=Notice.CYCLE_FAILED, key="x", data={"cycle": "cycle-1"}, now=day
    )
    response = sign_in(client, people.ada).get(page)
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.content.decode()


def test_the_day_is_one_list_with_the_most_at_stake_first(client, people, day):
    text = sign_in(client, people.lin).get("/today/").content.decode()
    titles = re.findall(r'class="kw-line-title">(?:<a[^>]*>)?([^<]+)', text)
    assert titles[0].startswith("Newly at risk")
    assert "Send the catalogue" in titles
    assert any(title.startswith("Birthday") for title in titles)
    assert "Ann &lt;b&gt;Example&lt;/b&gt;" in text
    assert "Somebody else" not in text
    assert "3 complaints in the last 90 days" in text


def test_a_task_is_done_with_two_clicks_and_undone_with_one(client, people, day):
    browser = sign_in(client, people.lin)
    (made,) = Task.objects.filter(assignee=people.lin)
    response = browser.post(
        f"/tasks/{made.pk}/complete/",
        {"outcome": "staying", "view": "mine"},
        headers={"HX-Request": "true"},
    )
    assert response.status_code == 200
    text = response.content.decode()
    assert "<html" not in text
    assert "1 task done." in text
    token = re.search(r'name="token" value="(\w+)"', text).group(1)
    assert queries.get(made.pk).outcome == "staying"
    browser.post("/tasks/undo/", {"token": token}, headers={"HX-Request": "true"})
    assert queries.get(made.pk).is_active


def test_without_scripts_the_same_buttons_lead_back_to_the_page(client, people, day):
    browser = sign_in(client, people.lin)
    made = Task.objects.get(assignee=people.lin)
    response = browser.post(
        f"/tasks/{made.pk}/postpone/", {"until": "2099-01-01T09:00", "next": "/today/week/"}
    )
    assert (response.status_code, response["Location"]) == (302, "/today/week/")
    assert queries.get(made.pk).status == "postponed"
    response = browser.post(f"/tasks/{made.pk}/reopen/", {"next": "https://elsewhere.example/"}, follow=True)
    assert response.redirect_chain == [("/today/", 302)]
    assert "This task is not over yet." in response.content.decode()


def test_who_was_not_reached_is_tried_again_on_the_next_working_day(client, people, day):
    made = Task.objects.get(assignee=people.lin)
    sign_in(client, people.lin).post(f"/tasks/{made.pk}/complete/", {"outcome": "not_reached"})
    again = Task.objects.get(follows=made.pk)
    assert (again.attempt, again.assignee_id) == (2, people.lin.pk)
    assert again.planned_at > day


def test_the_record_of_a_call_is_kept_with_its_outcome(client, people, day):
    made = Task.objects.get(assignee=people.lin)
    browser = sign_in(client, people.lin)
    page = browser.get(f"/tasks/{made.pk}/").content.decode()
    assert "I have read what went wrong, and I am sorry" in page
    browser.post(
        f"/tasks/{made.pk}/complete/",
        {
            "outcome": "undecided",
            "record": "1",
            "need": "faster delivery",
            "dissatisfaction": "late twice",
            "solution": "free express",
            "remedy": ["apology", "discount"],
            "kept": "kept",
        },
    )
    row = queries.get(made.pk)
    assert (row.need, row.dissatisfaction, row.solution) == (
        "faster delivery",
        "late twice",
        "free express",
    )
    assert (row.remedies, row.kept) == (("apology", "discount"), "kept")
    assert "faster delivery" in browser.get(f"/tasks/{made.pk}/").content.decode()


def test_several_tasks_at_once(client, people, day):
    now = clock.now()
    ids = [
        tasks.create(kind="other", assignee_id=people.lin.pk, actor="lin", now=now).task_id for _ in range(3)
    ]
    browser = sign_in(client, people.lin)
    browser.post("/tasks/bulk/", {"action": "cancel", "task": [str(one) for one in ids]})
    assert {queries.get(one).status for one in ids} == {"cancelled"}
    strange = Task.objects.get(assignee=people.mei)
    response = browser.post("/tasks/bulk/", {"action": "cancel", "task": [str(ids[0]), str(strange.pk)]})
    assert response.status_code == 403
    assert queries.get(strange.pk).is_active


def test_a_task_of_one_s_own_for_a_customer_of_one_s_own(client, people, day):
    browser = sign_in(client, people.lin)
    browser.post("/tasks/add/", {"kind": "visit", "customer_id": "C-1", "at": "2099-05-01T10:00"})
    made = Task.objects.latest("pk")
    assert (made.kind, made.customer_id, made.at_stake) == ("visit", "C-1", 300)
    assert made.planned_at is not None
    assert browser.post("/tasks/add/", {"kind": "call", "customer_id": "C-3"}).status_code == 403
    assert browser.post("/tasks/add/", {"kind": "call", "customer_id": "nobody"}).status_code == 302
    assert Task.objects.latest("pk") == made


def test_a_promise_is_kept_with_one_click_and_taken_back_with_another(client, people, day):
    browser = sign_in(client, people.lin)
    (promise,) = customers.promises_due(owner_ids=[people.lin.pk], until=day + timedelta(days=1))
    address = f"/today/promises/{promise.promise_id}/kept/"
    browser.post(address, {"customer_id": "C-2"})
    assert customers.promises_due(owner_ids=[people.lin.pk], until=day + timedelta(days=1)) == ()
    browser.post("/tasks/undo/", {"token": "promise"})
    assert len(customers.promises_due(owner_ids=[people.lin.pk], until=day + timedelta(days=1))) == 1
    assert sign_in(client, people.mei).post(address, {"customer_id": "C-2"}).status_code == 403


def test_a_birthday_is_remembered_once(client, people, day):
    browser = sign_in(client, people.lin)
    key = re.search(r'name="key" value="([^"]+)"', browser.get("/today/").content.decode()).group(1)
    browser.post("/today/days/done/", {"customer_id": "C-1", "key": key})
    assert 'name="key"' not in browser.get("/today/").content.decode()
    assert Task.objects.get(idempotency_key=key).status == "done"
    assert browser.post("/today/days/done/", {"customer_id": "C-1", "key": "x"}).status_code == 404


def test_the_list_asks_no_query_per_line(client, people, own, publish, django_assert_max_num_queries):
    for number in range(40):
        own(f"Q-{number}", people.lin, name=f"Customer {number}")
    alerts.set_rules(values={"daily_cap": 100}, actor="ada", now=clock.now())
    publish({f"Q-{number}": "at_risk" for number in range(40)})
    alerts.run(now=clock.now())
    browser = sign_in(client, people.lin)
    browser.get("/today/")
    with django_assert_max_num_queries(45):
        text = browser.get("/today/").content.decode()
    assert text.count("data-line") == 40


def test_who_leads_sees_the_team_and_who_does_not_is_told(client, people, day):
    text = sign_in(client, people.kai).get("/today/team/").content.decode()
    assert "lin" in text
    assert "mei" in text
    assert sign_in(client, people.mei).get("/today/team/").status_code == 403


def test_someone_else_s_task_is_closed(client, people, day):
    made = Task.objects.get(assignee=people.lin)
    browser = sign_in(client, people.mei)
    assert browser.get(f"/tasks/{made.pk}/").status_code == 403
    assert browser.post(f"/tasks/{made.pk}/complete/", {"outcome": "staying"}).status_code == 403
    assert browser.get("/tasks/999999/").status_code == 404
    assert queries.get(made.pk).is_active


def test_rules_are_previewed_and_saved_as_a_new_version(client, people, day):
    browser = sign_in(client, people.ada)
    asked = {
        "form": "1",
        "active": "on",
        "level": "at_risk",
        "tiers": ["high"],
        "daily_cap": "1",
        "queue_cap": "5",
        "due_days": "3",
        "unowned": "queue",
        "team_id": str(people.team.pk),
    }
    seen = browser.get("/settings/alerts/", asked, headers={"HX-Request": "true"}).content.decode()
    assert "tasks on the first day" in seen
    assert "<html" not in seen
    wrong = browser.get("/settings/alerts/", {**asked, "daily_cap": "many"}, headers={"HX-Request": "true"})
    assert "Please type a whole number." in wrong.content.decode()
    browser.post("/settings/alerts/", asked)
    saved = alert_queries.rules()
    assert (saved.version, saved.tiers, saved.daily_cap) == (1, ("high",), 1)
    assert saved.team_id == people.team.pk
    assert sign_in(client, people.lin).get("/settings/alerts/").status_code == 403


def test_the_report_is_a_page_and_a_file_of_one_s_reach(client, people, day):
    text = sign_in(client, people.ada).get("/reports/warnings/").content.decode()
    assert "2 customers were warned of" in text
    assert "not proof of what the contact did" in text
    mine = sign_in(client, people.lin)
    assert "1 customer was warned of" in mine.get("/reports/warnings/").content.decode()
    file = b"".join(mine.get("/reports/warnings/export.csv?by=tier").streaming_content).decode()
    assert file.splitlines()[1].startswith("High value,1,0,0,0,1,0,")
    book = mine.get("/reports/warnings/export.xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()


def test_the_bell_counts_and_a_notification_leads_where_it_is_about(client, people, day):
    browser = sign_in(client, people.lin)
    assert notices.unread(people.lin.pk) == 1
    text = browser.get("/notifications/").content.decode()
    assert "1 of your customers is newly at risk" in text
    (notice,) = notices.newest(people.lin.pk)
    response = browser.post(f"/notifications/{notice.notice_id}/open/")
    assert response["Location"] == "/today/"
    assert notices.unread(people.lin.pk) == 0
    other = sign_in(client, people.mei)
    assert other.post(f"/notifications/{notice.notice_id}/open/").status_code == 404


def test_what_one_does_not_want_to_hear_of_is_not_told(client, people, day):
    browser = sign_in(client, people.lin)
    browser.post("/notifications/settings/", {"kind": ["delegated"], "digest": "on", "digest_hour": "7"})
    chosen = notices.choice(people.lin.pk)
    assert Notice.NEWLY_AT_RISK in chosen.muted
    assert Notice.DELEGATED not in chosen.muted
    assert (chosen.digest, chosen.digest_hour) == (True, 7)
    before = len(notices.newest(people.lin.pk))
    notice_services.tell(user_id=people.lin.pk, kind=Notice.NEWLY_AT_RISK, key="k", data={}, now=day)
    assert len(notices.newest(people.lin.pk)) == before


def feed(browser, **given) -> str:
    browser.post("/notifications/calendar/", given)
    page = browser.get("/notifications/settings/").content.decode()
    return re.search(r'value="http://testserver(/calendar/[^"]+)"', page).group(1)


def test_the_calendar_has_numbers_only_unless_names_are_wanted(client, people, day):
    now = clock.now()
    tasks.create(
        kind="visit",
        customer_id="C-1",
        title="Ask about the kettle",
        planned_at=now + timedelta(hours=1),
        assignee_id=people.lin.pk,
        actor="lin",
        now=now,
    )
    browser = sign_in(client, people.lin)
    address = feed(browser)
    assert address not in browser.get("/notifications/settings/").content.decode()  # shown once
    browser.logout()
    answer = browser.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert sorted(str(event["SUMMARY"]) for event in events) == ["Call · C-1", "Visit · C-1"]
    assert b"kettle" not in answer.content
    assert b"Example" not in answer.content
    named = feed(sign_in(client, people.lin), with_names="on")
    assert named != address
    assert browser.get(address).status_code == 404  # a new address ends the old one
    assert b"Ann <b>Example</b> C-1" in browser.get(named).content


def test_a_revoked_feed_and_that_of_somebody_who_left_are_closed(client, people, day):
    browser = sign_in(client, people.lin)
    address = feed(browser)
    assert CalendarFeed.objects.get().token_hash not in address
    people.lin.is_active = False
    people.lin.save()
    assert browser.get(address).status_code == 404
    people.lin.is_active = True
    people.lin.save()
    assert browser.get(address).status_code == 200
    sign_in(client, people.lin).post("/notifications/calendar/", {"do": "revoke"})
    assert browser.get(address).status_code == 404


def test_the_customer_page_shows_what_is_open_and_offers_a_new_task(client, people, day):
    text = sign_in(client, people.lin).get("/customers/C-1/").content.decode()
    assert 'id="panel-tasks"' in text
    assert "Newly at risk: get in touch" in text
    assert 'name="customer_id" value="C-1"' in text
    assert Alert.objects.filter(customer_id="C-1").count() == 1


def test_the_task_shows_the_name_and_the_last_topic(client, people, day):
    made = Task.objects.get(assignee=people.lin)
    browser = sign_in(client, people.lin)
    before = tasks.create(
        kind="call", customer_id="C-1", assignee_id=people.lin.pk, actor="lin", now=day
    ).task_id
    done = {"outcome": "undecided", "need": "a bigger kettle"}
    browser.post(f"/tasks/{before}/complete/", done)
    text = browser.get(f"/tasks/{made.pk}/").content.decode()
    assert "Ann &lt;b&gt;Example&lt;/b&gt;" in text
    assert "a bigger kettle" in text
    customer_services.save_note(
        customer_id="C-1", kind="call", text="moving to Suzhou", actor="lin", at=clock.now()
    )
    assert "moving to Suzhou" in browser.get(f"/tasks/{made.pk}/").content.decode()


def test_handovers_and_approvals_wait_on_the_day_s_list(client, people, day):
    from decimal import Decimal

    from keepwell.accounts.services import ask_approval

    customer_services.propose_handover(
        customer_ids=["C-3"],
        from_owner_id=people.mei.pk,
        to_owner_id=people.lin.pk,
        due_on=day.date() + timedelta(days=2),
        actor="mei",
        reason="parental leave",
    )
    answer = sign_in(client, people.lin).get("/today/")
    text = answer.content.decode()
    assert "would like to hand over customers to you: 1" in text
    assert 'href="/customers/C-3/"' not in text  # not before it is confirmed
    assert answer.context["counts"]["mine"] == len(answer.context["lines"])
    assert "parental leave" in text
    ask_approval(
        user=people.lin,
        kind="compensation",
        amount=Decimal(500),
        object_type="task",
        object_id="1",
        reason="broken twice",
        now=day,
    )
    text = sign_in(client, people.ada).get("/today/").content.decode()
    assert "asks for your approval" in text
    assert "broken twice" in text
    assert "asks for your approval" not in sign_in(client, people.lin).get("/today/").content.decode()
