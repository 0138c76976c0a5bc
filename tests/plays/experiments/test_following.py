"""Members follow messages, and customers who are merged, split or erased."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from keepwell.customers.identity import services as identity
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.history import queries as history
from keepwell.history import services as facts
from keepwell.outreach.channels.contracts import Receipt, ReceiptKind
from keepwell.outreach.sending.services import queueing, receiving
from keepwell.outreach.sending.services.working import work as send
from keepwell.outreach.services import tasks
from keepwell.plays.experiments import following, queries, services
from keepwell.plays.experiments.contracts import State
from keepwell.plays.experiments.models import Member, Play
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL, IDLE, MAIL, costing

pytestmark = pytest.mark.django_db(transaction=True)
NOON = NOW + timedelta(hours=8)  # in Oslo


def treated(row):
    return list(queries.iter_members(row.play_id, arm="a"))


def test_what_becomes_of_messages_comes_back_and_never_goes_backwards(begun, letter, account):
    letter()
    row = begun(30, arms=(costing(MAIL, 2),))
    services.dispatch(now=NOW)
    waiting, *others = treated(row)
    queueing.take_back(message_ids=[waiting.message_id], actor="ada", now=NOW)
    send(now=lambda: NOON)
    services.follow(now=NOON)
    states = Counter((one.state, one.cause) for one in treated(row))
    assert states == {(State.SENT, ""): len(others), (State.WITHHELD, "taken_back"): 1}
    assert queries.counts(row.play_id).spent == 2 * len(others)
    receipt(others[0], ReceiptKind.CLICKED)
    receipt(others[1], ReceiptKind.UNSUBSCRIBED)
    services.follow(now=NOON)
    receipt(others[0], ReceiptKind.DELIVERED)
    services.follow(now=NOON)
    after = {one.customer_id: one for one in treated(row)}
    assert after[others[0].customer_id].state == State.CLICKED
    ended = after[others[1].customer_id]
    assert (ended.state, ended.cause) == (State.OPENED, "unsubscribed")
    assert services.follow(now=NOON) == 0


def receipt(member, kind):
    receiving.note(
        receipts=[Receipt(kind=kind, at=NOON, message_id=member.message_id)], account_id=None, now=NOON
    )


def test_costs_are_facts_and_taken_back_with_the_contact(begun, publish):
    row = begun(10, arms=(costing(CALL, 3),))
    Play.objects.update(currency="NOK")
    services.dispatch(now=NOW)
    one = treated(row)[0]
    tasks.complete(task_ids=[one.task_id], outcome="staying", actor="ada", now=NOW)
    tasks.reopen(task_ids=[one.task_id], actor="ada", now=NOW + timedelta(minutes=1))
    while facts.flush().accepted:
        pass
    told = [
        each for each in history.scan("costs").to_pyarrow().to_pylist() if each["cost_id"].startswith("play-")
    ]
    assert [(each["customer_id"], each["amount"]) for each in told] == [(one.customer_id, 0)]


def test_merged_members_go_over_but_nobody_is_contacted_twice(begun):
    row = begun(12, arms=(IDLE, CALL))
    both = {one.customer_id: one for one in queries.iter_members(row.play_id)}
    waiting = [one.customer_id for one in both.values() if one.arm == "b"]
    done = identity.merge(kept_id=waiting[0], merged_id=waiting[1], reason="same", actor="ada")
    after = {one.customer_id: one for one in queries.iter_members(row.play_id)}
    assert set(after) == set(both)
    assert (after[waiting[1]].state, after[waiting[1]].cause) == (State.WITHHELD, "merged")
    identity.split(merge_id=done.merge_id, actor="ada")
    again = {one.customer_id: one for one in queries.iter_members(row.play_id)}
    assert again[waiting[1]].state == State.PLANNED


def test_who_was_contacted_under_the_other_number_is_not_contacted_again(begun):
    row = begun(12, arms=(CALL,))
    services.dispatch(now=NOW, limit=1)
    mine = treated(row)
    (told,) = [one.customer_id for one in mine if one.state == State.QUEUED]
    other = next(one.customer_id for one in mine if one.state == State.PLANNED)
    done = identity.merge(kept_id=other, merged_id=told, reason="same", actor="ada")
    services.dispatch(now=NOW)
    after = {one.customer_id: one for one in treated(row)}
    assert (after[told].state, after[other].state, after[other].cause) == (
        State.QUEUED,
        State.WITHHELD,
        "merged",
    )
    identity.split(merge_id=done.merge_id, actor="ada")
    assert {one.customer_id: one for one in treated(row)}[other].state == State.PLANNED


def test_an_erased_member_stays_without_a_name(begun):
    row = begun(12)
    gone = [one.customer_id for one in queries.iter_members(row.play_id)][:2]
    passed = next(iter(dict(queries.passed_over(row.play_id))), "nobody")
    size = len(queries.units(row.play_id))
    following.forget(Subject(Right.ERASE, (*gone, passed), "erased-1", {}, None))
    found = {one.customer_id for one in queries.iter_members(row.play_id)}
    assert len(queries.units(row.play_id)) == size
    assert not found & set(gone)
    assert {"erased-1", "erased-1-1"} <= found
    assert passed not in dict(queries.passed_over(row.play_id))
    assert Member.objects.filter(customer_id__startswith="erased", state="planned").count() == 0
