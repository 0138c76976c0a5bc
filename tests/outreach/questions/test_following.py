"""Customers' marks behind messages; who is merged, erased or changes hands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.customers.identity import services as identity
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.outreach.questions import following, services
from keepwell.outreach.questions.contracts import QuestionError, Status
from keepwell.outreach.questions.models import Entry, Feedback, Question
from keepwell.outreach.questions.queries import figures, questions
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.queries import message
from keepwell.plays.winback import services as winback
from keepwell.plays.winback.contracts import Answers, Survey
from tests.outreach.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def asked(question, settings, nobody_aside):
    """An answered question whose customer was asked by e-mail; its number and the message's name."""
    settings.KEEPWELL_URL = "https://tea.example"
    number = question()
    services.answer(question_id=number, said="On Friday.", channel="phone", actor="lin", now=NOW)
    services.ask_customer(question_id=number, actor="lin", now=NOW + HOUR)
    return number, Message.objects.get(origin=f"question:{number}").message_id


def mark(message_id, satisfaction=None, said="", now=NOW + DAY):
    winback.answer(
        message_id=message_id,
        survey=Survey.FEEDBACK,
        given=Answers(satisfaction=satisfaction, said=said),
        now=now,
    )


def test_the_customer_is_asked_with_words_and_an_address_of_their_own(asked, question):
    _number, name = asked
    found = message(name)
    assert (found.channel, found.purpose, found.customer_id) == ("email", "service", "C-1")
    with pytest.raises(QuestionError):
        services.ask_customer(question_id=question(), actor="lin", now=NOW)  # nobody has answered it


def test_the_mark_behind_the_message_is_the_customers_word_and_may_be_changed(asked, people):
    number, name = asked
    mark(name, 5, "Thank you!")
    found = questions.get(number)
    assert found.line.status is Status.SATISFIED
    last = found.thread[-1]
    assert (last.actor, last.said, last.data["by"], last.channel) == (
        "customer",
        "Thank you!",
        "survey",
        "email",
    )
    mark(name, 1, "It broke.", now=NOW + 2 * DAY)
    found = questions.get(number).line
    assert (found.status, found.rounds, found.due_at) == (Status.UNSATISFIED, 2, NOW + 3 * DAY)
    mark(name, 4, "You replaced it.", now=NOW + 3 * DAY)
    assert questions.get(number).line.status is Status.SATISFIED


def test_who_is_not_satisfied_after_it_was_closed_takes_it_up_again(asked, people):
    number, name = asked
    services.close(question_id=number, reason="unreachable", actor="lin", now=NOW + 2 * HOUR)
    mark(name, 1, "It still leaks.")
    found = questions.get(number)
    assert (found.line.status, found.line.reason, found.line.closed_at) == (Status.UNSATISFIED, "", None)
    assert found.line.due_at == NOW + 2 * DAY
    assert found.thread[-1].said == "It still leaks."


def test_a_middling_mark_settles_nothing_and_an_old_message_no_more(asked):
    number, name = asked
    mark(name, 3, "So so")
    found = questions.get(number)
    assert (found.line.status, found.thread[-1].action, found.thread[-1].said) == (
        "answered",
        "said",
        "So so",
    )
    services.answer(question_id=number, said="On Monday.", channel="phone", actor="lin", now=NOW + 2 * DAY)
    mark(name, 5, now=NOW + 3 * DAY)  # of the answer before
    assert questions.get(number).line.status is Status.ANSWERED


def test_what_is_said_of_a_question_is_not_passed_on_besides_but_other_words_are(asked, route):
    _number, name = asked
    route()
    mark(name, 2, "The delivery was late.")
    assert not Feedback.objects.exists()
    Message.objects.filter(message_id=name).update(message_id="another")
    mark("another", 2, "The delivery was late.", now=NOW + 2 * DAY)
    mark("another", 1, "The delivery was late!", now=NOW + 3 * DAY)  # changed: the same feedback
    row = Feedback.objects.get()
    assert (row.origin, row.text, row.channel) == ("survey", "The delivery was late.", "email")
    from keepwell.outreach.questions.sources import recent

    assert row.key in {one.key for one in recent(NOW, NOW + 9 * DAY, 10)}  # a trial would have read it


def test_nobody_is_asked_where_nobody_could_answer(question, settings):
    settings.KEEPWELL_URL = ""
    number = question()
    services.answer(question_id=number, said="On Friday.", channel="phone", actor="lin", now=NOW)
    with pytest.raises(QuestionError):
        services.ask_customer(question_id=number, actor="lin", now=NOW)
    assert not Message.objects.exists()
    assert [one.action for one in questions.get(number).thread] == ["open", "answer"]


def test_nothing_of_an_erased_customer_can_be_read(question, route, hear, ann):
    number = question(key="heard-1")
    services.note(question_id=number, said="She cried.", actor="lin", now=NOW)
    route()
    hear("Where is my delivery?")
    services.work(now=NOW)
    feedback = Feedback.objects.get()
    services.hand_on(
        feedback_id=feedback.pk, team_id=feedback.team_id, owner_id=Question.objects.get().owner_id,
        reason="She asked Lin.", actor="lin", now=NOW,
    )  # fmt: skip
    key = Feedback.objects.get().key
    following.forget(Subject(Right.ERASE, ("C-1",), "x_1", {}, None))
    found = questions.get(number)
    assert (found.text, found.line.customer_id, found.line.status) == ("", "x_1", Status.CLOSED)
    assert "".join(one.said for one in found.thread) == ""
    row = Feedback.objects.get()
    assert (row.text, row.customer_id, row.state) == ("", "x_1", "no_action")
    assert row.key != key
    assert "".join(one.said for one in row.steps.all()) == ""
    assert Question.objects.get().key is None
    assert services.work(now=NOW + 9 * DAY) == {"passed": 0, "escalated": 0}


def test_what_an_erased_customer_asked_counts_as_dealt_with(question, route, hear):
    number, settled = question(), question()
    services.answer(question_id=settled, said="On Friday.", channel="phone", actor="lin", now=NOW)
    services.take_word(
        question_id=settled, is_satisfied=True, said="Fine.", channel="phone", heard_at=NOW,
        actor="lin", now=NOW,
    )  # fmt: skip
    route()
    hear("Where is my delivery?")
    hear("And my other delivery?", key="2")
    services.work(now=NOW)
    for _again in range(2):  # as after a crash
        following.forget(Subject(Right.ERASE, ("C-1",), "x_1", {}, None))
    late = NOW + 90 * DAY
    found = figures.figures(since=NOW - DAY, until=late, now=late)
    (stores,) = found.departments
    assert (stores.got, stores.no_action, stores.waiting, stores.overdue, stores.judged) == (2, 2, 0, 0, 0)
    asked = found.questions
    assert (asked.opened, asked.waiting, asked.overdue) == (2, 0, 0)
    assert (asked.satisfied, asked.closed_unsettled) == (1, 1)
    assert [one.action for one in questions.get(number).thread] == ["open", "close"]
    assert questions.get(number).thread[-1].data == {"reason": "withdrawn"}
    assert questions.get(settled).line.reason == "settled"
    with pytest.raises(QuestionError):  # there is nobody who could be answered
        services.reopen(question_id=number, said="Again.", actor="lin", now=late)
    with pytest.raises(QuestionError):
        services.reopen_feedback(feedback_id=Feedback.objects.first().pk, actor="lin", now=late)


def test_questions_go_where_a_merged_customer_goes_and_come_back(question, own):
    own("C-9")
    number = question()
    memo = following.merge("C-9", "C-1", NOW)
    assert questions.get(number).line.customer_id == "C-9"
    following.split("C-9", "C-1", memo, NOW)
    assert questions.get(number).line.customer_id == "C-1"


def test_a_merge_takes_them_along(question, own, ann):
    own("C-9")
    number = question()
    identity.merge(kept_id="C-9", merged_id=ann, actor="ada", reason="the same")
    assert questions.get(number).line.customer_id == "C-9"
    assert Entry.objects.filter(question=number).exists()


def test_open_questions_follow_the_customer_to_the_new_owner(question, people):
    number, others = question(), question(owner_id=people.mei.pk)
    following.hand_over(["C-1"], people.lin.pk, people.kai.pk, NOW)
    assert questions.get(number).line.owner_id == people.kai.pk
    assert questions.get(others).line.owner_id == people.mei.pk  # was given away
