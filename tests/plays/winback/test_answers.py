"""Customers say by themselves why they stay away: behind a message, without an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keepwell.customers.identity import services as identity
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.foundation.limits import Buckets
from keepwell.history import queries as history
from keepwell.history.services import flush
from keepwell.outreach.models import Task
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.queries import message
from keepwell.outreach.sending.services import queueing
from keepwell.plays.winback import following, services
from keepwell.plays.winback.contracts import Answers, Asked, Status, Survey
from keepwell.plays.winback.models import SurveyAnswer
from keepwell.plays.winback.queries import answers, cases
from keepwell.web.public import pages
from tests.plays.winback.conftest import NOW

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def asked(ann, monkeypatch, settings):
    """A message to Ann that has gone; its name."""
    monkeypatch.setattr(pages, "BUCKETS", Buckets())
    settings.KEEPWELL_URL = "https://tea.example"
    draft = Draft("ask/1", ann, "email", "service", "Hi", "Hi", "<p>Hi</p>")
    queueing.queue(drafts=[draft], actor="ada", now=NOW)
    Message.objects.update(status="sent", finished_at=NOW)
    return queueing.message_id("ask/1")


@pytest.fixture
def visit(asked):
    """A browser at the questions."""
    client = Client(enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="en")

    def go(number=1, **given):
        address = addresses.questions_url(asked, number).removeprefix("https://tea.example")
        return client.post(address, given) if given else client.get(address)

    return go


def told():
    flush()
    return {
        (row["metric"], row["topic"]): row["score"]
        for row in history.scan("answers").to_pyarrow().to_pylist()
    }


def test_looking_changes_nothing_and_answering_thanks(visit, asked):
    assert b"The price" in visit().content
    assert b"recommend us" not in visit().content
    assert b"recommend us" in visit(2).content
    assert not SurveyAnswer.objects.exists()
    answer = visit(cause=["price", "service"], satisfaction="2", said="Too dear", call_back="1")
    assert answer.status_code == 303
    assert message(asked).standing == "answered"
    kept = answers.answers(asked, Survey.LOSS).answers
    assert kept == Answers(2, None, ("price", "service"), "Too dear", True)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert b"We call you back" in client.get(answer.headers["Location"]).content


def test_the_answer_goes_into_the_case_and_is_told_once(case, visit, asked):
    number = case("opened")
    visit(cause=["price"], said="Too dear")
    found = cases.get(number)
    assert (found.status, found.line.causes, found.asked) == (Status.ANALYSED, ("price",), Asked.SURVEY)
    assert found.said == "Too dear"
    assert [one.action for one in found.steps][-2:] == ["answer", "analyse"]
    assert told() == {("other", "cause:price"): 1.0}
    assert answers.of_customer("C-1")[0].case_id == number


def test_who_talked_with_the_customer_knows_better(case, visit):
    number = case("analysed", causes=("competitor",))
    visit(cause=["price"])
    found = cases.get(number)
    assert (found.line.causes, found.steps[-1].action) == (("competitor",), "answer")


def test_a_plan_is_not_changed_by_an_answer(case, visit):
    number = case("planned")
    visit(cause=["price"])
    assert cases.get(number).status is Status.PLANNED


def test_answering_again_changes_the_answer(visit, asked):
    visit(cause=["price"], satisfaction="4")
    visit(cause=["service"], satisfaction="5")
    assert SurveyAnswer.objects.count() == 1
    assert told() == {
        ("other", "cause:price"): 0.0,
        ("other", "cause:service"): 1.0,
        ("csat", "satisfaction"): 5.0,
    }
    first = answers.answers(asked, Survey.LOSS)
    services.answer(message_id=asked, survey=Survey.LOSS, given=first.answers, now=LATER)
    assert answers.answers(asked, Survey.LOSS) == first


def test_the_discontent_and_who_asks_for_it_are_called_once(visit, people):
    visit(2, satisfaction="1", recommend="0")
    visit(2, satisfaction="2", call_back="1")
    task = Task.objects.get()
    assert (task.kind, task.assignee, task.customer_id) == ("call", people.lin, "C-1")


def test_the_content_are_not_called(visit):
    visit(2, satisfaction="3", recommend="9")
    assert not Task.objects.exists()
    assert told() == {("csat", "satisfaction"): 3.0, ("nps", "recommendation"): 9.0}


@pytest.mark.parametrize(
    "given",
    [
        {"satisfaction": "6"},
        {"cause": ["low_value"]},
        {"cause": ["price", "service", "competitor", "moved"]},
        {"said": "x" * 2_001},
        {"said": "   "},
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed(visit, given):
    answer = visit(**given)
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    assert not SurveyAnswer.objects.exists()


def test_a_token_of_another_kind_or_of_no_questionnaire_answers_nothing(visit, asked):
    client = Client()
    other = addresses.unsubscribe_url(asked).removeprefix("https://tea.example/u/")
    assert client.get(f"/q/{other}").status_code == 404
    assert visit(9).status_code == 410


def test_answers_follow_a_merge_and_are_forgotten(visit, asked, own, people):
    visit(cause=["price"], said="Too dear")
    own("C-2", people.lin, name="Ann Example")
    merged = identity.merge(kept_id="C-2", merged_id="C-1", actor="ada", reason="twice")
    assert SurveyAnswer.objects.get().customer_id == "C-2"
    identity.split(merge_id=merged.merge_id, actor="ada")
    assert SurveyAnswer.objects.get().customer_id == "C-1"
    following.forget(Subject(Right.ERASE, ("C-1",), "gone-1", {}, None))
    row = SurveyAnswer.objects.get()
    assert (row.customer_id, row.said, row.causes) == ("gone-1", "", ["price"])
    assert row.message_id != asked


def test_an_answer_is_kept_and_called_for_where_who_looked_after_them_does_no_tasks_any_more(
    visit, asked, people
):
    people.lin.is_active = False
    people.lin.save(update_fields=["is_active"])
    assert visit(satisfaction="1", said="Nobody answers", call_back="1").status_code == 303
    assert answers.answers(asked, Survey.LOSS).answers.satisfaction == 1
    task = Task.objects.get()
    assert (task.customer_id, task.assignee_id) == ("C-1", None)
