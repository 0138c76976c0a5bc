"""Questions and feedback in the browser, without one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keepwell.foundation import clock
from keepwell.foundation.audit import queries as audit
from keepwell.outreach.questions import services
from keepwell.outreach.questions.contracts import Status
from keepwell.outreach.questions.models import Feedback, Question
from keepwell.outreach.questions.queries import questions, routing
from tests.outreach.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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


def test_a_question_goes_from_the_customers_page_to_its_end(ann, people):
    lin = browser(people.lin)
    assert f"/questions/add/?customer={ann}" in text(lin.get(f"/customers/{ann}/"))
    assert "What does Ann Example want to know?" in text(lin.get(f"/questions/add/?customer={ann}"))
    form = {
        "customer_id": ann, "text": "Is the tea organic?", "origin": "visit", "channel": "visit",
        "topic": "product", "importance": "high", "owner": people.lin.pk,
    }  # fmt: skip
    refused = lin.post("/questions/add/", {**form, "due": "2020-01-01"})
    assert refused.status_code == 400
    assert "Is the tea organic?" in refused.content.decode()  # nothing typed is lost
    page = lin.post("/questions/add/", form)["Location"]
    assert "The customer waits for an answer." in text(lin.get(page))
    assert lin.post(f"{page}close/", {"reason": "settled"}).status_code == 400
    lin.post(f"{page}note/", {"said": "Asked the buyer.", "channel": "email"})
    lin.post(f"{page}answer/", {"said": "All of it.", "channel": "phone"})
    word = {"word": "satisfied", "said": "Lovely.", "channel": "phone", "heard_at": "2026-11-23T08:30"}
    missing = lin.post(f"{page}word/", {**word, "channel": ""})
    assert missing.status_code == 400
    assert "Lovely." in missing.content.decode()
    lin.post(f"{page}word/", word)
    assert "The customer is satisfied." in text(lin.get(page))
    lin.post(f"{page}close/", {"reason": "settled"})
    shown = text(lin.get(page))
    for one in (
        "Is the tea organic?",
        "Asked the buyer.",
        "All of it.",
        "Lovely.",
        "This question is closed.",
    ):
        assert one in shown
    assert "Ann Example" in text(lin.get("/questions/?whose=over"))
    assert "Ann Example" not in text(lin.get("/questions/"))


def test_who_may_not_see_it_does_not_and_reading_is_on_record(question, people, own):
    number = question(team_id=None)
    assert browser(people.mei).get(f"/questions/{number}/").status_code == 403
    assert browser(people.mei).post(f"/questions/{number}/note/", {"said": "x"}).status_code == 403
    assert "Ann Example" not in text(browser(people.mei).get("/questions/?whose=all"))
    assert browser(people.lin).get("/questions/999999/").status_code == 404
    assert "teapot" in text(browser(people.lin).get(f"/questions/{number}/"))
    seen = [one for one in audit.entries(limit=20) if one.action == "question.view"]
    assert [(one.actor, one.object_id) for one in seen] == [("lin", str(number))]
    services.assign(question_id=number, owner_id=None, team_id=people.team.pk, actor="lin", now=NOW)
    shown = text(browser(people.mei).get(f"/questions/{number}/"))  # the department's now
    assert "teapot" in shown
    assert "Ann Example" not in shown  # but not her customer


def test_the_list_is_for_me_my_department_and_all_and_costs_the_same_whatever_its_size(
    question, people, django_assert_max_num_queries
):
    lin, kai = browser(people.lin), browser(people.kai)
    question(topic="price")
    assert "Price and payment" in text(lin.get("/questions/"))
    assert "Price and payment" not in text(kai.get("/questions/"))
    assert "Price and payment" in text(kai.get("/questions/?whose=department"))
    assert "Price and payment" not in text(kai.get("/questions/?whose=department&importance=low"))
    for _number in range(30):
        question(due_at=NOW + HOUR)
    with django_assert_max_num_queries(40):
        shown = text(kai.get("/questions/?whose=all"))
    assert "31 questions are not settled yet." in shown
    file = browser(people.ada).get("/questions/export.csv")
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert len(lines) == 32
    assert "teapot" not in "".join(lines)


def test_the_leads_task_leads_to_the_question(question, people):
    from keepwell.outreach.models import Task

    number = question(due_at=NOW + HOUR)
    services.work(now=NOW + DAY)
    page = f"/tasks/{Task.objects.get().pk}/"
    assert f'href="/questions/{number}/"' in text(browser(people.kai).get(page))


def test_due_questions_are_on_the_days_list(question, people):
    question(due_at=NOW + HOUR)
    assert "Answer a question: Product" in text(browser(people.lin).get("/today/"))
    assert "Answer a question" not in text(browser(people.mei).get("/today/"))


def test_rules_are_written_moved_tried_and_switched_on(hear, people, store):
    ada = browser(people.ada)
    hear("Where is my delivery?", key="1", now=NOW - DAY)
    hear("Thank you", key="2", now=NOW - DAY)
    assert "Nothing is passed on yet." in text(ada.get("/settings/feedback/"))
    hours = {"hours.urgent": 4, "hours.high": 24, "hours.normal": 72, "hours.low": 168, "ask_after_hours": 72}
    form = {
        **hours, "rules": 2, "fallback_team": people.team.pk,
        "rule.0.name": "Thanks", "rule.0.words": "thank，谢谢", "rule.0.team": people.team.pk,
        "rule.1.name": "Deliveries", "rule.1.words": "deliver, 快递", "rule.1.team": store.pk,
        "rule.1.importance": "high",
    }  # fmt: skip
    moved = text(ada.post("/settings/feedback/", {**form, "do": "up:1"}))
    assert moved.index("1. Deliveries") < moved.index("2. Thanks")
    assert routing.newest().version == 0  # moving keeps nothing
    wrong = ada.post("/settings/feedback/", {**form, "rule.0.name": "", "do": "save"})
    assert wrong.status_code == 400
    assert "Give it a name" in wrong.content.decode()
    ada.post("/settings/feedback/", {**form, "do": "save"})
    shown = text(ada.get("/settings/feedback/"))
    assert "Would have passed on 2 of the 2 pieces of feedback of the last 90 days." in shown
    assert routing.active() is None
    ada.post("/settings/feedback/", {"do": "on", "version": 1})
    assert routing.active().version == 1
    assert [one.words for one in routing.active().routing.rules] == [("thank", "谢谢"), ("deliver", "快递")]
    assert browser(people.lin).post("/settings/feedback/", {"do": "off"}).status_code == 403
    ada.post("/settings/feedback/", {"do": "off"})
    assert routing.active() is None


def test_a_department_works_on_its_feedback_in_the_browser(route, hear, people, store):
    route()
    hear("Where is my delivery?")
    services.work(now=NOW)
    sam, mei = browser(people.sam), browser(people.mei)
    number = Feedback.objects.get().pk
    page = f"/questions/feedback/{number}/"
    assert page in text(sam.get("/questions/feedback/"))
    assert page not in text(mei.get("/questions/feedback/?view=all"))
    assert mei.get(page).status_code == 403
    assert "Where is my delivery?" in text(sam.get(page))
    sam.post(f"{page}accept/")
    assert sam.post(f"{page}hand_on/", {"team": people.team.pk, "reason": ""}).status_code == 400
    gone = sam.post(f"{page}hand_on/", {"team": people.team.pk, "reason": "Yours."})
    assert gone["Location"] == "/questions/feedback/"  # out of reach now
    assert "Yours." in text(mei.get(page))
    asked = mei.post(f"{page}follow/")["Location"]
    assert "Where is my delivery?" in text(mei.get(asked))
    mei.post(f"{page}answer/", {"said": "On Friday.", "channel": "sms"})
    figures = text(browser(people.ada).get("/reports/feedback/"))
    assert "1 of 2 pieces of feedback are dealt with." in figures
    file = b"".join(browser(people.ada).get("/reports/feedback/export.csv").streaming_content).decode()
    assert "Stores,1,0,0,1,0,0,," in file
    assert browser(people.mei).get("/reports/feedback/").status_code == 403
    assert Question.objects.get().status == Status.OPEN  # it never ends by itself


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_every_page_speaks_every_language(question, route, hear, people, language):
    route()
    hear("Where is my delivery?")
    services.work(now=NOW)
    number = question()
    services.answer(question_id=number, said="On Friday.", channel="phone", actor="lin", now=NOW)
    people.ada.language = language
    people.ada.save()
    ada = browser(people.ada)
    item = Feedback.objects.get().pk
    for page in (
        "/questions/?whose=all", "/questions/?whose=over", "/questions/add/", f"/questions/{number}/",
        "/questions/feedback/?view=all", "/questions/feedback/?view=nobody", f"/questions/feedback/{item}/",
        "/settings/feedback/", "/reports/feedback/", "/notifications/", "/customers/C-1/",
    ):  # fmt: skip
        assert f'lang="{language}"' in text(ada.get(page, headers={"Accept-Language": language}))
    assert questions.get(number).line.status is Status.ANSWERED
