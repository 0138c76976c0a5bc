"""Members become messages and tasks, once, within the money, and never those of the control."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from keepwell.history import queries as history
from keepwell.history import services as facts
from keepwell.outreach.contracts import Outcome, TaskError
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.services import queueing
from keepwell.outreach.sending.services.working import work as send
from keepwell.outreach.services import tasks
from keepwell.plays.experiments import queries, services
from keepwell.plays.experiments.contracts import State, Status
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL, MAIL, costing

pytestmark = pytest.mark.django_db


def states(row, arm=""):
    return Counter(one.state for one in queries.iter_members(row.play_id, arm=arm))


def rows_of(table):
    while facts.flush().accepted:
        pass
    return history.scan(table).to_pyarrow().to_pylist()


@pytest.mark.django_db(transaction=True)
def test_a_message_goes_once_and_facts_say_arm_and_propensity(begun, letter, account, inbox):
    letter()
    row = begun(30, arms=(MAIL,))
    first = services.dispatch(now=NOW)
    assert services.dispatch(now=NOW).queued == 0
    treated = [one.customer_id for one in queries.iter_members(row.play_id, arm="a")]
    assert first.queued == len(treated) > 0
    send(now=lambda: NOW + timedelta(hours=8))  # past noon in Oslo
    assert len(inbox.messages) == len(treated)
    assert services.follow(now=NOW) == len(treated)
    assert states(row, "a") == {State.SENT: len(treated)}
    assert states(row, "control") == {State.WITHHELD: len(queries.units(row.play_id)) - len(treated)}
    told = {one["customer_id"]: one for one in rows_of("contacts") if one["play"] == row.code}
    assert len(told) == len(queries.units(row.play_id))
    for one in queries.iter_members(row.play_id):
        fact = told[one.customer_id]
        assert (fact["arm"], fact["propensity"]) == (one.arm, pytest.approx(one.propensity))
        wanted = ("withheld", "control") if one.arm == "control" else ("sent", None)
        assert (fact["status"], fact["reason"] or None) == wanted


def test_the_control_gets_no_message(begun, letter):
    letter()
    row = begun(30, arms=(MAIL,))
    services.dispatch(now=NOW)
    control = {one.customer_id for one in queries.iter_members(row.play_id, arm="control")}
    assert control
    assert not any(messages.of_customer(one) for one in control)


def test_a_message_waits_for_the_hour_of_its_arm(begun, letter):
    letter()
    row = begun(10, arms=(replace(MAIL, hour=18),))
    services.dispatch(now=NOW)  # four in the morning UTC, five in Oslo
    one = next(queries.iter_members(row.play_id, arm="a"))
    assert messages.message(one.message_id).due_at == NOW.replace(hour=17)


def test_what_an_arm_sends_is_fixed_at_the_start(begun, letter):
    letter()
    row = begun(6, arms=(MAIL,))
    assert row.arm("a").text_version == 1


def test_budget_binds_and_money_comes_back(begun, staff):
    row = begun(40, arms=(costing(CALL, 3),), budget=Decimal(30))
    services.dispatch(now=NOW)
    found = queries.counts(row.play_id)
    assert found.spent <= 30
    assert found.passed["no_room"] > 0
    assert found.spent == 3 * found.arms["a"].states["queued"]
    one = next(queries.iter_members(row.play_id, arm="a", state="queued"))
    tasks.cancel(task_ids=[one.task_id], actor="ada", now=NOW)
    again = next(m for m in queries.iter_members(row.play_id) if m.customer_id == one.customer_id)
    assert (again.state, again.cause, again.cost) == (State.WITHHELD, "cancelled", 0)


def test_a_task_carries_its_arm_and_its_outcome_comes_back(begun):
    row = begun(20, arms=(costing(CALL, 2),))
    services.dispatch(now=NOW)
    members = list(queries.iter_members(row.play_id, arm="a"))
    assert task_queries.get(members[0].task_id).play == row.code
    for one, outcome in zip(
        members, (Outcome.STAYING, Outcome.WRONG_CONTACT, Outcome.NOT_REACHED), strict=False
    ):
        tasks.complete(task_ids=[one.task_id], outcome=outcome, actor="ada", now=NOW)
    after = {one.customer_id: one for one in queries.iter_members(row.play_id)}
    assert [(after[m.customer_id].state, after[m.customer_id].cause) for m in members[:3]] == [
        (State.ANSWERED, ""),
        (State.FAILED, "wrong_contact"),
        (State.FAILED, "not_reached"),
    ]
    assert [after[m.customer_id].cost for m in members[:3]] == [2, 0, 0]
    tasks.reopen(task_ids=[members[0].task_id], actor="ada", now=NOW)
    assert states(row)[State.ANSWERED] == 0


def test_a_further_try_stays_with_its_member(begun):
    row = begun(10, arms=(CALL,))
    services.dispatch(now=NOW)
    one = next(queries.iter_members(row.play_id, arm="a"))
    done = tasks.complete(
        task_ids=[one.task_id], outcome=Outcome.NOT_REACHED, actor="ada", now=NOW,
        follow_up_at=NOW + timedelta(days=1),
    )  # fmt: skip
    tasks.complete(task_ids=done.follow_up_ids, outcome=Outcome.STAYING, actor="ada", now=NOW)
    again = next(m for m in queries.iter_members(row.play_id) if m.customer_id == one.customer_id)
    assert again.state == State.ANSWERED


def test_stop_takes_back_what_waits_and_paused_sends_nothing(begun, letter):
    letter()
    row = begun(20, arms=(MAIL, CALL))
    services.dispatch(now=NOW)
    services.pause(play_id=row.play_id, actor="ada", now=NOW)
    assert messages.counts(origin=row.origin)["waiting"] == 0
    services.resume(play_id=row.play_id, actor="ada", now=NOW)
    assert messages.counts(origin=row.origin)["waiting"] > 0
    done = services.stop(play_id=row.play_id, actor="ada", now=NOW, reason="wrong price")
    assert done.status is Status.STOPPED
    assert set(states(row)) == {State.WITHHELD}
    assert not any(one.cost for one in queries.iter_members(row.play_id))
    assert services.dispatch(now=NOW).queued == 0


def test_a_play_ends_by_itself_after_its_last_day(begun):
    row = begun(10, arms=(CALL,))
    assert services.end_due(now=NOW + timedelta(days=60)) == 0
    assert services.end_due(now=NOW + timedelta(days=62)) == 1
    assert queries.play(row.play_id).status is Status.ENDED


def test_a_task_of_a_play_that_is_over_stays_over(begun):
    row = begun(10, arms=(CALL,))
    services.dispatch(now=NOW)
    one = next(queries.iter_members(row.play_id, arm="a"))
    services.end(play_id=row.play_id, actor="ada", now=NOW)
    with pytest.raises(TaskError):
        tasks.reopen(task_ids=[one.task_id], actor="ada", now=NOW)


def test_the_message_of_a_member_has_one_name(begun, letter):
    letter()
    row = begun(6, arms=(MAIL,))
    services.dispatch(now=NOW)
    for one in queries.iter_members(row.play_id, arm="a"):
        assert one.message_id == queueing.message_id(f"play/{row.play_id}/{one.customer_id}")
