"""Journeys from fact to message: who comes in, who moves, and what ends it."""

from __future__ import annotations

import pytest

from keepwell.history import queries as history
from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.contracts import Entrant
from keepwell.outreach.journeys.models import Traveller
from keepwell.outreach.policy.queries import held_out
from tests.outreach.journeys.conftest import (
    CART,
    DAY,
    END,
    HOUR,
    MESSAGE,
    MINUTE,
    NOW,
    ORDER,
    cart_fact,
    messages,
    order_fact,
    plan,
    tell,
)

pytestmark = pytest.mark.django_db(transaction=True)


def inside():
    return Traveller.objects.filter(ended_at=None)


def test_a_cart_left_behind_is_written_of_after_24_hours(people, switched_on, at):
    (one,) = people()
    switched_on()
    tell(("interactions", cart_fact("e1", one, NOW - HOUR)))
    services.tick(now=NOW)
    assert inside().get().wake_at == NOW - HOUR + DAY  # counted from the cart, not from when it was told
    services.tick(now=NOW - HOUR + DAY - MINUTE)
    assert messages() == []
    services.tick(now=NOW - HOUR + DAY)
    assert messages() == [(one, "win_back_sms")]
    assert Traveller.objects.get().outcome == "end"
    services.tick(now=NOW + 2 * DAY)
    assert len(messages()) == 1


def test_who_buys_before_is_not_written_to(people, switched_on, at):
    (one,) = people()
    journey = switched_on()
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=at(NOW + MINUTE))
    at(NOW + HOUR)
    tell(("orders", order_fact("o1", one, NOW + HOUR)))
    assert Traveller.objects.get().outcome == "goal"  # at once, without a tick
    services.tick(now=NOW + 2 * DAY)
    assert messages() == []
    (counts,) = queries.statistics(journey)
    assert (counts.entered, counts.inside, counts.outcomes) == (1, 0, {"goal": 1})
    assert queries.journey(journey).reached == 1


def test_an_order_that_was_imported_is_a_goal_too(people, switched_on, at):
    from keepwell.history import services as history_services

    (one,) = people()
    switched_on()
    tell(("interactions", cart_fact("e1", one, NOW)))
    fact = ("orders", order_fact("o1", one, NOW + HOUR))
    history_services.record_many(facts=[fact], source="file", live=False)
    history_services.flush()
    assert inside().count() == 1
    services.tick(now=NOW + 2 * DAY)
    assert (Traveller.objects.get().outcome, messages()) == ("goal", [])


def test_a_replayed_event_lets_nobody_in_again(people, switched_on, at):
    from keepwell.history.contracts import LiveFact
    from keepwell.outreach.journeys.services.reacting import react

    (one,) = people()
    journey = switched_on()
    fact = LiveFact("interactions", "e1", one, cart_fact("e1", one, NOW), "shop", NOW)
    for _again in range(4):
        react([fact])
        services.tick(now=at(NOW + 2 * DAY))
    react([fact, fact])
    assert Traveller.objects.count() == 1
    assert messages() == [(one, "win_back_sms")]
    assert queries.statistics(journey)[0].entered == 1


def test_nobody_is_inside_twice_and_what_happened_meanwhile_does_not_count_later(people, switched_on, at):
    (one,) = people()
    journey = switched_on()

    def enter(key, when):
        return services.enter(journey_id=journey, entrants=[Entrant(one, key, when)], now=NOW + 3 * DAY)

    at(NOW + 3 * DAY)
    assert enter("a", NOW + 2 * DAY) == 1
    assert enter("b", NOW + 2 * DAY + HOUR) == 0
    services.tick(now=NOW + 3 * DAY)
    assert inside().count() == 0
    assert (enter("a", NOW + 2 * DAY), enter("b", NOW + 2 * DAY + HOUR)) == (0, 0)
    assert enter("c", NOW + 3 * DAY + MINUTE) == 1


@pytest.mark.parametrize(("entry", "came"), [({}, 1), ({"again": "after", "after_days": 2}, 3)])
def test_again_only_as_the_journey_says(people, switched_on, at, entry, came):
    (one,) = people()
    short = {"say": MESSAGE, "end": END}
    journey = switched_on(plan(short, first="say", entry=entry))
    for day in range(5):
        now = at(NOW + day * DAY)
        services.enter(journey_id=journey, entrants=[Entrant(one, f"day {day}", now)], now=now)
        services.tick(now=now)
    assert Traveller.objects.count() == came


def test_what_is_stale_starts_nothing(people, switched_on, at):
    (one,) = people()
    journey = switched_on()
    stale = Entrant(one, "old", NOW - 49 * HOUR)
    assert services.enter(journey_id=journey, entrants=[stale], now=NOW) == 0


def test_who_must_hold(people, switched_on, at):
    here, there = people(1)[0], people(1, start=5, country="DE")[0]
    condition = {"attribute": "country", "is": "in", "value": ["CN"]}
    journey = switched_on(plan(entry={"again": "always", "who": condition}))
    tell(*(("interactions", cart_fact(f"e-{one}", one, NOW)) for one in (here, there)))
    assert [row.customer_id for row in inside()] == [here]
    assert queries.journey(journey).inside == 1


WAITING = {
    "ask": {**MESSAGE, "next": "answer"},
    "answer": {"kind": "wait_for", "for": ORDER, "days": 3, "next": "thanks", "otherwise": "end"},
    "thanks": {**MESSAGE, "contents": {"sms": "points_thanks_sms"}, "purpose": "service"},
    "end": END,
}


def test_an_event_wakes_who_waits_for_it_within_the_next_tick(people, switched_on, at):
    one, other = people(2)
    switched_on(plan(WAITING, first="ask", goals=[]))
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (one, other)))
    services.tick(now=NOW)
    at(NOW + HOUR)
    tell(("orders", order_fact("o1", one, NOW + HOUR)))
    services.tick(now=NOW + HOUR)
    assert messages() == [(one, "points_thanks_sms"), (one, "win_back_sms"), (other, "win_back_sms")]
    services.tick(now=NOW + 3 * DAY)
    assert len(messages()) == 3
    assert set(Traveller.objects.values_list("outcome", flat=True)) == {"end"}


def test_an_event_that_nobody_told_is_found_when_the_wait_is_over(people, switched_on, at):
    from keepwell.history import services as history_services

    (one,) = people()
    switched_on(plan(WAITING, first="ask", goals=[]))
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=NOW)
    fact = ("orders", order_fact("o1", one, NOW + HOUR))
    history_services.record_many(facts=[fact], source="file", live=False)
    history_services.flush()
    services.tick(now=NOW + 3 * DAY)
    assert (one, "points_thanks_sms") in messages()


def test_a_branch_asks_the_customer_and_the_history(people, switched_on, at):
    one, other, third = people(3)
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow

    customers.upsert_many(rows=[CustomerRow(other, city="Hangzhou")], source="crm", at=NOW, actor="ada")
    steps = {
        "where": {
            "kind": "branch",
            "cases": [
                {"if": {"attribute": "city", "is": "in", "value": ["Hangzhou"]}, "next": "end"},
                {
                    "happened": {**CART, "where": [{"column": "type", "is": "in", "value": ["visit"]}]},
                    "next": "away",
                },
            ],
            "otherwise": "say",
        },
        "say": MESSAGE,
        "end": END,
        "away": {"kind": "end", "outcome": "visited"},
    }
    switched_on(plan({"nap": {"kind": "wait", "hours": 1, "next": "where"}, **steps}, first="nap"))
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (one, other, third)))
    services.tick(now=NOW)
    tell(("interactions", cart_fact("v", third, NOW + MINUTE, "visit")))
    services.tick(now=NOW + HOUR)
    assert messages() == [(one, "win_back_sms")]
    assert dict(Traveller.objects.values_list("customer_id", "outcome")) == {
        one: "end",
        other: "end",
        third: "visited",
    }


def test_a_branch_by_what_became_of_a_message(people, switched_on, at):
    from keepwell.outreach.sending.models import Message

    one, other = people(2)
    steps = {
        "say": {**MESSAGE, "next": "pause"},
        "pause": {"kind": "wait", "days": 2, "next": "opened"},
        "opened": {
            "kind": "branch",
            "cases": [{"message": "say", "became": ["clicked"], "next": "again"}],
            "otherwise": "end",
        },
        "again": {**MESSAGE, "contents": {"sms": "member_day_sms"}},
        "end": END,
    }
    switched_on(plan(steps, first="say"))
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (one, other)))
    services.tick(now=NOW)
    for who, by_machine in ((one, False), (other, True)):
        row = Message.objects.get(customer_id=who)
        row.receipts.create(kind="clicked", key="k", at=NOW, received_at=NOW, by_machine=by_machine)
    services.tick(now=NOW + 2 * DAY)
    assert (one, "member_day_sms") in messages()
    assert (other, "member_day_sms") not in messages()


def test_the_best_channel_is_liked_and_allowed(people, switched_on, at):
    from keepwell.customers import services as customers

    by_sms, by_mail, none = (
        people(1)[0],
        people(1, start=1, agreed=("sms", "email"))[0],
        people(1, start=2, agreed=())[0],
    )
    for number in (by_sms, by_mail, none):
        customers.set_field(
            customer_id=number, name="preferred_channel", value="email", actor="ada", source="typed", at=NOW
        )
    best = {**MESSAGE, "channel": "best", "contents": {"sms": "win_back_sms", "email": "win_back_email"}}
    journey = switched_on(plan({"say": best, "end": END}, first="say"))
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (by_sms, by_mail, none)))
    services.tick(now=NOW)
    (counts,) = queries.statistics(journey)
    assert counts.steps[0].counts["withheld"] == 1
    assert messages() == [(by_sms, "win_back_sms"), (by_mail, "win_back_email")]


def test_lots_are_the_same_for_the_same_customer_and_their_probability_is_kept(people, switched_on, at):
    numbers = people(40)
    arms = [
        {"code": "a", "share": 0.25, "next": "say"},
        {"code": "b", "share": 0.75, "next": "end"},
    ]
    steps = {"lot": {"kind": "split", "arms": arms}, "say": MESSAGE, "end": END}
    journey = switched_on(plan(steps, first="lot"))
    for turn in range(2):
        now = at(NOW + turn * DAY)
        entrants = [Entrant(number, f"{number}/{turn}", now) for number in numbers]
        services.enter(journey_id=journey, entrants=entrants, now=now)
        services.tick(now=now)
    drawn = {}
    for row in Traveller.objects.all():
        drawn.setdefault(row.customer_id, []).append(row.memo["arms"]["lot"])
    assert all(first == second for first, second in drawn.values())
    assert {tuple(first) for first, _second in drawn.values()} == {("a", 0.25), ("b", 0.75)}
    (counts,) = queries.statistics(journey)
    by_arm = counts.steps[0].counts
    assert by_arm["arm:a"] + by_arm["arm:b"] == 80
    assert counts.messages == {"waiting": by_arm["arm:a"]}


def test_a_task_goes_to_the_owner_in_words_of_theirs(people, switched_on, at):
    from keepwell.accounts.contracts import Role
    from keepwell.accounts.models import User
    from keepwell.customers import services as customers

    owned, free = people(2)
    lin = User.objects.create_user(
        "lin", password="correct horse", roles=[Role.ACCOUNT_MANAGER], language="zh-hans"
    )
    customers.assign_owner(customer_ids=[owned], owner_id=lin.pk, actor="ada", at=NOW)
    task = {
        "kind": "task",
        "task": "call",
        "due_days": 2,
        "next": "end",
        "words": {"en": "Call", "zh-hans": "致电"},
    }
    switched_on(plan({"call": task, "end": END}, first="call"))
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (owned, free)))
    services.tick(now=NOW)
    from keepwell.outreach.models import Task

    rows = {row.customer_id: row for row in Task.objects.all()}
    assert (rows[owned].assignee_id, rows[owned].title) == (lin.pk, "致电")
    assert (rows[free].assignee_id, rows[free].title) == (None, "Call")
    assert rows[owned].due_at == NOW + 2 * DAY


@pytest.mark.parametrize("response", ["", "solve_problem"])
def test_who_is_kept_aside_gets_no_task_of_marketing_but_what_is_owed(people, switched_on, at, response):
    from keepwell.outreach.models import Task
    from keepwell.outreach.policy.services import set_holdout

    numbers = people(40)
    set_holdout(share=0.5, reason="test", actor="ada", now=NOW - DAY)
    aside = held_out(numbers)
    assert 5 < len(aside) < 35
    task = {
        "kind": "task", "task": "other", "due_days": 2, "next": "end", "response": response,
        "words": {"en": "Choose a gift"},
    }  # fmt: skip
    journey = switched_on(plan({"gift": task, "end": END}, first="gift"))
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in numbers))
    services.tick(now=NOW)
    owed = set(numbers) if response else set(numbers) - aside
    assert set(Task.objects.values_list("customer_id", flat=True)) == owed
    (counts,) = queries.statistics(journey)
    assert counts.steps[0].counts.get("kept_aside", 0) == len(set(numbers) - owed)


def test_a_group_reads_one_line_about_all_who_come_together(people, switched_on, at):
    from keepwell.outreach.groups import services as groups
    from keepwell.outreach.groups.models import GroupNotice

    def group(name, active=True, address="slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", **more):
        said = {"language": "zh-hans", "kinds": ["cycle_done"], "actor": "ada", "now": NOW}
        groups.set_group(name=name, address=address, active=active, **said, **more)

    group("Shop")
    group("Others")
    words = {"en": "Left 100 % of the cart", "zh-hans": "购物车未结"}
    notice = {"kind": "notice", "group": "Shop", "words": words, "next": "day"}
    steps = {"tell": notice, "day": {"kind": "wait", "days": 1, "next": "again"}, "end": END}
    steps["again"] = {**notice, "next": "end"}
    journey = switched_on(plan(steps, first="tell"))
    seven = people(7)
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in seven))
    for _again in range(2):
        services.tick(now=at(NOW))
    (line,) = GroupNotice.objects.select_related("group")
    assert (line.group.name, line.data["words"], line.data["count"]) == ("Shop", words, 7)
    assert len(line.data["customers"]) == 5
    assert set(line.data["customers"]) < set(seven)
    (counts,) = queries.statistics(journey)
    assert {one.step: one.counts.get("done", 0) for one in counts.steps}["tell"] == 7
    group("Shop", active=False, address="", group_id=line.group_id)
    services.tick(now=at(NOW + DAY))
    assert GroupNotice.objects.count() == 1
    (counts,) = queries.statistics(journey)
    assert {one.step: one.counts.get("failed", 0) for one in counts.steps}["again"] == 7
    assert Traveller.objects.filter(outcome="end").count() == 7


def test_facts_of_the_history_set_nobody_going(people, switched_on, at):
    from keepwell.history import services as history_services

    (one,) = people()
    switched_on()
    history_services.record_many(
        facts=[("interactions", cart_fact("e1", one, NOW))], source="file", live=False
    )
    history_services.flush()
    assert Traveller.objects.count() == 0
    assert [fact.key for fact in history.timeline(one, tables=["interactions"])].count("e1") == 1


def test_who_comes_back_to_a_time_of_day_within_its_minute_waits_for_the_next(people, switched_on):
    number = people(1)[0]
    steps = {
        "say": {**MESSAGE, "next": "ten"},
        "ten": {"kind": "wait_until", "at": "10:00", "next": "enough"},
        "enough": {
            "kind": "branch",
            "cases": [{"happened": CART, "next": "end"}],
            "otherwise": "say",
        },
    }
    journey = switched_on(plan({**steps, "end": END}, first="say"))
    ten = NOW.replace(hour=2, minute=0)  # ten in Shanghai
    start = ten if ten >= NOW else ten + DAY
    services.enter(journey_id=journey, entrants=[Entrant(number, "one", start)], now=start)
    for day in range(3):
        services.tick(now=start + day * DAY)
        (counts,) = queries.statistics(journey)
        came = {one.step: one.counts.get("entered", 0) for one in counts.steps}
        # On the first day the time is now: it goes round once, and then it is tomorrow's ten.
        assert came["say"] == day + 2
