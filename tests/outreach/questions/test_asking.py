"""Questions are followed until the customer says that it is settled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.foundation.audit import queries as audit
from keepwell.history import queries as history
from keepwell.history.services import flush
from keepwell.outreach.models import Notification, Task
from keepwell.outreach.questions import services
from keepwell.outreach.questions.contracts import Closing, QuestionError, Status
from keepwell.outreach.questions.models import Entry, Question
from keepwell.outreach.questions.queries import questions
from keepwell.outreach.replying.services import set_standard
from tests.outreach.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = {"actor": "lin"}


def answered(number, now=NOW + HOUR):
    services.answer(question_id=number, said="On Friday.", channel="phone", now=now, **WHO)


def word(number, is_satisfied, now=NOW + 2 * HOUR, **given):
    asked = {"said": "Good to know.", "channel": "phone", "heard_at": now, "now": now}
    services.take_word(question_id=number, is_satisfied=is_satisfied, **{**asked, **given}, **WHO)


def test_a_question_goes_from_the_answer_over_another_round_to_the_customers_word(question):
    number = question()
    assert questions.get(number).line.due_at == NOW + 24 * HOUR
    services.note(question_id=number, said="Asked the store.", channel="phone", now=NOW, **WHO)
    answered(number)
    found = questions.get(number).line
    assert (found.status, found.due_at) == (Status.ANSWERED, NOW + HOUR + 72 * HOUR)
    word(number, False, said="Which Friday?")
    found = questions.get(number).line
    assert (found.status, found.rounds, found.due_at) == (Status.UNSATISFIED, 2, NOW + 26 * HOUR)
    answered(number, NOW + 3 * HOUR)
    word(number, True, NOW + 4 * HOUR)
    services.close(question_id=number, reason=Closing.SETTLED, now=NOW + 5 * HOUR, **WHO)
    whole = questions.get(number)
    assert (whole.line.status, whole.line.reason, whole.line.goes_on) == (Status.CLOSED, "settled", False)
    assert [one.action for one in whole.thread] == [
        "open", "note", "answer", "unsatisfied", "answer", "satisfied", "close",
    ]  # fmt: skip
    assert whole.thread[3].said == "Which Friday?"


def test_settled_is_the_customers_word_and_not_the_staffs_wish(question):
    number = question()
    with pytest.raises(QuestionError):
        word(number, True)  # nobody has answered
    with pytest.raises(QuestionError, match="write down their word first"):
        services.close(question_id=number, reason="settled", now=NOW, **WHO)
    answered(number)
    with pytest.raises(QuestionError, match="write down their word first"):
        services.close(question_id=number, reason="settled", now=NOW + HOUR, **WHO)
    for wrong in ({"said": " "}, {"channel": ""}, {"heard_at": NOW + 9 * DAY}, {"heard_at": NOW - 9 * DAY}):
        with pytest.raises(QuestionError):
            word(number, True, **wrong)
    assert questions.get(number).line.status is Status.ANSWERED
    word(number, True)
    with pytest.raises(QuestionError, match="close it as settled"):
        services.close(question_id=number, reason="unreachable", now=NOW + 3 * HOUR, **WHO)


def test_who_closes_without_the_customers_word_says_why_and_may_take_it_up_again(question):
    number = question()
    with pytest.raises(QuestionError):
        services.close(question_id=number, reason="", now=NOW, **WHO)
    with pytest.raises(QuestionError):
        services.close(question_id=number, reason="other", now=NOW, **WHO)  # which other?
    services.close(question_id=number, reason="unreachable", now=NOW, **WHO)
    with pytest.raises(QuestionError):
        services.note(question_id=number, said="Hm.", now=NOW, **WHO)
    services.reopen(question_id=number, said="She called back.", now=NOW + DAY, **WHO)
    found = questions.get(number).line
    assert (found.status, found.rounds, found.due_at) == (Status.OPEN, 2, NOW + DAY + 24 * HOUR)
    with pytest.raises(QuestionError):
        services.reopen(question_id=number, said="Again.", now=NOW + DAY, **WHO)


def test_the_channels_standard_makes_it_due_sooner(question):
    set_standard(channel="phone", minutes=30, is_public=True, actor="ada", now=NOW)
    assert questions.get(question()).line.due_at == NOW + timedelta(minutes=30)
    assert questions.get(question(channel="email")).line.due_at == NOW + 24 * HOUR
    assert questions.get(question(due_at=NOW + 5 * DAY)).line.due_at == NOW + 5 * DAY
    with pytest.raises(QuestionError):
        question(due_at=NOW - DAY)


def test_the_same_key_is_the_same_question(question):
    assert question(key="heard-1") == question(key="heard-1")
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer_id": "nobody"},
        {"text": "  "},
        {"text": "x" * 4_001},
        {"importance": "very"},
        {"channel": "smoke"},
        {"owner_id": 999_999},
        {"team_id": 999_999},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(question, wrong):
    with pytest.raises(QuestionError):
        question(**wrong)
    assert not Question.objects.exists()


def test_words_are_sealed_and_facts_and_audit_have_none(question, ann):
    number = question()
    answered(number)
    word(number, True)
    raw = Entry.objects.raw("SELECT id, said AS sealed FROM questions_entry ORDER BY number")
    assert "On Friday." not in "".join(row.sealed for row in raw)
    assert [one.said for one in questions.get(number).thread][1:] == ["On Friday.", "Good to know."]
    flush()
    told = [one for one in history.timeline(ann, tables=["interactions"]) if one.data["type"] == "question"]
    assert [one.data["subject"] for one in told] == ["satisfied", "answered", "open"]
    assert {one.data.get("channel") for one in told} == {None}  # the customer began none of it
    written = str([one.data for one in told]) + str(audit.entries(limit=50))
    assert "Friday" not in written
    assert "teapot" not in written


def test_overdue_is_told_to_the_lead_once_for_each_due_date(question, people):
    number = question()
    assert services.work(now=NOW + 23 * HOUR)["escalated"] == 0
    late = NOW + 25 * HOUR
    assert services.work(now=late)["escalated"] == 1
    assert services.work(now=late + HOUR)["escalated"] == 0
    task = Task.objects.get()
    assert (task.assignee_id, task.customer_id, task.kind) == (people.kai.pk, "C-1", "other")
    told = Notification.objects.get(user=people.kai)
    assert (told.kind, told.data["what"], told.data["question"]) == ("question", "overdue", number)
    found = questions.get(number).line
    assert found.status is Status.OPEN  # it goes on
    assert found.is_overdue(late)
    assert questions.of_task(task.pk) == number
    answered(number, late)
    assert Task.objects.get().status == "cancelled"  # somebody has seen to it
    assert services.work(now=late + 71 * HOUR)["escalated"] == 0
    assert services.work(now=late + 73 * HOUR)["escalated"] == 1  # nobody asked what the customer thinks


def test_an_escalation_that_was_cut_off_is_done_once(question, monkeypatch):
    question()
    late = NOW + 25 * HOUR
    from keepwell.outreach.questions.services import working

    def dies(*_args, **_given):
        raise RuntimeError("killed")

    with monkeypatch.context() as cut:
        cut.setattr(working, "write", dies)
        with pytest.raises(RuntimeError):
            services.work(now=late)
    assert not Task.objects.exists()
    assert services.work(now=late)["escalated"] == 1
    assert Task.objects.count() == 1


def test_the_overdue_come_first(question, people):
    low, urgent, late = question(importance="low"), question(importance="urgent"), question(due_at=NOW + HOUR)
    from django.db.models import Q

    found = questions.page(within=Q(), now=NOW + 2 * HOUR)
    assert [one.question_id for one in found.lines] == [late, urgent, low]
    assert (found.total, found.overdue) == (3, 1)
    assert questions.page(within=Q(), now=NOW, owner_id=people.mei.pk).total == 0
