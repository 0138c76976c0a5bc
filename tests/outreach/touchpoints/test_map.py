"""The map on real facts: figures, changes, remedies that start before the complaint."""

from __future__ import annotations

import pytest

from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.foundation.audit import queries as audit
from keepwell.outreach.touchpoints import following, queries, seeding, services
from keepwell.outreach.touchpoints.contracts import Looked, MapError, Outcome
from tests.outreach.journeys.conftest import (  # noqa: F401
    DAY,
    HOUR,
    NOW,
    at,
    brand,
    messages,
    people,
    switched_on,
    tell,
)
from tests.outreach.journeys.conftest import cart_fact as cart_values
from tests.outreach.journeys.conftest import order_fact as order_values

pytestmark = pytest.mark.django_db

WHO = {"actor": "ada", "now": NOW}


def cart_fact(number, customer_id, when, kind="cart", **more):
    return "interactions", {**cart_values(number, customer_id, when, kind), **more}


def order_fact(number, customer_id, when):
    return "orders", order_values(number, customer_id, when)


def ticket(number, customer_id, when, event="opened", category="damaged"):
    return "tickets", {
        "ticket_id": number, "customer_id": customer_id, "at": when, "event": event, "category": category,
        "channel": "email",
    }  # fmt: skip


def answer(number, customer_id, when, score=9, metric="nps"):
    return "answers", {
        "answer_id": number,
        "customer_id": customer_id,
        "at": when,
        "metric": metric,
        "score": score,
    }


@pytest.fixture
def the_map(home, db):
    seeding.seed()

    def find(code):
        stages = queries.the_map().stages
        points = [one for stage in stages for one in stage.touchpoints]
        for one in (*points, *(each for point in points for each in point.frictions)):
            if one.code == code:
                return one
        raise KeyError(code)

    return find


def tasks():
    from keepwell.outreach.models import Task

    return [(row.customer_id, row.title) for row in Task.objects.order_by("customer_id")]


def test_the_usual_map_is_there_once_and_nothing_is_on(the_map):
    seeding.seed()
    found = queries.the_map()
    assert [one.code for one in found.stages] == [
        "awareness", "consideration", "decision", "purchase", "use", "service", "renewal",
    ]  # fmt: skip
    frictions = [each for stage in found.stages for one in stage.touchpoints for each in one.frictions]
    assert len(frictions) == 8
    assert not any(one.is_on for one in frictions)
    assert found.until is None


def test_figures_count_meetings_people_and_what_came_after(the_map, people):  # noqa: F811
    ann, bo, cy = people(3)
    tell(
        cart_fact("c1", ann, NOW - 80 * DAY),
        cart_fact("c2", ann, NOW - 79 * DAY),
        cart_fact("c3", bo, NOW - 50 * DAY),
        cart_fact("c4", cy, NOW - 10 * DAY),
        order_fact("o1", ann, NOW - 60 * DAY),
        order_fact("o2", bo, NOW - 10 * DAY),  # too late to have gone on within 30 days
        order_fact("o3", cy, NOW - 9 * DAY),
        ticket("t1", ann, NOW - 70 * DAY),
        ticket("t2", bo, NOW - 49 * DAY, category="question"),
        ticket("t3", bo, NOW - 20 * DAY),  # more than two weeks after
        answer("a1", cy, NOW - 5 * DAY, score=5),
    )
    services.measure(days=90, now=NOW)
    cart = the_map("cart").figures
    assert (cart.contacts, cart.customers, cart.tickets, cart.complaints) == (4, 3, 2, 1)
    assert (cart.score, cart.answers) == (0.5, 1)
    stages = {one.code: one.figures for one in queries.the_map().stages}
    # Cy came too late to be told; of the other two Ann went on to buy.
    decision = stages["decision"]
    assert (decision.customers, decision.early, decision.went_on, decision.drop_off) == (3, 2, 1, 0.5)


def test_what_comes_before_orders_is_told_with_its_counts(the_map, people):  # noqa: F811
    many = people(40)
    facts = [cart_fact(f"c{one}", one, NOW - 60 * DAY) for one in many[:20]]
    facts += [cart_fact(f"s{one}", one, NOW - 60 * DAY, "search") for one in many[20:]]
    facts += [order_fact(f"o{one}", one, NOW - 50 * DAY) for one in [*many[:10], *many[20:22]]]
    facts.append(order_fact("late", many[30], NOW - 20 * DAY))  # more than 30 days after
    tell(*facts)
    services.measure(days=90, now=NOW)
    cart, search = the_map("cart").figures, the_map("search").figures
    # Of all 40 seen, 12 ordered within 30 days of being seen first: 30 %.
    assert (cart.early, cart.bought, round(cart.lift, 3)) == (20, 10, round(0.5 / 0.3, 3))
    assert (search.early, search.bought, round(search.lift, 3)) == (20, 2, round(0.1 / 0.3, 3))


def test_a_map_may_have_many_touchpoints(the_map, people):  # noqa: F811
    from keepwell.outreach.touchpoints import measuring

    (ann,) = people(1)
    tell(cart_fact("c1", ann, NOW - 60 * DAY))
    fact = measuring.read(the_map("cart").fact)
    points = [(number, 0, fact) for number in (1, 200, 70_000)]
    figures, _stages = measuring.touchpoints(points, since=NOW - 90 * DAY, until=NOW)
    assert {number: one.contacts for number, one in figures.items()} == {1: 1, 200: 1, 70_000: 1}


def test_somebody_with_two_numbers_is_one_customer(the_map, people):  # noqa: F811
    from keepwell.customers.identity import services as identity

    ann, bo = people(2)
    tell(cart_fact("c1", ann, NOW - 80 * DAY), cart_fact("c2", bo, NOW - 79 * DAY))
    identity.merge(kept_id=ann, merged_id=bo, actor="ada", reason="same person")
    services.measure(days=90, now=NOW)
    cart = the_map("cart").figures
    assert (cart.contacts, cart.customers) == (2, 1)


def test_answers_count_under_whatever_number_they_were_given(the_map, people):  # noqa: F811
    from keepwell.customers.identity import services as identity

    ann, bo, cy = people(3)
    tell(
        cart_fact("c1", ann, NOW - 80 * DAY),
        answer("a1", bo, NOW - 79 * DAY, score=2),  # hers, under her other number
        cart_fact("c2", cy, NOW - 60 * DAY),
        answer("a2", cy, NOW - 59 * DAY, score=10),
    )
    identity.merge(kept_id=ann, merged_id=bo, actor="ada", reason="same person")
    services.measure(days=90, now=NOW)
    cart = the_map("cart").figures
    assert (cart.score, cart.answers) == (0.6, 2)


def test_a_friction_has_its_evidence(the_map, people):  # noqa: F811
    ann, bo, cy = people(3)
    tell(
        cart_fact("c1", ann, NOW - 20 * DAY),
        cart_fact("c2", bo, NOW - 20 * DAY),
        order_fact("o2", bo, NOW - 20 * DAY + 2 * HOUR),
        cart_fact("c3", cy, NOW - 20 * DAY),
        ticket("t1", cy, NOW - 18 * DAY),
    )
    services.measure(days=90, now=NOW)
    found = the_map("cart_left").evidence
    assert (found.met, found.customers, found.complained, found.hours_to_complaint) == (2, 2, 1, 48.0)
    dry = queries.dry_count(the_map("cart_left").friction_id, now=NOW)
    assert (dry.customers, dry.would_start, dry.complained, dry.beforehand) == (2, 2, 1, 1)


def test_the_dry_count_is_what_the_remedy_then_does(the_map, people, brand, at):  # noqa: F811
    ann, bo, cy, dee = people(4)
    one = the_map("payment_failed")
    services.switch_on(friction_id=one.friction_id, actor="ada", now=NOW - 20 * HOUR)
    tell(
        cart_fact("p0", ann, NOW - 22 * HOUR, "payment_failed"),  # before it was on
        cart_fact("p1", ann, NOW - 10 * HOUR, "payment_failed"),
        cart_fact("p2", ann, NOW - 8 * HOUR, "payment_failed"),  # the same customer, too soon
        cart_fact("p3", bo, NOW - 10 * HOUR, "payment_failed"),
        order_fact("o3", bo, NOW - 9.5 * HOUR),  # paid within the hour
        cart_fact("p4", cy, NOW - 10 * HOUR, "payment_failed"),
        ticket("t4", cy, NOW - 9.5 * HOUR),  # complained first
        cart_fact("p5", dee, NOW - 0.5 * HOUR, "payment_failed"),  # may still pay
    )
    assert services.look(friction_id=one.friction_id, now=NOW) == Looked(started=1, passed=2)
    assert tasks() == [(ann, one.task_words)]
    assert services.look(friction_id=one.friction_id, now=NOW) == Looked()
    assert services.look(friction_id=one.friction_id, now=NOW + HOUR) == Looked(started=1)
    outcomes = queries.friction(one.friction_id).outcomes
    assert outcomes == {Outcome.STARTED: 2, Outcome.LATELY: 1, Outcome.COMPLAINED: 1}
    dry = queries.dry_count(one.friction_id, now=NOW, days=1)
    assert (dry.would_start, dry.complained_first) == (1, 1)


def test_a_remedy_may_be_a_message(the_map, people, brand):  # noqa: F811
    from keepwell.outreach.content import queries as texts

    ann, bo = people(2)
    one = the_map("cart_left")
    if texts.published("cart_waiting_sms") is None:
        with pytest.raises(MapError, match="remedy_code"):
            services.switch_on(friction_id=one.friction_id, actor="ada", now=NOW - 2 * DAY)
        services.save_friction(
            friction_id=one.friction_id, values={"remedy": "message", "remedy_code": "win_back_sms"}, **WHO
        )
    services.switch_on(friction_id=one.friction_id, actor="ada", now=NOW - 2 * DAY)
    tell(cart_fact("c1", ann, NOW - 30 * HOUR), cart_fact("c2", bo, NOW - 2 * HOUR))
    assert services.work(NOW) == Looked(started=1)
    assert [number for number, _content in messages()] == [ann]
    services.switch_off(friction_id=one.friction_id, **WHO)
    assert services.work(NOW + DAY) == Looked()


def test_a_friction_that_cannot_be_looked_for_holds_up_no_other(the_map, monkeypatch):
    from keepwell.outreach.touchpoints.models import Friction
    from keepwell.outreach.touchpoints.services import remedies

    ready = Friction.objects.filter(remedy="task").exclude(fact={}).order_by("pk")[:2]
    one, other = (row.pk for row in ready)
    for each in (one, other):
        services.switch_on(friction_id=each, actor="ada", now=NOW - 2 * DAY)
    look = remedies.look
    seen = []

    def broken(*, friction_id, now):
        if friction_id == one:
            raise RuntimeError("broken")
        seen.append(friction_id)
        return look(friction_id=friction_id, now=now)

    monkeypatch.setattr(remedies, "look", broken)
    services.work(NOW)
    assert seen == [other]
    assert queries.friction(one).error == "not_looked"
    monkeypatch.undo()
    services.work(NOW)
    assert queries.friction(one).error == ""


def test_a_remedy_may_be_a_journey_that_is_on(the_map, people, switched_on, at):  # noqa: F811
    from keepwell.outreach.journeys import queries as journeys

    (ann,) = people(1)
    journey = switched_on(code="help")
    one = the_map("poor_review")
    services.save_friction(
        friction_id=one.friction_id, values={"remedy": "journey", "remedy_code": "help"}, **WHO
    )
    services.switch_on(friction_id=one.friction_id, actor="ada", now=NOW - DAY)
    tell(cart_fact("r1", ann, NOW - HOUR, "review", value=1.0))
    tell(cart_fact("r2", ann, NOW - HOUR, "review", value=5.0))
    assert services.work(NOW) == Looked(started=1)
    assert [row.journey_id for row in journeys.travellers(ann)] == [journey]


def test_a_journey_that_is_not_on_is_no_remedy_to_switch_on(the_map, people, switched_on):  # noqa: F811
    from keepwell.outreach.journeys import services as journeys

    people(1)
    journeys.close(journey_id=switched_on(code="help"), actor="ada", now=NOW)
    one = the_map("poor_review")
    values = {"remedy": "journey", "remedy_code": "help"}
    services.save_friction(friction_id=one.friction_id, values=values, **WHO)
    with pytest.raises(MapError, match="remedy_code"):
        services.switch_on(friction_id=one.friction_id, **WHO)
    assert not queries.friction(one.friction_id).is_on


def test_what_a_remedy_does_is_not_changed_while_it_is_on(the_map):
    one = the_map("reopened")
    services.switch_on(friction_id=one.friction_id, **WHO)
    with pytest.raises(MapError, match="remedy"):
        services.save_friction(friction_id=one.friction_id, values={"task_words": "Wait"}, **WHO)
    services.save_friction(friction_id=one.friction_id, values={"severity": 1}, **WHO)
    with pytest.raises(MapError):
        services.remove_friction(friction_id=one.friction_id, **WHO)
    with pytest.raises(MapError):
        services.remove_touchpoint(touchpoint_id=one.touchpoint_id, **WHO)


def test_changes_are_checked_and_kept_with_what_was_before(the_map):
    one = the_map("cart")
    for values, field in (
        ({"name": ""}, None),  # empty again is what Keepwell calls it
        ({"channel": "smoke"}, "channel"),
        ({"group": "kings"}, "group"),
        ({"feeling": 9}, "feeling"),
        ({"stage_id": 0}, "stage_id"),
        ({"fact": {"fact": "dreams"}}, "fact"),
    ):
        if field is None:
            services.save_touchpoint(touchpoint_id=one.touchpoint_id, values=values, **WHO)
            continue
        with pytest.raises(MapError) as refused:
            services.save_touchpoint(touchpoint_id=one.touchpoint_id, values=values, **WHO)
        assert list(refused.value.wrong) == [field]
    services.save_touchpoint(touchpoint_id=one.touchpoint_id, values={"name": "Basket"}, **WHO)
    newest = queries.history()[0]
    assert (newest.action, newest.details) == ("journey_map.touchpoint.change", {"name": ["", "Basket"]})
    assert audit.count() == 1


def test_what_is_taken_away_can_be_brought_back(the_map):
    one = the_map("search")
    services.remove_touchpoint(touchpoint_id=one.touchpoint_id, **WHO)
    with pytest.raises(KeyError):
        the_map("search")
    services.restore(kind="touchpoint", number=one.touchpoint_id, **WHO)
    assert the_map("search") == one
    with pytest.raises(MapError):
        services.restore(kind="touchpoint", number=one.touchpoint_id, **WHO)


def test_sightings_follow_a_merge_and_are_forgotten_with_the_person(the_map, people):  # noqa: F811
    from keepwell.outreach.touchpoints.models import Sighting

    ann, bo = people(2)
    one = the_map("reopened")
    services.switch_on(friction_id=one.friction_id, actor="ada", now=NOW - DAY)
    tell(ticket("t1", ann, NOW - HOUR, "reopened"), ticket("t2", bo, NOW - HOUR, "reopened"))
    services.work(NOW)
    memo = following.merge(ann, bo, NOW)
    # They met it at the same moment: one meeting of one person.
    assert memo == {"sightings": []}
    following.split(ann, bo, memo, NOW)
    assert sorted(Sighting.objects.values_list("customer_id", flat=True)) == [ann, bo]
    following.forget(Subject(Right.ERASE, (ann,), "p_1", {}, None))
    assert list(Sighting.objects.values_list("customer_id", flat=True)) == [bo]


def test_a_task_waits_for_somebody_where_the_frictions_owner_may_not_see_the_customer(the_map, people):  # noqa: F811
    from keepwell.accounts.contracts import Role
    from keepwell.accounts.models import User

    (ann,) = people(1)
    lin = User.objects.create_user("lin", password="correct horse", roles=[Role.ACCOUNT_MANAGER])
    one = the_map("payment_failed")
    services.save_friction(friction_id=one.friction_id, values={"owner_id": lin.pk}, **WHO)
    services.switch_on(friction_id=one.friction_id, actor="ada", now=NOW - 20 * HOUR)
    tell(cart_fact("p1", ann, NOW - 10 * HOUR, "payment_failed"))
    assert services.look(friction_id=one.friction_id, now=NOW) == Looked(started=1)
    assert tasks() == [(ann, one.task_words)]
