"""Several workers at once: everybody moves once, every cause counts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.contracts import Entrant
from keepwell.outreach.journeys.models import Traveller
from keepwell.outreach.sending.models import Message
from tests.outreach.journeys.conftest import DAY, NOW, ORDER, cart_fact, order_fact, plan, tell

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    gate = Barrier(len(acts))

    def run(act):
        gate.wait()
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result() for one in [pool.submit(run, act) for act in acts]]


def test_two_workers_move_everybody_once(people, switched_on, at):
    numbers = people(60)
    journey = switched_on()
    services.enter(journey_id=journey, entrants=[Entrant(number, number, NOW) for number in numbers], now=NOW)
    assert sum(one.moved for one in together(*[lambda: services.tick(now=NOW, chunk=7)] * 2)) == 60
    done = together(*[lambda: services.tick(now=NOW + DAY, chunk=7)] * 2)
    assert (sum(one.moved for one in done), sum(one.failed for one in done)) == (60, 0)
    assert sorted(Message.objects.values_list("customer_id", flat=True)) == numbers
    (counts,) = queries.statistics(journey)
    assert (counts.entered, counts.inside, counts.outcomes) == (60, 0, {"end": 60})


def test_one_cause_told_by_two_at_once_lets_one_in(people, switched_on, at):
    numbers = people(10)
    journey = switched_on()

    def enter():
        entrants = [Entrant(number, f"e-{number}", NOW) for number in numbers]
        return services.enter(journey_id=journey, entrants=entrants, now=NOW)

    assert sorted(together(enter, enter)) == [0, 10]
    assert Traveller.objects.count() == 10


def test_a_goal_and_a_tick_at_once_end_in_one_of_two_ways(people, switched_on, at):
    """Either the order came first and nobody is written to, or the message was queued before it."""
    from keepwell.history.contracts import LiveFact
    from keepwell.outreach.journeys.services.reacting import react

    numbers = people(20)
    journey = switched_on(plan(goals=[ORDER]))
    tell(*(("interactions", cart_fact(f"e-{one}", one, NOW)) for one in numbers))
    services.tick(now=NOW)
    now = at(NOW + DAY)
    facts = [
        LiveFact("orders", f"o-{one}", one, order_fact(f"o-{one}", one, now), "shop", now) for one in numbers
    ]
    together(lambda: react(facts), lambda: services.tick(now=now, chunk=3))
    ends = dict(Traveller.objects.values_list("customer_id", "outcome"))
    written = set(Message.objects.values_list("customer_id", flat=True))
    assert set(ends.values()) <= {"goal", "end"}
    assert {who for who, outcome in ends.items() if outcome == "end"} == written
    (counts,) = queries.statistics(journey)
    assert sum(counts.outcomes.values()) == counts.entered == 20
