"""Cases from the warning to the maintenance plan."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from keepwell.accounts import queries as account_queries
from keepwell.accounts import services as accounts
from keepwell.customers.privacy import services as privacy
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import contacting, tasks
from keepwell.plays.winback import services
from keepwell.plays.winback.contracts import CaseError, MeasureStatus, Status, Wanted
from keepwell.plays.winback.queries import cases
from tests.plays.winback.conftest import NOW

DAY = timedelta(days=1)
OFFER = Wanted("recall_offer", Decimal(40), Decimal("0.2"), NOW + 10 * DAY)
BIG = [Wanted("fix_problem", Decimal(30)), Wanted("visit", Decimal(120))]


def task_of(number):
    found = cases.get(number)
    return task_queries.get(next(one.task_id for one in found.measures if one.task_id))


def facts(table, **wanted):
    from keepwell.history.models import OutboxFact

    rows = [row.fact for row in OutboxFact.objects.filter(table=table).order_by("pk")]
    return [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]


def test_a_case_is_opened_once_graded_and_belongs_to_the_customers_owner(case, people):
    number = case()
    assert case() == number
    found = cases.get(number)
    assert (found.line.grade, found.line.way, found.line.owner_id) == ("A", "personal", people.lin.pk)
    assert found.limit == 500  # of 30 % of 2,000 and 500
    assert [one.action for one in found.steps] == ["open"]


def test_who_was_never_rated_has_no_case(own, people):
    own("C-9", people.lin)
    with pytest.raises(CaseError):
        services.open_case(customer_id="C-9", origin="customer", actor="lin", now=NOW)


def test_the_cause_grades_and_proposes(case):
    number = case()
    services.analyse(
        case_id=number,
        causes=["competitor"],
        asked="diagnosis",
        obstacles=["hard_to_use"],
        competitor="Other Ltd",
        competitor_reason="cheaper",
        actor="lin",
        now=NOW,
    )
    found = cases.get(number)
    assert found.line.causes == ("competitor", "product_use")
    assert (found.competitor, found.competitor_reason) == ("Other Ltd", "cheaper")
    assert cases.proposed(found)[0] == "advantages"
    with pytest.raises(CaseError):
        services.analyse(case_id=number, causes=[], asked="staff", actor="lin", now=NOW)
    with pytest.raises(CaseError):
        services.analyse(case_id=number, causes=["weather"], asked="staff", actor="lin", now=NOW)
    assert cases.get(number).line.causes == ("competitor", "product_use")


def test_what_people_said_is_sealed_and_in_no_fact(case):
    from django.db import connection

    number = case()
    services.analyse(
        case_id=number, causes=["service"], asked="interview", said="Secret words", actor="lin", now=NOW
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT said FROM winback_case")
        assert "Secret" not in cursor.fetchone()[0]
        cursor.execute("SELECT fact FROM history_outboxfact")
        assert not any("Secret" in str(row[0]) for row in cursor.fetchall())
    assert cases.get(number).said == "Secret words"


def test_a_plan_within_ones_authority_begins_at_once(lin_case, people):
    number = lin_case()
    found = cases.get(number)
    assert found.status is Status.CONTACTING
    task = task_of(number)
    assert (task.customer_id, task.assignee_id, task.kind) == ("C-1", people.lin.pk, "call")
    assert task.response == "solve_problem"  # so its purpose is service


def test_above_it_somebody_else_approves(lin_case, people, rita):
    number = lin_case("planned", measures=BIG)
    with pytest.raises(CaseError):
        services.start(case_id=number, user=people.lin, actor="lin", now=NOW)
    (request,) = services.ask(case_id=number, user=people.lin, reason="she is worth it", now=NOW)
    assert cases.get(number).status is Status.WAITING
    with pytest.raises(CaseError):
        services.plan(case_id=number, wanted=[OFFER], actor="lin", now=NOW)
    with pytest.raises(PermissionDenied):
        accounts.decide(user=people.lin, approval_id=request, approve=True, reason="mine", now=NOW)
    accounts.decide(user=rita, approval_id=request, approve=True, reason="yes", now=NOW)
    assert cases.get(number).status is Status.PLANNED
    services.start(case_id=number, user=people.lin, actor="lin", now=NOW)
    assert cases.get(number).status is Status.CONTACTING


def test_an_approval_is_of_one_plan_only(lin_case, people, rita):
    number = lin_case("planned", measures=BIG)
    (request,) = services.ask(case_id=number, user=people.lin, reason="worth it", now=NOW)
    accounts.decide(user=rita, approval_id=request, approve=True, reason="yes", now=NOW)
    services.plan(case_id=number, wanted=[*BIG, OFFER], actor="lin", now=NOW)
    with pytest.raises(CaseError):
        services.start(case_id=number, user=people.lin, actor="lin", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_leads_back_and_takes_the_other_request_back(lin_case, people, rita):
    number = lin_case("planned", measures=[*BIG, OFFER])
    first, second = services.ask(case_id=number, user=people.lin, reason="worth it", now=NOW)
    accounts.decide(user=rita, approval_id=first, approve=False, reason="too dear", now=NOW)
    found = cases.get(number)
    assert found.status is Status.ANALYSED
    assert found.steps[-1].note == "too dear"
    assert account_queries.approval(second).status == "withdrawn"


def test_a_request_is_taken_back_by_who_asked(lin_case, people):
    number = lin_case("planned", measures=BIG)
    (request,) = services.ask(case_id=number, user=people.lin, reason="worth it", now=NOW)
    services.withdraw(case_id=number, actor="lin", now=NOW)
    assert cases.get(number).status is Status.ANALYSED
    assert account_queries.approval(request).status == "withdrawn"


def test_small_parts_are_no_way_round_the_authority(lin_case, people):
    number = lin_case(measures=[Wanted("fix_problem", Decimal(60))])
    services.revise(case_id=number, actor="lin", now=NOW)
    services.plan(case_id=number, wanted=[Wanted("call_back", Decimal(60))], actor="lin", now=NOW)
    with pytest.raises(CaseError):
        services.start(case_id=number, user=people.lin, actor="lin", now=NOW)


def test_what_was_spent_counts_against_the_limit(lin_case, rita):
    number = lin_case("planned", measures=[Wanted("fix_problem", Decimal(400))])
    services.start(case_id=number, user=rita, actor="rita", now=NOW)
    services.revise(case_id=number, actor="rita", now=NOW)
    with pytest.raises(CaseError):
        services.plan(case_id=number, wanted=[Wanted("visit", Decimal(120))], actor="rita", now=NOW)
    assert services.plan(
        case_id=number, wanted=[Wanted("visit", Decimal(100))], actor="rita", now=NOW
    ).cost == Decimal(500)


def test_a_contact_comes_back_to_the_case_and_its_cost_is_booked_once(lin_case):
    number = lin_case()
    task = task_of(number)
    done = tasks.complete(task_ids=[task.task_id], outcome="staying", need="tea", actor="lin", now=NOW)
    (measure,) = cases.get(number).measures
    assert measure.status is MeasureStatus.DONE
    costs = facts("costs")
    assert [(one["kind"], Decimal(one["amount"])) for one in costs] == [("retention", Decimal(30))]
    tasks.undo(token=done.token, actor="lin", now=NOW)
    assert cases.get(number).measures[0].status is MeasureStatus.RUNNING
    assert [Decimal(one["amount"]) for one in facts("costs")] == [Decimal(30), Decimal(0)]


def test_who_was_not_reached_is_tried_again_within_the_same_measure(lin_case):
    number = lin_case()
    first = task_of(number)
    done = tasks.complete(
        task_ids=[first.task_id], outcome="not_reached", follow_up_at=NOW + DAY, actor="lin", now=NOW
    )
    second = task_of(number)
    assert second.attempt == 2
    assert cases.get(number).measures[0].status is MeasureStatus.RUNNING
    tasks.undo(token=done.token, actor="lin", now=NOW)
    assert task_of(number).task_id == first.task_id


def test_who_wants_no_contact_drops_the_measure(lin_case):
    number = lin_case()
    tasks.complete(task_ids=[task_of(number).task_id], outcome="no_contact", actor="lin", now=NOW)
    assert cases.get(number).measures[0].status is MeasureStatus.DROPPED
    assert facts("costs") == []


def test_an_offer_cannot_be_promised_after_its_end(lin_case, rita):
    number = lin_case("planned", measures=[OFFER])
    services.start(case_id=number, user=rita, actor="rita", now=NOW)
    task = task_of(number)
    late = NOW + 11 * DAY
    privacy.set_consent(
        customer_id="C-1",
        channel="sms",
        purpose="marketing",
        given=True,
        source="counter",
        wording="marketing/1",
        actor="ada",
        at=NOW - 30 * DAY,
    )
    with pytest.raises(TaskError):
        contacting.begin(task_id=task.task_id, actor="lin", now=late)
    with pytest.raises(TaskError):
        tasks.complete(task_ids=[task.task_id], outcome="sent", actor="lin", now=late)
    assert task_queries.get(task.task_id).is_active
    assert services.run(now=late)["expired"] == 1
    assert cases.get(number).measures[0].status is MeasureStatus.EXPIRED
    assert task_queries.get(task.task_id).status == "cancelled"
    with pytest.raises(TaskError):
        tasks.reopen(task_ids=[task.task_id], actor="lin", now=late)


def test_a_plan_is_not_begun_once_its_offer_has_ended(lin_case, rita):
    number = lin_case("planned", measures=[OFFER])
    with pytest.raises(CaseError):
        services.start(case_id=number, user=rita, actor="rita", now=NOW + 10 * DAY)
    assert cases.get(number).status is Status.PLANNED


def test_somebody_is_reminded_once_before_a_promised_offer_ends(lin_case, rita):
    number = lin_case("planned", measures=[OFFER])
    services.start(case_id=number, user=rita, actor="rita", now=NOW)
    tasks.complete(task_ids=[task_of(number).task_id], outcome="sent", actor="lin", now=NOW)
    assert services.run(now=NOW + DAY) == {}
    assert services.run(now=NOW + 9 * DAY) == {"reminded": 1}
    assert services.run(now=NOW + 9 * DAY) == {}
    (reminder,) = task_queries.of_customer("C-1", active=True)
    assert reminder.due_at == OFFER.until


def order(customer_id, at, *, number="O-1", status="paid"):
    from keepwell.history import services as history

    fact = {
        "order_id": number,
        "customer_id": customer_id,
        "ordered_at": at,
        "amount": Decimal(80),
        "currency": "CNY",
        "status": status,
    }
    history.record(table="orders", fact=fact, source="till")
    history.flush()


@pytest.mark.django_db(transaction=True)
def test_an_order_after_the_action_wins_the_customer_back(lin_case):
    number = lin_case()
    order("C-1", NOW + DAY, number="O-0", status="cancelled")
    assert services.run(now=NOW + 2 * DAY) == {}
    order("C-1", NOW + 2 * DAY)
    assert services.run(now=NOW + 3 * DAY) == {"came_back": 1}
    found = cases.get(number)
    assert (found.status, found.line.evidence, found.won_order_id) == (Status.WON_BACK, "order", "O-1")
    assert found.won_amount == 80
    assert found.measures[0].status is MeasureStatus.DROPPED  # nobody need call any more
    assert task_queries.of_customer("C-1", active=True) == ()
    assert services.run(now=NOW + 3 * DAY) == {}


@pytest.mark.django_db(transaction=True)
def test_who_orders_before_anything_was_done_came_back_alone(case):
    number = case("planned")
    order("C-1", NOW + DAY)
    services.run(now=NOW + 2 * DAY)
    found = cases.get(number)
    assert (found.status, found.result) == (Status.CLOSED, "came_back_alone")


@pytest.mark.django_db(transaction=True)
def test_an_order_after_the_window_is_no_result_of_the_case(lin_case):
    number = lin_case()
    order("C-1", NOW + 61 * DAY)
    services.run(now=NOW + 62 * DAY)
    assert cases.get(number).status is Status.CONTACTING


def test_after_winning_back_care_is_planned_and_the_case_ends_with_a_lesson(lin_case, people):
    number = lin_case()
    task = task_of(number)
    tasks.complete(task_ids=[task.task_id], outcome="staying", actor="lin", now=NOW)
    services.win(case_id=number, actor="lin", now=NOW)
    acts = [
        Wanted("satisfaction", Decimal(0), due_at=NOW + 7 * DAY),
        Wanted("care_call", Decimal(0), due_at=NOW + 30 * DAY),
    ]
    services.care(case_id=number, acts=acts, actor="lin", now=NOW)
    due = [one.due_at for one in task_queries.of_customer("C-1", active=True)]
    assert due == [NOW + 7 * DAY, NOW + 30 * DAY]
    services.record_satisfaction(case_id=number, score=5, actor="lin", now=NOW + 8 * DAY)
    assert [one["score"] for one in facts("answers", metric="csat")] == [5.0]
    fixed = cases.get(number).measures[0]
    services.finish(
        case_id=number,
        result="stays",
        lesson="Call on the first day.",
        worked={fixed.measure_id: "yes"},
        actor="lin",
        now=NOW + 40 * DAY,
    )
    found = cases.get(number)
    assert (found.status, found.lesson, found.measures[0].worked) == (
        Status.WON_BACK,
        "Call on the first day.",
        "yes",
    )
    assert not found.line.is_open
    assert task_queries.of_customer("C-1", active=True) == ()
    with pytest.raises(CaseError):
        services.care(case_id=number, acts=acts, actor="lin", now=NOW + 41 * DAY)
    assert services.open_case(customer_id="C-1", origin="customer", actor="lin", now=NOW) != number


def test_nothing_is_won_that_was_not_begun(case):
    number = case("planned")
    with pytest.raises(CaseError):
        services.win(case_id=number, actor="lin", now=NOW)


def test_what_is_lost_can_be_taken_up_again(lin_case):
    number = lin_case()
    services.lose(case_id=number, result="decided", lesson="Too late", actor="lin", now=NOW)
    assert task_queries.of_customer("C-1", active=True) == ()
    services.reopen(case_id=number, actor="lin", now=NOW)
    found = cases.get(number)
    assert (found.status, found.result) == (Status.OPENED, "")
    services.close(case_id=number, result="mistake", actor="lin", now=NOW)
    other = services.open_case(customer_id="C-1", origin="customer", actor="lin", now=NOW)
    with pytest.raises(CaseError):
        services.reopen(case_id=number, actor="lin", now=NOW)
    assert other != number


def test_giving_up_takes_requests_back(lin_case, people):
    number = lin_case("planned", measures=BIG)
    (request,) = services.ask(case_id=number, user=people.lin, reason="worth it", now=NOW)
    services.lose(case_id=number, result="no_answer", actor="lin", now=NOW)
    assert account_queries.approval(request).status == "withdrawn"


def test_every_step_is_audited_and_a_fact(lin_case):
    from keepwell.foundation.audit.models import AuditEntry

    lin_case()
    wanted = ["winback.open", "winback.analyse", "winback.plan", "winback.start"]
    assert (
        list(
            AuditEntry.objects.filter(action__startswith="winback.")
            .order_by("pk")
            .values_list("action", flat=True)
        )
        == wanted
    )
    assert [one["subject"] for one in facts("interactions", type="case")] == [
        "opened",
        "analysed",
        "planned",
        "contacting",
    ]


def test_cases_follow_the_customer_to_a_new_owner(lin_case, people):
    from keepwell.customers.services import assign_owner

    number = lin_case("planned")
    assign_owner(customer_ids=["C-1"], owner_id=people.mei.pk, actor="ada", at=NOW)
    found = cases.get(number)
    assert found.line.owner_id == found.measures[0].owner_id == people.mei.pk


def test_a_case_is_given_to_a_colleague_who_may_see_the_customer(lin_case, people, rita):
    number = lin_case("planned")
    with pytest.raises(CaseError):
        services.assign(case_id=number, owner_id=people.mei.pk, actor="lin", now=NOW)
    services.assign(case_id=number, owner_id=rita.pk, actor="lin", now=NOW)
    assert cases.get(number).line.owner_id == rita.pk


def test_what_was_dropped_runs_again_only_where_its_money_is_still_there(lin_case, rita):
    number = lin_case("planned", measures=[Wanted("fix_problem", Decimal(300))])
    services.start(case_id=number, user=rita, actor="rita", now=NOW)
    task = task_of(number)
    tasks.cancel(task_ids=[task.task_id], actor="lin", now=NOW)
    services.revise(case_id=number, actor="rita", now=NOW)
    services.plan(case_id=number, wanted=[Wanted("visit", Decimal(300))], actor="rita", now=NOW)
    with pytest.raises(TaskError):
        tasks.reopen(task_ids=[task.task_id], actor="lin", now=NOW)
    assert task_queries.get(task.task_id).status == "cancelled"
    services.plan(case_id=number, wanted=[Wanted("visit", Decimal(200))], actor="rita", now=NOW)
    tasks.reopen(task_ids=[task.task_id], actor="lin", now=NOW)
    assert cases.get(number).measures[0].status is MeasureStatus.RUNNING
    services.start(case_id=number, user=rita, actor="rita", now=NOW)
    assert cases.get(number).line.cost == Decimal(500)


def test_what_was_said_in_time_may_be_written_down_after_the_end(lin_case, rita):
    offer = Wanted("special_offer", Decimal(40), Decimal("0.2"), NOW + DAY)
    number = lin_case("planned", measures=[offer])
    services.start(case_id=number, user=rita, actor="rita", now=NOW)
    task = task_of(number)
    privacy.set_consent(
        customer_id="C-1",
        channel="phone",
        purpose="marketing",
        given=True,
        source="counter",
        wording="marketing/1",
        actor="ada",
        at=NOW - 30 * DAY,
    )
    assert contacting.begin(task_id=task.task_id, actor="lin", now=NOW)
    services.run(now=NOW + 2 * DAY)
    tasks.complete(task_ids=[task.task_id], outcome="undecided", actor="lin", now=NOW + 2 * DAY)
    (measure,) = cases.get(number).measures
    assert (measure.status, measure.promised_at) == (MeasureStatus.DONE, NOW)
