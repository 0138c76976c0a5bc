"""Cases of customers who are merged or erased, and cases without a person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from keepwell.customers.identity import services as identity
from keepwell.outreach.content.services import set_brand
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.models import Message
from keepwell.plays.winback import services
from keepwell.plays.winback.contracts import MeasureStatus, Status, Wanted
from keepwell.plays.winback.models import Case
from keepwell.plays.winback.queries import cases
from tests.plays.winback.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def both(ann, own, people, rate):
    """Ann twice, each with an open case: (kept, merged)."""
    own("C-2", people.lin, name="Ann Example")
    rate("C-1", "C-2")
    return [
        services.open_case(customer_id=number, origin="customer", actor="lin", now=NOW)
        for number in ("C-1", "C-2")
    ]


def test_a_merge_ends_one_of_two_open_cases_and_a_split_gives_it_back(both):
    kept, merged = both
    done = identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", reason="twice")
    found = cases.get(merged)
    assert (found.line.customer_id, found.status, found.result) == ("C-1", Status.CLOSED, "merged")
    assert cases.get(kept).line.is_open
    identity.split(merge_id=done.merge_id, actor="ada")
    back = cases.get(merged)
    assert (back.line.customer_id, back.status, back.line.is_open) == ("C-2", Status.OPENED, True)


def test_what_the_ended_case_still_had_to_do_is_called_off_so_that_nobody_gets_two_offers(both, people):
    kept, merged = both
    by = {"actor": "lin", "now": NOW}
    offer = Wanted("recall_offer", Decimal(40), Decimal("0.2"), NOW + 10 * DAY)
    for number in both:
        services.analyse(case_id=number, causes=["decline"], asked="staff", **by)
        services.plan(case_id=number, wanted=[offer], **by)
        services.start(case_id=number, user=people.ada, actor="ada", now=NOW)
    done = identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", reason="twice")

    def state(number):
        (measure,) = cases.get(number).measures
        task = task_queries.get(measure.task_id)
        (coupon,) = coupons.coupons(NOW, origin=f"case:{number}:{measure.measure_id}")
        return measure.status, task.is_active, str(coupon.state)

    assert state(kept) == (MeasureStatus.RUNNING, True, "issued")
    assert state(merged) == (MeasureStatus.DROPPED, False, "void")
    # Given back it is planned again: what was called off is not promised behind anybody's back.
    identity.split(merge_id=done.merge_id, actor="ada")
    assert cases.get(merged).status is Status.ANALYSED


def test_of_an_erased_person_no_word_stays_but_the_figures(lin_case):
    from keepwell.customers.privacy.contracts import Right, Subject
    from keepwell.plays.winback import following

    number = lin_case("analysed")
    Case.objects.filter(pk=number).update(said="Secret", competitor="Other Ltd")
    subject = Subject(Right.ERASE, ("C-1",), "gone-1", {}, None)
    assert following.forget(subject) == {"win-back cases": 1}
    found = cases.get(number)
    assert (found.line.customer_id, found.said, found.competitor) == ("gone-1", "", "")
    assert not found.line.is_open
    assert following.forget(subject) == {"win-back cases": 0}


@pytest.fixture
def lost(people, own, rate, nobody_aside, settings):
    """Nobody's customer of low value, lost four months ago."""
    from keepwell.insight.models import Score

    own("C-7", name="Bo Example", email="bo@example.com", phone="+4790000000")
    rate("C-7", worth=500, tier="low", status="lost", risk_level="high")
    Score.objects.filter(customer_id="C-7").update(average_amount=20)
    settings.KEEPWELL_URL = "https://shop.example"
    set_brand(
        values={
            "company_name": "Tea",
            "legal_address": "1 Street",
            "website": "https://www.keepwell-tea.com",
        },
        based_on=0,
        actor="ada",
        now=NOW,
    )
    services.set_rules(values={"open_lost": True, "open_tiers": ("low",)}, actor="ada", now=NOW)
    return "C-7"


@pytest.mark.django_db(transaction=True)
def test_a_lost_customer_of_low_value_is_worked_on_without_a_person(lost):
    assert services.run(now=NOW) == {"opened": 1, "begun": 1}
    (line,) = cases.of_customer(lost)
    found = cases.get(line.case_id)
    assert (found.line.grade, found.line.way, found.status) == ("C", "automatic", Status.CONTACTING)
    (measure,) = found.measures
    assert measure.status is MeasureStatus.RUNNING
    assert measure.task_id is None  # nobody is asked
    (message,) = messages.of_customer(lost)
    assert (message.purpose, message.origin) == ("survey", f"case:{found.case_id}")
    goes_out = Maker()(Message.objects.get(message_id=message.message_id)).draft
    assert "https://shop.example/u/" in goes_out.text
    assert goes_out.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert services.run(now=NOW) == {}  # once
    assert services.run(now=NOW + 61 * DAY)["over"] == 1
    assert cases.get(line.case_id).result == "window_over"
    assert messages.message(message.message_id).status == "taken_back"
    assert services.run(now=NOW + 62 * DAY) == {}  # not again for the same leaving


def test_no_more_cases_a_day_than_wanted(lost, own, rate):
    from keepwell.insight.models import Score

    numbers = [own(f"L-{place}") for place in range(5)]
    rate(*numbers, worth=500, tier="low", status="lost")
    Score.objects.filter(customer_id__in=numbers).update(average_amount=20)
    services.set_rules(values={"open_daily": 2}, actor="ada", now=NOW)
    assert services.run(now=NOW)["opened"] == 2
    assert "opened" not in services.run(now=NOW + timedelta(hours=1))
    assert services.run(now=NOW + 2 * DAY)["opened"] == 2


def test_who_is_likely_discontent_gets_a_managers_visit_and_a_coupon(ann, people):
    services.set_rules(values={"rescue_unhappy": True}, actor="ada", now=NOW)
    assert services.run(now=NOW) == {"rescued": 1}
    (line,) = cases.of_customer(ann)
    found = cases.get(line.case_id)
    assert found.status is Status.CONTACTING
    measures = {one.code: one for one in found.measures}
    assert set(measures) == {"visit", "repurchase_incentive"}
    assert measures["visit"].owner_id == people.kai.pk  # leads Lin's team
    assert measures["repurchase_incentive"].until is not None
    assert services.run(now=NOW) == {}
    services.close(case_id=line.case_id, result="mistake", actor="kai", now=NOW)
    assert services.run(now=NOW + 2 * DAY) == {}  # left in peace for a while


@pytest.mark.django_db(transaction=True)
def test_two_at_once_open_one_case_and_begin_it_once(lin_case, people):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from keepwell.outreach.queries import tasks
    from keepwell.plays.winback.contracts import CaseError

    number = lin_case("planned")

    def begin(_place):
        try:
            services.start(case_id=number, user=people.lin, actor="lin", now=NOW)
        except CaseError:
            return "refused"
        finally:
            connections.close_all()
        return "begun"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, range(4))) == ["begun", "refused", "refused", "refused"]
    assert len(tasks.of_customer("C-1", active=True)) == 1
    services.close(case_id=number, result="mistake", actor="lin", now=NOW)

    def reopen(_place):
        try:
            return services.open_case(customer_id="C-1", origin="customer", actor="lin", now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(reopen, range(4)))) == 1
