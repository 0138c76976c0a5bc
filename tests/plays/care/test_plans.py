"""Care plans: acts come, become tasks or messages, and come back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.utils import translation

from keepwell.history.models import OutboxFact
from keepwell.insight.segments import services as segments
from keepwell.insight.segments.models import SegmentMember
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.services import tasks
from keepwell.plays.care import labels, services
from keepwell.plays.care.contracts import ActStatus, By, CareError, LineSpec, Occasion
from keepwell.plays.care.models import Act, PassedOver, Plan
from keepwell.plays.care.queries import plans
from tests.plays.care.conftest import NOW, TODAY

DAY = timedelta(days=1)
NORWAY = {"attribute": "country", "is": "in", "value": ["NO"]}
BIRTHDAY = date(2026, 12, 10)


def acts(customer_id="C-1"):
    return sorted(plans.acts_of(customer_id), key=lambda one: (one.due_on, one.act_id))


def facts(table):
    return [row.fact for row in OutboxFact.objects.filter(table=table).order_by("pk")]


def test_the_next_acts_are_made_and_the_near_ones_become_tasks(plan):
    plan()
    services.run(now=NOW)
    gift, call = (
        sorted(acts(), key=lambda one: one.act != "gift")[0],
        next(one for one in acts() if one.act == "call"),
    )
    assert (gift.due_on, gift.budget, gift.owner_name) == (BIRTHDAY, Decimal(100), "lin")
    assert call.status is ActStatus.RUNNING
    task = task_queries.get(call.task_id)
    assert (task.kind, task.treatment, task.assignee_id) == ("call", "care", call.owner_id)
    before = len(acts())
    services.run(now=NOW)  # again is harmless
    assert len(acts()) == before


def test_a_task_is_called_in_the_language_of_whoever_does_it(people, plan):
    people.lin.language = "zh-hans"
    people.lin.save(update_fields=["language"])
    plan()
    services.run(now=NOW)
    (call,) = (one for one in acts() if one.task_id)
    with translation.override("zh-hans"):
        assert task_queries.get(call.task_id).title == str(labels.ACT["call"]) != "Call"


def test_the_rhythm_goes_on_and_the_birthday_comes_every_year(plan):
    plan()
    now = NOW
    for _week in range(60):
        services.run(now=now)
        now += timedelta(days=7)
    calls = [one.due_on for one in acts() if one.act == "call"]
    gaps = {(later - earlier).days for earlier, later in pairwise(calls)}
    assert gaps == {28}
    assert [one.due_on for one in acts() if one.act == "gift"] == [BIRTHDAY, date(2027, 12, 10)]


def test_a_task_s_outcome_comes_back_with_its_cost_once_and_an_undo_takes_it_away(plan):
    plan()
    services.run(now=NOW)
    services.run(now=NOW + 5 * DAY)
    gift = next(one for one in acts() if one.act == "gift")
    assert gift.status is ActStatus.RUNNING
    change = tasks.complete(task_ids=[gift.task_id], outcome="done", actor="lin", now=NOW + 5 * DAY)
    done = plans.act(gift.act_id)
    assert (done.status, done.cost) == (ActStatus.DONE, Decimal(100))
    tasks.undo(token=change.token, actor="lin", now=NOW + 5 * DAY)
    assert plans.act(gift.act_id).status is ActStatus.RUNNING
    amounts = [Decimal(one["amount"]) for one in facts("costs")]
    assert amounts == [Decimal(100), Decimal(0)]


def test_an_act_is_put_off_skipped_with_a_reason_and_given_back(plan):
    plan()
    services.run(now=NOW)
    call = next(one for one in acts() if one.status is ActStatus.RUNNING)
    later = TODAY + timedelta(days=20)
    change = services.reschedule(act_id=call.act_id, due_on=later, actor="lin", now=NOW)
    assert plans.act(call.act_id).due_on == later
    assert task_queries.get(call.task_id).due_at.date() == later
    services.undo(token=change.token, actor="lin", now=NOW)
    assert plans.act(call.act_id).due_on == call.due_on
    with pytest.raises(CareError, match="why"):
        services.skip(act_id=call.act_id, reason=" ", actor="lin", now=NOW)
    change = services.skip(act_id=call.act_id, reason="She is on a journey", actor="lin", now=NOW)
    skipped = plans.act(call.act_id)
    assert (skipped.status, skipped.note) == (ActStatus.SKIPPED, "She is on a journey")
    assert task_queries.get(call.task_id).status == "cancelled"
    services.undo(token=change.token, actor="lin", now=NOW)
    back = plans.act(call.act_id)
    assert (back.status, back.note) == (ActStatus.RUNNING, "")
    with pytest.raises(CareError):
        services.undo(token=change.token, actor="lin", now=NOW)


def test_another_s_step_and_an_old_one_cannot_be_taken_back(plan):
    plan()
    services.run(now=NOW)
    call = next(one for one in acts() if one.act == "call")
    change = services.skip(act_id=call.act_id, reason="x", actor="lin", now=NOW)
    with pytest.raises(CareError):
        services.undo(token=change.token, actor="mei", now=NOW)
    with pytest.raises(CareError):
        services.undo(token=change.token, actor="lin", now=NOW + timedelta(minutes=1))


def test_what_is_spent_stays_within_the_limit_of_the_grade(ann, plan):
    from keepwell.plays.care.queries import money

    room = money.left(ann, today=TODAY)
    assert room == Decimal(500)
    plan(
        LineSpec("gift", Occasion.BIRTHDAY, 0, "", Decimal(400), 14),
        LineSpec("visit", Occasion.EVERY, 4, "visit", Decimal(300)),
    )
    services.run(now=NOW)
    costs = sorted((one.budget, one.limited) for one in acts())
    assert sum(cost for cost, _limited in costs) <= 500
    assert any(limited for _cost, limited in costs)
    with pytest.raises(CareError, match="limit"):
        services.add(customer_id=ann, act="gift", due_on=TODAY, budget=Decimal(499), actor="lin", now=NOW)


def test_a_pause_lets_nothing_new_begin_and_what_fell_into_it_is_left_out(plan):
    number = plan()
    services.run(now=NOW - DAY)
    services.pause(plan_id=number, actor="lin", now=NOW)
    services.run(now=NOW + 30 * DAY)
    gift = next(one for one in acts() if one.act == "gift")
    assert gift.status is ActStatus.PLANNED
    services.resume(plan_id=number, actor="lin", now=NOW + 30 * DAY)
    assert plans.act(gift.act_id).status is ActStatus.SKIPPED


def test_an_ended_plan_leaves_no_task_open(plan):
    number = plan()
    services.run(now=NOW)
    services.end(plan_id=number, actor="lin", now=NOW)
    assert not [one for one in acts() if one.is_open]
    assert not task_queries.of_customer("C-1", active=True)
    assert plans.plan_of("C-1") is None


@pytest.fixture
def segment(people, own, rate, nobody_aside):
    for place in range(8):
        own(f"S-{place}", people.lin if place < 5 else None, name=f"S {place}", country="NO")
    rate(*(f"S-{place}" for place in range(8)), tier="mid")
    made = segments.save(name="All", definition=NORWAY, author_id=None, actor="ada")
    SegmentMember.objects.bulk_create(
        [SegmentMember(segment_id=made.segment_id, customer_id=f"S-{n}", entered_at=NOW) for n in range(8)]
    )
    return made


def test_a_segment_gets_plans_within_reach_and_twice_is_once(segment, people):
    from keepwell.insight.segments import queries as members

    assert members.size(segment.segment_id) == 8
    mine = frozenset({people.lin.pk})
    asked = {"segment_id": segment.segment_id, "template": "regular", "owner_ids": mine}
    said = plans.preview(**asked, most=20_000)
    assert (said.members, said.fresh, said.out_of_reach) == (8, 5, 3)
    done = services.assign_many(**asked, actor="lin", now=NOW)
    assert done.fresh == Plan.objects.count() == 5
    assert services.assign_many(**asked, actor="lin", now=NOW).fresh == 0
    days = {line.next_on for line in Plan.objects.get(customer_id="S-0").lines.filter(act="call")}
    others = {line.next_on for row in Plan.objects.all() for line in row.lines.filter(act="call")}
    assert days
    assert len(others) > 1  # not all on one day


def test_who_is_kept_aside_gets_no_plan_and_is_remembered_to_compare_with(segment):
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0.5, reason="test", actor="ada", now=NOW)
    done = services.assign_many(
        segment_id=segment.segment_id, template="regular", owner_ids=None, actor="ada", now=NOW
    )
    assert done.fresh + done.held_out == 8
    assert done.held_out == PassedOver.objects.count() > 0


def test_lines_that_will_not_do_are_refused(ann):
    wrong = [
        LineSpec("flowers"),
        LineSpec("call", Occasion.EVERY, 0),
        LineSpec("call", Occasion.EVERY, 4, "email"),
        LineSpec("greeting", Occasion.EVERY, 4, "sms", by=By.MESSAGE),
        LineSpec("gift", Occasion.EVERY, 4, budget=Decimal(-1)),
        LineSpec("staged_offer", Occasion.BIRTHDAY, 0, "email"),
    ]
    for spec in wrong:
        with pytest.raises(CareError):
            services.assign(customer_id=ann, template="", lines=[spec], actor="lin", now=NOW)
    assert not Act.objects.exists()


def test_new_lines_lose_nothing_that_was_coming_and_repeat_nothing_that_has_begun(plan):
    number = plan()
    services.run(now=NOW)
    services.run(now=NOW + 5 * DAY)
    before = [(one.act, one.due_on, one.status) for one in acts()]
    assert ("gift", BIRTHDAY, ActStatus.RUNNING) in before
    assert len([one for one in before if one[0] == "call"]) > 2
    lines = (
        LineSpec("gift", Occasion.BIRTHDAY, 0, "", Decimal(120), 14),
        LineSpec("call", Occasion.EVERY, 4, "phone"),
    )
    services.set_lines(plan_id=number, lines=lines, actor="lin", now=NOW + 5 * DAY)
    services.run(now=NOW + 5 * DAY)
    services.run(now=NOW + 6 * DAY)
    assert [(one.act, one.due_on, one.status) for one in acts()] == before
    for week in range(1, 56):
        services.run(now=NOW + 6 * DAY + week * 7 * DAY)
    calls = [one.due_on for one in acts() if one.act == "call"]
    assert {(later - earlier).days for earlier, later in pairwise(calls)} == {28}
    assert [one.due_on for one in acts() if one.act == "gift"] == [BIRTHDAY, date(2027, 12, 10)]
