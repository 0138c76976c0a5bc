"""Care of customers who change hands, are merged or erased, and acts that are messages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from keepwell.customers import services as customers
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.outreach.content.services import set_brand
from keepwell.outreach.policy.services import set_holdout
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.models import Message
from keepwell.plays.care import following, services
from keepwell.plays.care.contracts import ActStatus, By, CareError, LineSpec, Occasion, PackageItem
from keepwell.plays.care.models import Act, ActEvent, Guest, Package, PassedOver, Plan
from keepwell.plays.care.queries import advice, plans
from keepwell.plays.care.services import packages
from tests.plays.care.conftest import BORN, NOW, TODAY

BIRTHDAY = date(2026, 12, 10)
MORNING = datetime(2026, 12, 10, 1, tzinfo=UTC)
GREETING = LineSpec(
    "greeting", Occasion.BIRTHDAY, 0, "sms", Decimal(0), 0, By.MESSAGE, text_code="birthday_sms"
)


def the_act(**wanted):
    return next(
        one
        for one in plans.acts_of("C-1")
        if all(getattr(one, name) == value for name, value in wanted.items())
    )


def test_plan_and_acts_go_to_the_new_owner(plan, people):
    plan()
    services.run(now=NOW)
    customers.assign_owner(customer_ids=["C-1"], owner_id=people.mei.pk, actor="ada", reason="", at=NOW)
    assert plans.plan_of("C-1").owner_id == people.mei.pk
    assert {one.owner_id for one in plans.acts_of("C-1")} == {people.mei.pk}


def test_of_an_erased_person_no_word_stays(plan):
    plan()
    services.run(now=NOW)
    number = services.add(customer_id="C-1", act="call", due_on=TODAY, words="secret", actor="lin", now=NOW)
    services.done(act_id=number, note="told us a secret", actor="lin", now=NOW)
    packages.save(
        customer_id="C-1",
        name="Corner",
        items=[PackageItem("Chair", Decimal(1), Decimal(9), Decimal(5))],
        need="secret",
        actor="lin",
        now=NOW,
    )
    subject = Subject(Right.ERASE, ("C-1",), "gone-1", {}, None)
    done = following.forget(subject)
    assert (done["care plans"], done["packages"], done["acts of care"]) == (1, 1, 1)
    kept = Act.objects.get()
    assert (kept.customer_id, kept.words, kept.note) == ("gone-1", "", "")
    assert not Plan.objects.exists()
    assert not Package.objects.exists()
    assert not ActEvent.objects.exists()
    assert not any(following.forget(subject).values())  # again changes nothing


def test_a_merge_ends_one_of_two_plans_and_a_split_gives_it_back(plan, own, people, rate):
    kept = plan()
    own("C-2", people.lin, name="Ann Example")
    rate("C-1", "C-2")
    merged = services.assign(customer_id="C-2", template="regular", actor="lin", now=NOW)
    Guest.objects.create(activity_id=_activity(), customer_id="C-2", state="invited")
    PassedOver.objects.create(customer_id="C-2", template="vip", at=NOW)
    done = identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", reason="twice")
    assert plans.plan_of("C-1").plan_id == kept
    assert plans.plan(merged).status == "ended"
    assert Guest.objects.get().customer_id == "C-1"
    assert PassedOver.objects.get().customer_id == "C-1"
    identity.split(merge_id=done.merge_id, actor="ada")
    back = plans.plan_of("C-2")
    assert (back.plan_id, back.status) == (merged, "active")
    assert Guest.objects.get().customer_id == "C-2"
    assert PassedOver.objects.get().customer_id == "C-2"


def test_one_person_with_two_plans_is_congratulated_once(plan, own, people, rate):
    plan()
    own("C-2", people.lin, name="Ann Example", birth_on=BORN)
    rate("C-1", "C-2")
    gift = LineSpec("gift", Occasion.BIRTHDAY, 0, "", Decimal(100), 14)
    call = LineSpec("call", Occasion.EVERY, 4, "phone")
    merged = services.assign(customer_id="C-2", template="", lines=(gift, call), actor="lin", now=NOW)
    services.run(now=NOW)
    done = identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", reason="twice")
    services.run(now=NOW + timedelta(days=5))
    running = Act.objects.filter(customer_id="C-1", status=ActStatus.RUNNING)
    assert sorted(running.values_list("act", flat=True)) == ["call", "gift"]
    assert not running.filter(plan=merged).exists()
    assert len(task_queries.of_customer("C-1", active=True)) == 2
    identity.split(merge_id=done.merge_id, actor="ada")
    services.run(now=NOW + timedelta(days=5))
    back = Act.objects.get(customer_id="C-2", act="gift")
    assert (back.status, back.plan_id) == (ActStatus.RUNNING, merged)


def _activity():
    from keepwell.plays.care.services import activities

    values = {
        "name": "Party", "kind": "theme_party", "at": NOW + timedelta(days=9), "place": "", "capacity": 1,
        "owner_id": None, "budget": Decimal(0), "segment_id": None, "interest": "", "channel": "email",
        "subject": "", "text": "",
    }  # fmt: skip
    return activities.save(values=values, actor="ada", now=NOW)


@pytest.fixture
def brand(settings, people):
    settings.KEEPWELL_URL = "https://shop.example"
    values = {"company_name": "Tea", "legal_address": "1 Street", "website": "https://www.keepwell-tea.com"}
    set_brand(values=values, based_on=0, actor="ada", now=NOW)


def test_a_greeting_goes_by_itself_on_the_birthday_and_what_became_of_it_comes_back(plan, brand):
    plan(GREETING)
    services.run(now=NOW)
    assert the_act(act="greeting").status is ActStatus.PLANNED
    services.run(now=MORNING)
    act = the_act(act="greeting")
    assert (act.status, act.task_id) == (ActStatus.RUNNING, None)
    (message,) = messages.of_customer("C-1")
    assert (message.content, message.purpose) == ("birthday_sms", "marketing")
    Message.objects.update(status="withheld", reason="too_often", finished_at=MORNING)
    services.run(now=MORNING + timedelta(hours=1))
    act = the_act(act="greeting")
    assert (act.status, act.outcome) == (ActStatus.DROPPED, "too_often")


def test_a_message_that_cannot_go_becomes_a_task(plan):
    plan(GREETING)
    services.run(now=NOW)
    services.run(now=MORNING)  # nobody said yet who the sender is
    assert the_act(act="greeting").task_id is not None


def test_greetings_that_are_paused_are_left_out_and_service_goes_on(plan):
    from keepwell.plays.care.contracts import Reaction

    number = plan(
        LineSpec("call", Occasion.EVERY, 1, "phone"), LineSpec("business_review", Occasion.EVERY, 1, "visit")
    )
    pause = Reaction("pause", "pause", "", "", {"sms": 1})
    services.decide(plan_id=number, reaction=pause, accepted=True, actor="lin", now=NOW)
    services.run(now=NOW)
    assert the_act(act="call").status in (ActStatus.SKIPPED, ActStatus.PLANNED)
    calls = [one for one in plans.acts_of("C-1") if one.act == "call"]
    assert not [one for one in calls if one.status is ActStatus.RUNNING]
    assert [one for one in calls if one.outcome == "greetings_paused"]
    assert the_act(act="business_review", status=ActStatus.RUNNING)
    assert advice.reactions(plans.plan_of("C-1"), now=NOW) == ()


def test_who_is_kept_aside_gets_service_only(plan):
    set_holdout(share=0.5, reason="test", actor="ada", now=NOW)
    plan(
        LineSpec("call", Occasion.EVERY, 1, "phone"), LineSpec("business_review", Occasion.EVERY, 1, "visit")
    )
    services.run(now=NOW)
    from keepwell.outreach.policy.queries import held_out

    aside = bool(held_out(["C-1"]))
    calls = {one.status for one in plans.acts_of("C-1") if one.act == "call"}
    assert (ActStatus.RUNNING in calls) is not aside
    assert the_act(act="business_review", status=ActStatus.RUNNING)


def test_a_birthday_that_is_written_down_later_is_found(own, people, rate, nobody_aside):
    own("C-9", people.lin)
    rate("C-9")
    services.assign(customer_id="C-9", template="", lines=[GREETING], actor="lin", now=NOW)
    services.run(now=NOW)
    assert not plans.acts_of("C-9")
    own("C-9", birth_on=date(1990, 12, 20))
    services.run(now=NOW + timedelta(days=8))
    assert [one.due_on for one in plans.acts_of("C-9")] == [date(2026, 12, 20)]


@pytest.fixture
def queued(plan, brand):
    """A greeting to Ann that waits in the queue for her birthday."""
    plan(GREETING)
    services.run(now=NOW)
    services.run(now=MORNING)
    act = Act.objects.get(occasion=Occasion.BIRTHDAY)
    assert messages.message(act.message_id).status == "waiting"
    return act


def test_what_became_of_a_message_comes_back_however_many_others_wait(queued, monkeypatch):
    from keepwell.plays.care.services import running

    monkeypatch.setattr(running, "ACTS_MAX", 1)
    numbers = [f"another-{n}" for n in range(2)]
    for number in numbers:
        Message.objects.create(
            **{
                name: value
                for name, value in Message.objects.values().get(message_id=queued.message_id).items()
                if name not in ("id", "message_id")
            },
            message_id=number,
        )
        Act.objects.create(
            customer_id="C-1", act="greeting", due_on=BIRTHDAY, start_on=BIRTHDAY, status=ActStatus.RUNNING,
            by=By.MESSAGE, channel="sms", message_id=number, made_at=MORNING,
        )  # fmt: skip
    Message.objects.filter(message_id=numbers[-1]).update(status="sent", finished_at=MORNING)
    services.run(now=MORNING + timedelta(hours=1))
    stands = dict(Act.objects.exclude(message_id="").values_list("message_id", "status"))
    assert stands == {
        queued.message_id: ActStatus.RUNNING, numbers[0]: ActStatus.RUNNING, numbers[1]: ActStatus.DONE,
    }  # fmt: skip


def test_a_plan_that_ends_sends_nothing_any_more(queued):
    services.end(plan_id=Plan.objects.get().pk, actor="lin", now=MORNING + timedelta(minutes=1))
    assert messages.message(queued.message_id).status == "taken_back"
    services.run(now=MORNING + timedelta(hours=1))
    assert Act.objects.get(pk=queued.pk).status == ActStatus.DROPPED


def test_a_message_that_is_put_off_goes_on_the_other_day_only(queued):
    at = MORNING + timedelta(minutes=1)
    later = BIRTHDAY + timedelta(days=3)
    change = services.reschedule(act_id=queued.pk, due_on=later, actor="lin", now=at)
    assert messages.message(queued.message_id).status == "taken_back"
    with pytest.raises(CareError, match="queue"):
        services.undo(token=change.token, actor="lin", now=at)
    services.run(now=MORNING + timedelta(hours=1))
    assert Act.objects.get(pk=queued.pk).status == ActStatus.PLANNED
    services.run(now=MORNING + timedelta(days=3))
    again = Act.objects.get(pk=queued.pk)
    assert again.message_id != queued.message_id
    assert messages.message(again.message_id).status == "waiting"


def test_a_message_that_goes_now_is_not_put_off(queued):
    Message.objects.filter(message_id=queued.message_id).update(status="sending")
    later = BIRTHDAY + timedelta(days=3)
    with pytest.raises(CareError, match="on its way"):
        services.reschedule(act_id=queued.pk, due_on=later, actor="lin", now=MORNING)
    assert Act.objects.get(pk=queued.pk).due_on == BIRTHDAY


def test_an_act_that_cannot_begin_holds_up_no_other(plan, monkeypatch):
    from keepwell.plays.care.services import running

    plan()
    for _n in range(2):
        services.add(customer_id="C-1", act="call", due_on=TODAY, actor="lin", now=NOW)
    first = Act.objects.order_by("due_on", "pk").first().pk
    begin = running._begin_one

    def broken(row, aside, now):
        if row.pk == first:
            raise RuntimeError("broken")
        return begin(row, aside, now)

    monkeypatch.setattr(running, "_begin_one", broken)
    services.run(now=NOW)
    begun = Act.objects.filter(due_on=TODAY).exclude(pk=first)
    assert {one.status for one in begun} == {ActStatus.RUNNING}
    monkeypatch.undo()
    services.run(now=NOW)
    assert Act.objects.get(pk=first).status == ActStatus.RUNNING
