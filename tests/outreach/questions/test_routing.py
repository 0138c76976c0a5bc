"""Feedback goes to its department: once, by the first rule that speaks of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Q

from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.outreach.groups.models import GroupNotice
from keepwell.outreach.groups.services import set_group
from keepwell.outreach.models import Notification
from keepwell.outreach.questions import services
from keepwell.outreach.questions.contracts import QuestionError, RouteRule, Routing, RoutingError, State
from keepwell.outreach.questions.models import Feedback, FeedbackStep, Question
from keepwell.outreach.questions.queries import feedback, figures, routing
from tests.outreach.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = {"actor": "sam"}


def only():
    return feedback.get(Feedback.objects.get().pk).line


def test_what_a_customer_writes_is_passed_on_once(route, hear, store):
    route()
    hear("Where is my delivery?")
    hear("Where is my delivery?")  # the provider tells it again
    assert services.work(now=NOW)["passed"] == 1
    assert services.work(now=NOW)["passed"] == 0
    found = only()
    assert (found.state, found.team_id, found.rule, found.importance) == (
        State.PASSED, store.pk, "Deliveries", "high",
    )  # fmt: skip
    assert found.due_at == NOW + 24 * HOUR
    assert feedback.get(found.feedback_id).text == "Where is my delivery?"
    assert [one.action for one in feedback.get(found.feedback_id).steps] == ["pass"]


def test_the_fallback_takes_the_rest_and_without_one_it_is_nobodys(route, hear, people):
    route()
    hear("Thank you!", key="1")
    services.work(now=NOW)
    assert (only().team_id, only().rule) == (people.team.pk, "")
    route(fallback=False, now=NOW + HOUR)
    hear("Thanks again!", key="2")
    assert services.work(now=NOW)["passed"] == 0
    assert services.work(now=NOW)["passed"] == 0
    assert [row.state for row in Feedback.objects.order_by("pk")] == ["passed", "nobody"]
    assert feedback.counts(within=Q())[State.NOBODY] == 1


def test_nothing_is_kept_or_passed_while_no_rules_are_on(route, hear):
    hear("Where is my delivery?")
    assert not Feedback.objects.exists()
    route()
    services.switch_off(actor="ada", now=NOW)
    hear("And where is it now?", key="2")
    assert not Feedback.objects.exists()
    assert services.work(now=NOW) == {"passed": 0, "escalated": 0}


def test_rules_are_tried_on_the_last_days_before_they_are_switched_on(hear, people, store):
    for number, text in enumerate(("delivery", "DELIVERY late", "thanks")):
        hear(text, key=str(number))
    hear("an old delivery", key="old", now=NOW - 100 * DAY)
    rules = (RouteRule("Deliveries", store.pk, words=("deliver",)),)
    one = services.save_routing(routing=Routing(rules=rules), actor="ada", now=NOW + HOUR)
    with pytest.raises(QuestionError, match="Try the rules first"):
        services.switch_on(version=one.version, actor="ada", now=NOW + HOUR)
    trial = services.try_routing(version=one.version, actor="ada", now=NOW + HOUR)
    assert (trial.came, trial.passed, trial.by_rule, trial.by_team) == (3, 2, (2, 1), {store.pk: 2})
    assert not Feedback.objects.exists()  # a trial passes nothing on
    assert routing.newest().tried == trial
    other = Routing(rules=rules, fallback_team_id=people.team.pk)
    two = services.save_routing(routing=other, actor="ada", now=NOW + HOUR)
    with pytest.raises(QuestionError, match="changed the rules since"):
        services.switch_on(version=one.version, actor="ada", now=NOW + HOUR)
    assert services.try_routing(version=two.version, actor="ada", now=NOW + HOUR).passed == 3
    services.switch_on(version=two.version, actor="ada", now=NOW + HOUR)
    assert routing.active().version == two.version
    assert not Feedback.objects.exists()  # the past stays the past
    assert services.save_routing(routing=other, actor="ada", now=NOW + DAY).version == two.version


def test_rules_that_cannot_be_are_refused_by_field(people, store):
    wrong = (
        RouteRule("", store.pk, words=("a",)),
        RouteRule("All", store.pk),
        RouteRule("Nowhere", 999_999, channel="sms", owner_id=999_999),
    )
    with pytest.raises(RoutingError) as refused:
        services.save_routing(routing=Routing(rules=wrong, hours={"urgent": 0}), actor="ada", now=NOW)
    assert {"rule.0.name", "rule.1.words", "rule.2.team", "rule.2.owner", "hours.urgent"} <= set(
        refused.value.problems
    )
    assert routing.newest().version == 0


def test_tickets_go_by_their_category_and_imported_ones_are_the_past(route, ann, store):
    route(RouteRule("Returns", store.pk, topic="Return", follow_up=True, importance="urgent"), fallback=False)
    ticket = {"customer_id": ann, "event": "opened", "channel": "email", "category": "return"}
    history.record(table="tickets", fact={**ticket, "ticket_id": "T1", "at": NOW}, source="desk")
    history.record(table="tickets", fact={**ticket, "ticket_id": "T2", "at": NOW}, source="desk", live=False)
    history.record(
        table="tickets",
        fact={**ticket, "ticket_id": "T1", "at": NOW + HOUR, "event": "responded"},
        source="desk",
    )
    history.flush()
    history.flush()
    assert services.work(now=NOW)["passed"] == 1
    found = only()
    assert (found.origin, found.topic, found.team_id) == ("ticket", "return", store.pk)
    asked = Question.objects.get(pk=found.question_id)
    assert (asked.importance, asked.team_id, asked.key, asked.text) == (
        "urgent",
        store.pk,
        "ticket-T1",
        "return",
    )
    assert services.follow_up(feedback_id=found.feedback_id, now=NOW, **WHO) == asked.pk


def test_what_somebody_bought_last_and_their_tags_count(route, hear, ann, store, people):
    from keepwell.customers.services import add_tag, save_tag

    tag = save_tag(name="VIP", actor="ada")
    add_tag(customer_ids=[ann], tag_id=tag, actor="ada", at=NOW)
    for number, category, days in (("1", "Cups", 9), ("2", "Teapots", 2)):
        fact = {
            "order_id": number, "line": 1, "customer_id": ann, "ordered_at": NOW - days * DAY,
            "product_id": "P", "category": category, "quantity": 1.0, "unit_price": Decimal(9),
        }  # fmt: skip
        history.record(table="order_items", fact=fact, source="shop")
    history.flush()
    rules = (
        RouteRule("Cups", people.team.pk, category="cups"),
        RouteRule("Teapots of VIPs", store.pk, category="teapots", tag_id=tag),
    )
    route(*rules)
    hear("It leaks.")
    services.work(now=NOW)
    assert (only().rule, only().team_id) == ("Teapots of VIPs", store.pk)


def test_a_department_accepts_hands_on_with_a_reason_and_answers(route, hear, people, store):
    route()
    hear("Where is my delivery?")
    services.work(now=NOW)
    number = only().feedback_id
    services.accept(feedback_id=number, user_id=people.sam.pk, now=NOW + HOUR, **WHO)
    assert (only().state, only().owner_id) == (State.ACCEPTED, people.sam.pk)
    who = {"feedback_id": number, "now": NOW + 2 * HOUR, **WHO}
    with pytest.raises(QuestionError):
        services.hand_on(team_id=people.team.pk, reason=" ", **who)
    with pytest.raises(QuestionError):
        services.hand_on(team_id=store.pk, owner_id=people.sam.pk, reason="Hm.", **who)
    services.hand_on(team_id=people.team.pk, reason="A parcel of yours.", **who)
    assert (only().team_id, only().owner_id, only().state) == (people.team.pk, None, State.PASSED)
    assert only().due_at == NOW + 26 * HOUR
    with pytest.raises(QuestionError):
        services.answer_feedback(
            feedback_id=number, said="On Friday.", channel="", now=NOW + 3 * HOUR, actor="lin"
        )
    services.answer_feedback(
        feedback_id=number, said="On Friday.", channel="sms", now=NOW + 4 * HOUR, actor="lin"
    )
    with pytest.raises(QuestionError):
        services.no_action(feedback_id=number, reason="Done.", now=NOW + 5 * HOUR, actor="lin")
    found = figures.figures(since=NOW - DAY, until=NOW + DAY, now=NOW + DAY)
    by = {one.team_id: one for one in found.departments}
    assert (by[store.pk].got, by[store.pk].handed_on, by[store.pk].answered) == (1, 1, 0)
    assert (by[people.team.pk].got, by[people.team.pk].answered, by[people.team.pk].median_hours) == (
        1,
        1,
        2.0,
    )
    assert by[people.team.pk].share_in_time == 1.0


@pytest.mark.parametrize(("step", "state"), [("answer", State.ANSWERED), ("close", State.NO_ACTION)])
def test_feedback_that_is_followed_as_a_question_ends_with_it(route, hear, store, step, state):
    route(RouteRule("Deliveries", store.pk, words=("deliver",), follow_up=True))
    hear("Where is my delivery?")
    services.work(now=NOW)
    number = Question.objects.get().pk
    if step == "answer":
        services.answer(question_id=number, said="Tomorrow.", channel="sms", now=NOW + HOUR, **WHO)
        services.answer(question_id=number, said="On Friday.", channel="sms", now=NOW + 2 * HOUR, **WHO)
    else:
        services.close(question_id=number, reason="duplicate", now=NOW + HOUR, **WHO)
    found = only()
    assert (found.state, found.answered_at) == (state, NOW + HOUR)
    (one,) = figures.figures(since=NOW, until=NOW + DAY, now=NOW + 9 * DAY).departments
    assert (one.got, one.waiting, one.overdue) == (1, 0, 0)


def test_groups_are_told_where_the_rule_says_so_without_words_of_the_customer(route, hear, store):
    set_group(
        name="Stores", address="https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx",
        language="en", kinds=["question"], active=True, actor="ada", now=NOW,
    )  # fmt: skip
    route(
        RouteRule("Deliveries", store.pk, words=("deliver",), tell=True),
        RouteRule("Thanks", store.pk, words=("thank",)),
    )
    hear("Where is my delivery?", key="1")
    hear("Thank you", key="2")
    services.work(now=NOW)
    services.work(now=NOW)
    (notice,) = GroupNotice.objects.all()
    from keepwell.outreach.groups import words

    assert words.written(notice.kind, notice.data) == "Feedback of customer C-1 is for the department Stores."


def test_the_colleague_whom_a_rule_names_is_told(route, hear, store, people):
    route(RouteRule("Deliveries", store.pk, owner_id=people.sam.pk, words=("deliver",)))
    hear("delivery?")
    services.work(now=NOW)
    assert Notification.objects.get(user=people.sam).data["what"] == "passed"


def test_a_pass_that_was_cut_off_is_done_once(route, hear, store, monkeypatch):
    from keepwell.outreach.questions.services import working

    route(RouteRule("Deliveries", store.pk, words=("deliver",), follow_up=True))
    hear("delivery?")

    def dies(*_args, **_given):
        raise RuntimeError("killed")

    with monkeypatch.context() as cut:
        cut.setattr(working, "tell_passed", dies)
        with pytest.raises(RuntimeError):
            services.work(now=NOW)
    assert (only().state, Question.objects.count(), FeedbackStep.objects.count()) == (State.WAITING, 0, 0)
    assert services.work(now=NOW)["passed"] == 1
    assert (Question.objects.count(), FeedbackStep.objects.filter(action="pass").count()) == (1, 1)


def test_a_department_that_is_gone_gets_nothing(route, hear, store):
    route(fallback=False)
    hear("delivery?")
    store.delete()
    services.work(now=NOW)
    assert only().state is State.NOBODY


def test_strangers_and_the_clock_do_no_harm(route, ann, monkeypatch):
    from keepwell.outreach.questions.contracts import Inbound

    route()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    one = Inbound("heard-x", "message", "nobody", NOW, "sms", "", "delivery")
    assert services.receive(inbound=[one], now=NOW) == 0
    assert not Feedback.objects.exists()
