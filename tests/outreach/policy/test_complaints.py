"""Nothing but service while a severe complaint is open, whether it came live or by an import."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy import services as privacy_services
from keepwell.history import services as history
from keepwell.outreach.policy import complaints, queries, services
from keepwell.outreach.policy.contracts import Cause
from tests.outreach.policy.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EVENTS = ("opened", "responded", "escalated", "resolved", "reopened", "closed")


@pytest.fixture
def ticket(home):
    """Records steps of a ticket live, and lets them arrive."""

    def step(event, ticket_id="T1", *, customer="C1", at=NOW - DAY, live=True, **fields):
        fact = {
            "ticket_id": ticket_id, "customer_id": customer, "at": at, "event": event,
            "category": "delivery", "priority": "High", **fields,
        }  # fmt: skip
        history.record(table="tickets", fact=fact, source="desk", live=live)
        history.flush()

    return step


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("keepwell.foundation.clock.now", lambda: NOW)


def cause(meant, name="m1", **changes):
    return services.claim(intent=meant(name, **changes), actor="keepwell", now=NOW).cause


def active(number="C1"):
    return [one for one in privacy.holds(number, now=NOW) if one.is_active]


def test_a_severe_complaint_silences_marketing_until_it_is_resolved(agreed, meant, ticket):
    agreed("C1", "C2")
    ticket("opened")
    assert cause(meant) == Cause.ON_HOLD
    assert cause(meant, "m2", customer_id="C2") == Cause.GIVEN
    assert queries.left_alone() == 1
    ticket("responded", at=NOW - DAY / 2, priority=None)
    assert cause(meant, "m3") == Cause.ON_HOLD
    ticket("resolved", at=NOW - DAY / 4, priority=None)
    assert cause(meant, "m4") == Cause.GIVEN
    assert queries.left_alone() == 0


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({"priority": "high"}, True),
        ({"priority": "normal"}, False),
        ({"priority": None}, False),
        ({"priority": "urgent", "category": "Question"}, False),
        ({"priority": "critical", "category": None}, True),
    ],
)
def test_only_severe_complaints_count(agreed, ticket, fields, held):
    agreed("C1")
    ticket("opened", **fields)
    assert bool(active()) is held


def test_what_is_escalated_counts_whatever_its_priority(agreed, ticket):
    agreed("C1")
    ticket("opened", priority="normal")
    assert not active()
    ticket("escalated", at=NOW - DAY / 2, priority="normal")
    assert active()


def test_what_came_by_an_import_is_seen_by_the_worker_once(agreed, ticket):
    agreed("C1")
    ticket("opened", live=False)
    assert not active()
    assert complaints.follow(now=NOW).placed == 1
    assert complaints.follow(now=NOW) == complaints.Followed(0, 0)
    assert len(active()) == 1


def test_two_complaints_are_one_hold_that_ends_with_the_last(agreed, ticket):
    agreed("C1")
    ticket("opened")
    ticket("opened", "T2", at=NOW - DAY / 2)
    assert len(active()) == 1
    ticket("closed", at=NOW - DAY / 4)
    assert len(active()) == 1
    ticket("closed", "T2", at=NOW - DAY / 4)
    assert not active()


def test_a_hold_by_hand_is_left_to_whoever_placed_it(agreed, ticket):
    agreed("C1")
    privacy_services.place_hold(customer_id="C1", kind="complaint", actor="ada", now=NOW - 2 * DAY)
    ticket("opened")
    ticket("resolved", at=NOW - DAY / 4)
    (hold,) = active()
    assert hold.placed_by == "ada"


def test_what_a_person_lifts_stays_lifted_until_the_ticket_is_opened_again(agreed, ticket):
    agreed("C1")
    ticket("opened")
    privacy_services.lift_hold(hold_id=active()[0].hold_id, actor="ada", now=NOW)
    ticket("responded", at=NOW - DAY / 2)
    assert complaints.follow(now=NOW).placed == 0
    assert not active()
    ticket("reopened", at=NOW - DAY / 4)
    assert active()


def test_a_ticket_that_nobody_touches_holds_no_longer_than_the_rules_say(agreed, ticket):
    agreed("C1")
    ticket("opened", at=NOW - 61 * DAY)
    assert not active()
    ticket("opened", "T2", at=NOW - 10 * DAY)
    (hold,) = active()
    assert hold.until == NOW + 50 * DAY
    ticket("responded", "T2", at=NOW - DAY)
    assert active()[0].until == NOW + 59 * DAY
    later = NOW + 60 * DAY
    assert complaints.follow(now=later) == complaints.Followed(0, 1)


def test_without_priorities_there_is_no_such_rule_and_what_it_held_is_free(agreed, ticket):
    agreed("C1")
    ticket("opened")
    services.set_rules(values={"severe_priorities": ()}, actor="ada", now=NOW)
    assert complaints.follow(now=NOW) == complaints.Followed(0, 1)
    assert not active()
    ticket("opened", "T2")
    assert not active()


def test_a_ticket_of_nobody_waits_for_its_customer(agreed, ticket):
    ticket("opened", customer="C9")
    assert queries.left_alone() == 0
    agreed("C9")
    assert complaints.follow(now=NOW).placed == 1


def test_whatever_steps_tickets_took_the_hold_is_there_exactly_while_a_severe_one_is_open(agreed):
    """Sixty customers with two tickets each, beside a plain reading of the steps one after the other."""
    draw = Random(7)
    numbers = [f"C{place}" for place in range(60)]
    agreed(*numbers, channels=())
    expected = set()
    for number in numbers:
        for name in ("A", "B"):
            is_open = is_severe = False
            for hour in range(draw.randrange(6)):
                event = draw.choice(EVENTS)
                priority = draw.choice(("high", "normal", None))
                is_severe |= priority == "high" or event == "escalated"
                is_open = event not in ("resolved", "closed") and (is_open or event != "responded")
                fact = {
                    "ticket_id": f"{number}{name}", "customer_id": number, "event": event,
                    "priority": priority,
                    "at": NOW - DAY + hour * timedelta(hours=1), "category": "delivery",
                }  # fmt: skip
                history.record(table="tickets", fact=fact, source="files", live=False)
            if is_open and is_severe:
                expected.add(number)
    history.flush()
    assert complaints.follow(now=NOW).placed == len(expected) > 5
    assert {number for number in numbers if active(number)} == expected


def test_a_ticket_under_the_number_of_before_a_merge_is_the_surviving_customers(agreed, ticket):
    """The hold of a colleague stays theirs, and that of the tickets lasts as long as the last one."""
    from keepwell.customers.identity import services as identity

    agreed("C1", "C2")
    identity.merge(kept_id="C1", merged_id="C2", actor="ada", now=NOW - 9 * DAY, reason="same")
    privacy_services.place_hold(customer_id="C1", kind="complaint", actor="ada", now=NOW - 2 * DAY)
    ticket("opened", customer="C2")
    ticket("resolved", customer="C2", at=NOW - DAY / 4)
    (hold,) = active("C1")
    assert hold.placed_by == "ada"
    privacy_services.lift_hold(hold_id=hold.hold_id, actor="ada", now=NOW)
    ticket("opened", "T2", customer="C2", at=NOW - 3 * DAY)
    before = active("C1")[0].until
    ticket("responded", "T2", customer="C2", at=NOW - DAY)
    assert active("C1")[0].until == before + 2 * DAY
    ticket("closed", "T2", customer="C2", at=NOW - DAY / 2)
    assert not active("C1")
