"""What a customer says on a call goes into the case, whatever the case is at."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection

from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.plays.winback import following, services
from keepwell.plays.winback.contracts import CaseError, Status, Wanted
from keepwell.plays.winback.queries import cases
from keepwell.web.winback import words
from tests.plays.winback.conftest import NOW
from tests.plays.winback.test_cases import facts
from tests.plays.winback.test_pages import browser, text, today  # noqa: F401 - fixture

LIN = {"actor": "lin", "now": NOW}
SAID = {"moment": "The night it broke down", "bring_back": "Somebody who answers"}
CALL = [Wanted("call_back", Decimal(10))]


def test_on_the_call_the_obstacles_lead_and_the_plan_goes_on(lin_case):
    number = lin_case(measures=CALL)
    before = cases.get(number)
    services.diagnose(case_id=number, obstacles=["hard_to_use", "nobody_trained"], interview=SAID, **LIN)
    found = cases.get(number)
    assert found.line.causes == ("product_use", "service")  # what they say before what was supposed
    assert (found.status, found.asked) == (Status.CONTACTING, "diagnosis")
    assert found.obstacles == ("hard_to_use", "nobody_trained")
    assert found.interview == SAID
    assert (found.line.grade, found.plan_version, found.measures) == (
        before.line.grade,
        before.plan_version,
        before.measures,
    )
    (told,) = [row for row in facts("answers") if row["topic"] == "cause:product_use"]
    assert told["customer_id"] == "C-1"
    missing = words.not_planned(found)
    assert missing
    assert "Call back and diagnose obstacles" not in missing


def test_an_interview_alone_changes_no_cause_and_adds_to_what_was_said(lin_case):
    number = lin_case(measures=CALL)
    services.diagnose(case_id=number, interview={"moment": SAID["moment"]}, **LIN)
    services.diagnose(case_id=number, interview={"bring_back": SAID["bring_back"], "tried": " "}, **LIN)
    found = cases.get(number)
    assert (found.line.causes, found.asked, found.interview) == (("service",), "interview", SAID)


def test_before_there_is_a_plan_the_case_is_graded_anew(case):
    number = case()
    services.diagnose(case_id=number, obstacles=["breaks_down"], interview=SAID, **LIN)
    found = cases.get(number)
    assert (found.status, found.line.causes, found.interview) == (Status.ANALYSED, ("product_fault",), SAID)


def test_what_was_supposed_is_not_told_as_the_customer_s_answer(case):
    number = case()
    services.analyse(case_id=number, causes=["price"], asked="reasons", **LIN)
    services.diagnose(case_id=number, interview=SAID, **LIN)
    assert facts("answers") == []
    services.diagnose(case_id=number, obstacles=["breaks_down"], **LIN)
    assert cases.get(number).line.causes == ("product_fault", "price")
    assert [row["topic"] for row in facts("answers")] == ["cause:product_fault"]


@pytest.mark.parametrize("given", [{}, {"obstacles": ["weather"]}, {"interview": {"age": "40"}}])
def test_nothing_said_and_nonsense_are_refused(lin_case, given):
    number = lin_case(measures=CALL)
    with pytest.raises(CaseError):
        services.diagnose(case_id=number, **given, **LIN)
    assert [one.action for one in cases.get(number).steps][-1] == "start"


def test_a_case_that_is_over_takes_no_more(lin_case):
    number = lin_case(measures=CALL)
    services.lose(case_id=number, result="other", **LIN)
    with pytest.raises(CaseError):
        services.diagnose(case_id=number, obstacles=["hard_to_use"], **LIN)


def test_the_interview_is_sealed_and_goes_with_the_customer(lin_case):
    number = lin_case(measures=CALL)
    services.diagnose(case_id=number, interview=SAID, **LIN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT interview FROM winback_case")
        assert "broke" not in cursor.fetchone()[0]
    assert not any("broke" in str(row) for row in facts("answers") + facts("interactions"))
    following.forget(Subject(Right.ERASE, ("C-1",), "gone-1", {}, None))
    assert cases.get(number).interview == {}


@pytest.mark.usefixtures("today")
def test_it_is_noted_on_the_calls_own_page(lin_case, people):
    number = lin_case(measures=CALL)
    (measure,) = cases.get(number).measures
    lin, page = browser(people.lin), f"/tasks/{measure.task_id}/"
    assert "When did you decide to buy less, or elsewhere?" in text(lin.get(page))
    sent = {"obstacle": ["hard_to_use"], "said.moment": SAID["moment"], "next": page}
    assert lin.post(f"/winback/{number}/diagnose/", sent)["Location"] == page
    assert "The night it broke down" in text(lin.get(page))
    shown = text(lin.get(f"/winback/{number}/"))
    assert "Difficulties in using the product" in shown
    assert "adds it to the plan" in shown
    # Who may not change the case sees no form.
    assert browser(people.mei).post(f"/winback/{number}/diagnose/", sent).status_code == 403
