"""Who waits for an answer is followed by the standard of the channel; one message is one piece of work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keepwell.accounts.contracts import Role
from keepwell.outreach.firstreply import rulebook
from keepwell.outreach.firstreply import services as firstreply
from keepwell.outreach.journeys import services
from keepwell.outreach.journeys.seeds.events import EVENTS
from keepwell.outreach.models import Task
from keepwell.outreach.questions import services as questions
from keepwell.outreach.questions.contracts import RouteRule, Routing
from keepwell.outreach.replying.services import set_standard
from tests.outreach.journeys.conftest import HOUR, MINUTE, NOW, tell

WAITING, WROTE = EVENTS["waiting_too_long"], EVENTS["customer_wrote"]


def ticket(number, customer_id, at, event="opened", channel="email"):
    return "tickets", {
        "ticket_id": number, "customer_id": customer_id, "at": at, "event": event, "channel": channel,
    }  # fmt: skip


def titles():
    return list(Task.objects.order_by("pk").values_list("title", flat=True))


def tick(at, instant):
    at(instant)
    services.work(instant)


@pytest.fixture
def waiting(people, switched_on, at):
    (number,) = people(1)
    switched_on(WAITING.definition, code="waits")
    return number


def test_before_the_standard_of_the_channel_has_passed_there_is_a_task(waiting, at):
    set_standard(channel="email", minutes=60, is_public=True, actor="ada", now=NOW)
    tell(ticket("T1", waiting, NOW))
    tick(at, NOW + 44 * MINUTE)
    assert titles() == []
    tick(at, NOW + 46 * MINUTE)
    assert [title.startswith("The time for a first answer") for title in titles()] == [True]
    tick(at, NOW + 121 * MINUTE)
    tick(at, NOW + 122 * MINUTE)
    assert len(titles()) == 2


def test_for_who_is_on_the_fast_track_the_sooner_standard_counts(waiting, at):
    """PER-09: also where the channel has no standard for everybody."""
    from keepwell.customers import services as records
    from keepwell.outreach.vip import services as vip
    from keepwell.outreach.vip.contracts import VipRules

    records.save_trait(
        customer_id=waiting, kind="special_need", code="traveller", actor="lin", source="talk", at=NOW
    )
    rules = VipRules(active=True, needs=("traveller",), reply_minutes={"email": 60})
    vip.set_rules(rules=rules, actor="ada", now=NOW)
    tell(ticket("T1", waiting, NOW))
    tick(at, NOW + 44 * MINUTE)
    assert titles() == []
    tick(at, NOW + 46 * MINUTE)
    assert len(titles()) == 1


def test_without_a_standard_the_hours_of_the_step_count(waiting, at):
    set_standard(channel="phone", minutes=60, is_public=True, actor="ada", now=NOW)
    tell(ticket("T1", waiting, NOW))
    tick(at, NOW + 179 * MINUTE)
    assert titles() == []
    tick(at, NOW + 181 * MINUTE)
    assert len(titles()) == 1


def test_who_is_answered_in_time_hears_nothing(waiting, at):
    set_standard(channel="email", minutes=60, is_public=True, actor="ada", now=NOW)
    tell(ticket("T1", waiting, NOW))
    tick(at, NOW + MINUTE)
    at(NOW + 30 * MINUTE)
    tell(ticket("T1", waiting, NOW + 30 * MINUTE, "responded"))
    tick(at, NOW + 3 * HOUR)
    assert titles() == []


def hear(text, now):
    from keepwell.history import services as history
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.sms.contract import CONTRACT
    from keepwell.outreach.sending.services import hearing

    one = Heard(kind=HeardKind.MESSAGE, address="+8613800138000", at=now, key=text, text=text)
    hearing.hear(heard=[one], contract=CONTRACT, now=now)
    history.flush()


def test_what_the_first_reply_has_is_no_second_task_of_the_journey(people, switched_on, at):
    people(1)
    switched_on(WROTE.definition, code="wrote")
    rules = replace(rulebook.usual(), channels=("sms",))
    version = firstreply.save_rules(rules=rules, actor="ada", now=NOW).version
    firstreply.try_rules(version=version, actor="ada", now=NOW)
    firstreply.switch_on(version=version, actor="ada", now=NOW)
    hear("The blue teapot leaks", NOW)
    firstreply.reply(now=NOW)
    tick(at, NOW + MINUTE)
    assert len(titles()) == 1


def test_what_a_department_gets_is_no_second_task_but_what_is_nobodys_is(people, switched_on, at):
    from keepwell.accounts.models import Team, User

    people(1)
    User.objects.create_user("ada", password="correct horse", roles=[Role.ADMINISTRATOR])
    team = Team.objects.create(name="Stores")
    switched_on({**WROTE.definition, "entry": {"again": "always"}}, code="wrote")
    routing = Routing(rules=(RouteRule("Teapots", team.pk, words=("teapot",)),))
    version = questions.save_routing(routing=routing, actor="ada", now=NOW).version
    questions.try_routing(version=version, actor="ada", now=NOW)
    questions.switch_on(version=version, actor="ada", now=NOW)
    hear("The blue teapot leaks", NOW)
    tick(at, NOW + MINUTE)
    assert titles() == []
    hear("Where are you?", at(NOW + HOUR))
    tick(at, NOW + HOUR + MINUTE)
    assert len(titles()) == 1
