"""The message that asks whether it is settled goes once for an answer, and only while that is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.outreach.questions import services
from keepwell.outreach.questions.contracts import QuestionError
from keepwell.outreach.questions.queries import questions
from keepwell.outreach.sending.contracts import Status as Sent
from keepwell.outreach.sending.models import Message
from tests.outreach.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = {"actor": "lin", "now": NOW + 2 * HOUR}


@pytest.fixture
def asked(question, settings, nobody_aside):
    """The number of an answered question whose customer is to be asked by e-mail."""
    settings.KEEPWELL_URL = "https://tea.example"
    number = question()
    services.answer(question_id=number, said="On Friday.", channel="phone", actor="lin", now=NOW)
    services.ask_customer(question_id=number, actor="lin", now=NOW + HOUR)
    return number


def statuses(number):
    rows = Message.objects.filter(origin=f"question:{number}").order_by("pk")
    return list(rows.values_list("status", flat=True))


def word(number, is_satisfied):
    services.take_word(
        question_id=number, is_satisfied=is_satisfied, said="Hm.", channel="phone",
        heard_at=WHO["now"], **WHO,
    )  # fmt: skip


@pytest.mark.parametrize(
    "step",
    [
        lambda number: word(number, True),
        lambda number: word(number, False),
        lambda number: services.close(question_id=number, reason="unreachable", **WHO),
        lambda number: services.answer(question_id=number, said="On Monday.", channel="phone", **WHO),
    ],
    ids=["satisfied", "not satisfied", "closed", "answered anew"],
)
def test_what_waits_to_ask_goes_no_more_once_it_is_known_or_over(asked, step):
    assert statuses(asked) == [Sent.WAITING]
    step(asked)
    assert statuses(asked) == [Sent.TAKEN_BACK]


def test_a_follow_up_or_another_owner_leaves_the_asking_as_it_is(asked, people):
    services.note(question_id=asked, said="Asked the store.", **WHO)
    services.assign(question_id=asked, owner_id=people.kai.pk, team_id=None, **WHO)
    assert statuses(asked) == [Sent.WAITING]


@pytest.mark.parametrize("status", [Sent.WAITING, Sent.SENDING, Sent.SENT, Sent.UNKNOWN])
def test_nobody_is_asked_twice_of_one_answer(asked, status):
    Message.objects.update(status=status)
    assert questions.get(asked).is_asked
    with pytest.raises(QuestionError, match="asked already"):
        services.ask_customer(question_id=asked, **WHO)
    assert statuses(asked) == [status]
    assert [one.action for one in questions.get(asked).thread] == ["open", "answer", "ask"]


@pytest.mark.parametrize("status", [Sent.WITHHELD, Sent.FAILED, Sent.TAKEN_BACK])
def test_what_never_went_may_be_asked_again(asked, status):
    Message.objects.update(status=status)
    assert not questions.get(asked).is_asked
    services.ask_customer(question_id=asked, **WHO)
    assert statuses(asked) == [status, Sent.WAITING]


def test_another_answer_may_be_asked_of(asked):
    Message.objects.update(status=Sent.SENT)
    services.answer(question_id=asked, said="On Monday.", channel="phone", **WHO)
    assert not questions.get(asked).is_asked
    services.ask_customer(question_id=asked, **WHO)
    assert statuses(asked) == [Sent.SENT, Sent.WAITING]
