"""Calls, visits and messages by hand obey the contact policy, and count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.customers.privacy import services as privacy
from keepwell.history import queries as history
from keepwell.outreach import intents
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.models import Task
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Cap, Cause, Decision
from keepwell.outreach.policy.services import set_rules
from keepwell.outreach.queries import contacting as queries
from keepwell.outreach.services import contacting, tasks
from tests.outreach.conftest import NOW

DAY = timedelta(days=1)


@pytest.fixture
def agreed(task, nobody_aside):
    """C-1 has agreed to calls for marketing and for service."""
    for purpose in ("marketing", "service"):
        privacy.set_consent(
            customer_id="C-1",
            channel="phone",
            purpose=purpose,
            given=True,
            source="counter",
            wording=f"{purpose}/1",
            actor="ada",
            at=NOW - 30 * DAY,
        )


def begin(made, now=NOW):
    return contacting.begin(task_id=made.task_id, actor="lin", now=now)


def test_a_call_that_may_be_made_is_claimed_once_and_told_in_the_history(task, agreed):
    made = task()
    assert queries.standing(made.task_id, now=NOW).begun is None
    assert begin(made)
    assert begin(made, NOW + timedelta(minutes=5))
    (one,) = policy.contacts("C-1")
    assert (one.intent_id, one.decided_at, one.origin) == (
        f"task-{made.task_id}",
        NOW,
        f"task:{made.task_id}",
    )
    assert queries.standing(made.task_id, now=NOW).begun == one
    tasks.complete(task_ids=[made.task_id], outcome="staying", actor="lin", now=NOW + timedelta(minutes=9))
    assert policy.contacts("C-1") == [one]
    told = history.timeline("C-1", tables=["contacts"])
    assert [(fact.data["status"], fact.data["purpose"]) for fact in told] == [("answered", "marketing")]


def test_a_call_without_consent_is_refused_with_a_fact_and_the_task_stays_open(task):
    made = task()
    assert begin(made).cause == Cause.NOT_ASKED
    told = history.timeline("C-1", tables=["contacts"])
    assert [(fact.data["status"], fact.data["reason"]) for fact in told] == [("withheld", "not_asked")]
    assert Task.objects.get(pk=made.task_id).status == "open"


def test_putting_a_problem_right_is_service_and_goes_on_during_a_complaint(task, agreed):
    privacy.place_hold(customer_id="C-1", kind="complaint", actor="ada", now=NOW - DAY)
    assert begin(task()).cause == Cause.ON_HOLD
    assert begin(task(response="solve_problem"))


def test_another_call_within_the_limit_waits_but_a_second_try_does_not(task, agreed):
    set_rules(values={"caps": (Cap(1, 7, channel="phone"),)}, actor="ada", now=NOW - DAY)
    first = task()
    assert begin(first)
    assert begin(task()).cause == Cause.TOO_OFTEN
    done = tasks.complete(
        task_ids=[first.task_id], outcome="not_reached", actor="lin", now=NOW, follow_up_at=NOW + DAY
    )
    (again,) = done.follow_up_ids
    assert contacting.begin(task_id=again, actor="lin", now=NOW + DAY)
    assert len([one for one in policy.contacts("C-1") if one.decision is Decision.ALLOWED]) == 1


def test_a_call_that_nobody_asked_for_counts_when_it_is_recorded(task, agreed):
    set_rules(values={"caps": (Cap(1, 7),)}, actor="ada", now=NOW - DAY)
    first, second = task(), task()
    tasks.complete(task_ids=[first.task_id], outcome="staying", actor="lin", now=NOW)
    tasks.complete(task_ids=[second.task_id], outcome="staying", actor="lin", now=NOW + timedelta(hours=1))
    newest, oldest = policy.contacts("C-1")
    assert (oldest.decision, newest.decision, newest.cause) == ("allowed", "outside", Cause.TOO_OFTEN)


def test_an_undone_outcome_no_longer_counts(task, agreed):
    set_rules(values={"caps": (Cap(1, 7),)}, actor="ada", now=NOW - DAY)
    made = task()
    done = tasks.complete(task_ids=[made.task_id], outcome="staying", actor="lin", now=NOW)
    tasks.undo(token=done.token, actor="lin", now=NOW + timedelta(seconds=5))
    assert policy.contacts("C-1")[0].taken_back_at is not None
    assert begin(task())


def test_what_was_begun_before_stays_counted_when_the_outcome_is_undone(task, agreed):
    made = task()
    begin(made)
    done = tasks.complete(
        task_ids=[made.task_id], outcome="staying", actor="lin", now=NOW + timedelta(minutes=3)
    )
    tasks.undo(token=done.token, actor="lin", now=NOW + timedelta(minutes=3, seconds=5))
    assert policy.contacts("C-1")[0].taken_back_at is None


@pytest.mark.parametrize("outcome", ["wrong_contact"])
def test_who_was_not_the_customer_does_not_count(task, agreed, outcome):
    made = task()
    tasks.complete(task_ids=[made.task_id], outcome=outcome, actor="lin", now=NOW)
    assert policy.contacts("C-1") == []


def test_what_reaches_nobody_cannot_begin(task, people):
    made = task(kind="other", customer_id="")
    with pytest.raises(TaskError):
        begin(made)
    assert queries.standing(made.task_id, now=NOW) is None
    with pytest.raises(TaskError):
        contacting.begin(task_id=10**9, actor="lin", now=NOW)
    assert begin(task(), NOW).cause == Cause.NOT_ASKED


def test_a_finished_task_cannot_begin(task, agreed):
    made = task()
    tasks.complete(task_ids=[made.task_id], outcome="staying", actor="lin", now=NOW)
    with pytest.raises(TaskError):
        begin(made, NOW + DAY * 10)


def test_a_conversation_is_followed_to_its_first_task(task, agreed):
    first = task()
    second = task(follows_id=first.task_id)
    third = task(follows_id=second.task_id)
    rows = Task.objects.filter(pk__in=[second.task_id, third.task_id])
    assert {one.intent_id for one in intents.of_tasks(rows).values()} == {f"task-{first.task_id}"}


def test_a_list_is_asked_for_in_a_fixed_number_of_queries(
    task, agreed, people, own, django_assert_max_num_queries
):
    numbers = [task(customer_id=own(f"D-{n}", people.lin)).task_id for n in range(30)]
    with django_assert_max_num_queries(14):
        found = queries.verdicts(numbers, now=NOW)
    assert {one.cause for one in found.values()} == {Cause.NOT_ASKED}
    assert set(found) == set(numbers)
