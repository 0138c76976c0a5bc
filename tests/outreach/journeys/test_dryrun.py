"""What a journey would have done, from the history alone; nothing is written."""

from __future__ import annotations

import pytest
from django.db.models import Min

from keepwell.history import services as history
from keepwell.outreach.journeys import services
from keepwell.outreach.journeys.models import Journey, Traveller
from keepwell.outreach.sending.models import Message
from tests.outreach.journeys.conftest import (
    CART,
    DAY,
    END,
    HOUR,
    MESSAGE,
    NOW,
    ORDER,
    cart_fact,
    order_fact,
    plan,
)

pytestmark = pytest.mark.django_db(transaction=True)
SINCE, UNTIL = NOW - 30 * DAY, NOW


def past(*facts):
    history.record_many(facts=facts, source="file", live=False)
    history.flush()


def test_last_month_with_goals_and_events(people):
    one, two, three, four = people(4)
    past(
        ("interactions", cart_fact("e1", one, SINCE + DAY)),
        ("interactions", cart_fact("e2", two, SINCE + DAY)),
        ("interactions", cart_fact("e3", two, SINCE + DAY + HOUR)),  # inside already
        ("interactions", cart_fact("e4", two, SINCE + 9 * DAY)),
        ("interactions", cart_fact("e5", three, UNTIL - HOUR)),
        ("interactions", cart_fact("e6", four, SINCE - HOUR)),  # before
        ("orders", order_fact("o1", one, SINCE + DAY + 2 * HOUR)),
    )
    found = services.dry_run(plan(), SINCE, UNTIL)
    assert (found.candidates, found.entries, found.people) == (5, 4, 1)
    assert found.outcomes == {"goal": 1, "end": 2, "inside": 1}
    assert found.steps["say"] == {"entered": 2, "queued": 2, "left": 2}
    assert (found.written_to, found.consenting) == (1, 1)
    assert (Traveller.objects.count(), Message.objects.count()) == (0, 0)
    assert not Journey.objects.filter(is_own=True).exists()


def test_a_wait_for_an_event_and_consent(people):
    one, two = people(1)[0], people(1, start=1, agreed=())[0]
    steps = {
        "ask": {**MESSAGE, "next": "answer"},
        "answer": {"kind": "wait_for", "for": ORDER, "days": 3, "next": "end", "otherwise": "again"},
        "again": MESSAGE,
        "end": END,
    }
    past(
        ("interactions", cart_fact("e1", one, SINCE + DAY)),
        ("interactions", cart_fact("e2", two, SINCE + DAY)),
        ("orders", order_fact("o1", one, SINCE + 2 * DAY)),
    )
    found = services.dry_run(plan(steps, first="ask", goals=[]), SINCE, UNTIL)
    assert found.steps["again"] == {"entered": 1, "queued": 1, "left": 1}
    assert (found.people, found.written_to, found.consenting) == (2, 2, 1)


def test_it_says_what_the_journey_itself_then_does(people, switched_on, at):
    """The same facts told live, one after the other, lead to the same counts."""
    from keepwell.history.contracts import LiveFact
    from keepwell.outreach.journeys import queries
    from keepwell.outreach.journeys.services.reacting import react

    numbers, until = people(20), SINCE + 12 * DAY
    arms = [{"code": "a", "share": 0.5, "next": "say"}, {"code": "b", "share": 0.5, "next": "answer"}]
    steps = {
        "day": {"kind": "wait", "hours": 5, "next": "lot"},
        "lot": {"kind": "split", "arms": arms},
        "say": {**MESSAGE, "next": "answer"},
        "answer": {
            "kind": "wait_for",
            "for": {**CART, "where": [{"column": "type", "is": "in", "value": ["visit"]}]},
            "days": 2,
            "next": "night",
            "otherwise": "end",
        },
        "night": {"kind": "wait_until", "at": "04:00", "next": "again"},
        "again": MESSAGE,
        "end": END,
    }
    journey = switched_on(plan(steps, first="day", goals=[ORDER]), now=SINCE - DAY)
    events = []
    for place, number in enumerate(numbers):
        start = SINCE + DAY + place * 3 * HOUR
        events.append((start, "interactions", cart_fact(f"c{place}", number, start)))
        if place % 3 == 0:
            seen = start + (6 + place) * HOUR
            events.append((seen, "interactions", cart_fact(f"v{place}", number, seen, "visit")))
        if place % 4 == 1:
            bought = start + (place % 5) * 4 * HOUR
            events.append((bought, "orders", order_fact(f"o{place}", number, bought)))
        if place % 2:
            later = start + 6 * DAY
            events.append((later, "interactions", cart_fact(f"d{place}", number, later)))
    past(*((table, fact) for _at, table, fact in events))
    would = services.dry_run(plan(steps, first="day", goals=[ORDER]), SINCE, until, journey_id=journey)
    events.sort(key=lambda one: one[0])
    while True:
        wake = Traveller.objects.aggregate(next=Min("wake_at"))["next"]
        now = min(events[0][0] if events else until, wake or until, until)
        if now == until:
            break
        services.tick(now=at(now))
        if events and events[0][0] == now:
            _at, table, fact = events.pop(0)
            key = fact.get("interaction_id") or fact["order_id"]
            react([LiveFact(table, key, fact["customer_id"], fact, "shop", now)])
            services.tick(now=now)
    (did,) = queries.statistics(journey)
    assert did.entered == would.entries > len(numbers)
    assert {code: n for code, n in would.outcomes.items() if code != "inside"} == did.outcomes
    for step in did.steps:
        assert dict(step.counts) == dict(would.steps[step.step]), step.step


def test_days_of_the_past(people):
    from keepwell.customers import services as customers

    (one,) = people()
    customers.set_field(
        customer_id=one, name="birth_on", value="1990-11-10", actor="ada", source="typed", at=NOW
    )
    start = {"day": "birthday", "offset_days": -3}
    found = services.dry_run(
        plan({"say": MESSAGE, "end": END}, first="say", start=start, goals=[]), SINCE, UNTIL
    )
    assert (found.entries, found.people) == (1, 1)
