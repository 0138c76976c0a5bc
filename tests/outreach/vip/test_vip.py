"""VIP customers: first in lists with a word why, due sooner, a contact of their own, somebody at night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import clock
from keepwell.insight.models import Facet, Score
from keepwell.outreach.content import services as texts
from keepwell.outreach.content import values
from keepwell.outreach.content.core.variables import VARIABLES
from keepwell.outreach.queries import tasks as listed
from keepwell.outreach.questions import services as asking
from keepwell.outreach.questions.queries import questions
from keepwell.outreach.services import tasks
from keepwell.outreach.vip import core, queries, services
from keepwell.outreach.vip.contracts import Gap, VipError, VipRules
from tests.outreach.conftest import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday in Shanghai
NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # eleven at night there
HOUR = timedelta(hours=1)
RULES = VipRules(active=True, task_hours=2, reply_minutes={"wecom": 30}, phone="+86 571 24")


@pytest.fixture
def shop(people, own, publish):
    """Ann is VIP, Bob is not; both are Lin's."""
    own("C-1", people.lin, name="Ann Example")
    own("C-2", people.lin, name="Bob Example")
    publish({"C-1": "active", "C-2": "active"})
    worth("C-2", "low")
    return people


def worth(customer_id, tier):
    """What another cycle would have said."""
    score = Score.objects.get(customer_id=customer_id)
    Score.objects.filter(pk=score.pk).update(tier=tier)
    Facet.objects.filter(cycle=score.cycle, number=score.facet_number).update(tier=tier)


@pytest.fixture
def on(shop):
    services.set_rules(rules=RULES, actor="ada", now=NOON)
    return shop


def task(customer_id, people, *, now=NOON, stake=100, **more):
    return tasks.create(
        kind="call", customer_id=customer_id, at_stake=Decimal(stake), currency="CNY",
        assignee_id=people.lin.pk, actor="ada", now=now, **more,
    )  # fmt: skip


def test_nothing_changes_until_it_is_switched_on(shop):
    assert queries.vips(["C-1", "C-2"]) == set()
    assert task("C-1", shop, asked=True).due_at is None
    assert queries.gaps(now=NOON) == []


def test_vip_customers_come_first_whatever_is_at_stake(on):
    task("C-2", on, stake=900)
    task("C-1", on, stake=1)
    page = listed.due(assignee_id=on.lin.pk, until=NOON + HOUR)
    assert [(one.customer_id, one.is_vip) for one in page.rows] == [("C-1", True), ("C-2", False)]


def test_marks_follow_the_value_of_the_customer(on):
    made = task("C-1", on)
    worth("C-1", "low")
    assert services.follow() == 1
    assert not listed.get(made.task_id).is_vip
    worth("C-1", "high")
    services.follow()
    assert listed.get(made.task_id).is_vip
    assert services.follow() == 0


def test_what_a_vip_customer_waits_for_is_due_sooner_and_never_later(on):
    assert task("C-1", on, asked=True).due_at == NOON + 2 * HOUR
    assert task("C-1", on, asked=True, due_at=NOON + HOUR).due_at == NOON + HOUR
    assert task("C-2", on, asked=True, due_at=NOON + 9 * HOUR).due_at == NOON + 9 * HOUR
    assert task("C-1", on, due_at=NOON + 90 * HOUR).due_at == NOON + 90 * HOUR  # nobody waits for it


def test_a_need_is_a_fast_track_whatever_the_value(on):
    """PER-09: who travels often does not wait."""
    from keepwell.customers import services as records

    assert queries.vips(["C-1", "C-2"]) == {"C-1"}
    records.save_trait(
        customer_id="C-2", kind="special_need", code="traveller", actor="lin", source="talk", at=NOON
    )
    before = task("C-2", on, stake=9)
    services.set_rules(rules=replace(RULES, needs=("traveller",)), actor="ada", now=NOON)
    assert queries.vips(["C-1", "C-2"]) == {"C-1", "C-2"}
    assert listed.get(before.task_id).is_vip
    asked = tasks.create(
        kind="follow_up", customer_id="C-2", assignee_id=on.lin.pk, asked=True, actor="lin", now=NOON
    )
    assert (asked.is_vip, asked.due_at) == (True, NOON + 2 * HOUR)
    with pytest.raises(VipError) as error:
        services.set_rules(rules=replace(RULES, needs=("rich",)), actor="ada", now=NOON)
    assert error.value.problems == {"needs": "needs"}


@pytest.fixture
def fast(on):
    """Bob travels often, and that is a fast track; so does Ann, who is VIP by value."""
    from keepwell.customers import services as records

    for number in ("C-1", "C-2"):
        records.save_trait(
            customer_id=number, kind="special_need", code="traveller", actor="lin", source="talk", at=NOON
        )
    services.set_rules(rules=replace(RULES, needs=("traveller",)), actor="ada", now=NOON)
    return on


def test_a_fast_track_is_named_with_its_need_where_somebody_is_no_vip_by_value(fast, monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert queries.fast_tracks(["C-1", "C-2", "", "C-9"]) == {"C-2": ("traveller",)}
    ann, bob = task("C-1", fast), task("C-2", fast)
    lin = Client()
    lin.force_login(fast.lin)
    today = lin.get("/today/").content.decode()
    assert (today.count(">VIP first<"), today.count(">Fast track<")) == (1, 1)
    assert "Travels often" in lin.get(f"/tasks/{bob.task_id}/").content.decode().partition("</header>")[0]
    first = lin.get(f"/tasks/{ann.task_id}/").content.decode().partition("</header>")[0]
    assert "VIP first" in first
    assert "Fast track" not in first
    assert "For this need: Travels often." in lin.get("/customers/C-2/").content.decode()
    assert "For this need" not in lin.get("/customers/C-1/").content.decode()
    services.set_rules(rules=replace(RULES, needs=("traveller",), active=False), actor="ada", now=NOON)
    assert queries.fast_tracks(["C-2"]) == {}


def test_a_need_alone_may_be_the_fast_track_and_then_no_value_is(fast):
    services.set_rules(rules=replace(RULES, tiers=(), needs=("traveller",)), actor="ada", now=NOON)
    assert queries.fast_tracks(["C-1", "C-2"]) == {"C-1": ("traveller",), "C-2": ("traveller",)}
    services.set_rules(rules=replace(RULES, tiers=(), needs=("diet",)), actor="ada", now=NOON)
    assert queries.vips(["C-1", "C-2"]) == set()


def test_rules_from_before_there_were_needs_count_for_nobody_else(on):
    """What a shop set for its VIP customers stays so until it says more."""
    from keepwell.outreach.vip.models import VipRulesRow

    row = VipRulesRow.objects.get()
    for name in ("needs", "guided_needs", "guided_age"):
        del row.values[name]
    row.save()
    said = queries.rules()
    assert (said.tiers, said.needs) == (("high",), ())
    assert (said.guided_needs, said.guided_age) == (("older", "accessibility"), 65)


def test_the_next_try_comes_first_too(fast):
    made = task("C-2", fast)
    tasks.complete(
        task_ids=[made.task_id], outcome="not_reached", follow_up_at=NOON + HOUR, actor="lin", now=NOON
    )
    assert listed.get(made.task_id + 1).is_vip


def test_questions_of_the_fast_track_stand_first(fast):
    from django.db.models import Q

    services.set_rules(rules=replace(RULES, tiers=(), needs=("after_sales",)), actor="ada", now=NOON)
    who = {"text": "When?", "channel": "email", "origin": "message", "actor": "ada", "now": NOON}
    first = asking.open_question(customer_id="C-1", importance="urgent", **who)
    second = asking.open_question(customer_id="C-2", importance="low", **who)

    def order():
        return [one.question_id for one in questions.page(within=Q(), now=NOON).lines]

    assert order() == [first, second]
    services.set_rules(rules=replace(RULES, needs=()), actor="ada", now=NOON)
    worth("C-1", "low")
    worth("C-2", "high")
    assert order() == [second, first]


def test_at_night_what_is_asked_goes_to_whoever_is_on_duty(on):
    services.add_shift(
        user_id=on.kai.pk, starts_at=NIGHT - HOUR, ends_at=NIGHT + 8 * HOUR, actor="ada", now=NOON
    )
    assert task("C-1", on, now=NIGHT, asked=True).assignee_id == on.kai.pk
    assert task("C-1", on, now=NOON, asked=True).assignee_id == on.lin.pk
    assert task("C-2", on, now=NIGHT, asked=True).assignee_id == on.lin.pk
    assert task("C-1", on, now=NIGHT).assignee_id == on.lin.pk
    assert task("C-1", on, now=NIGHT + 8 * HOUR, asked=True).assignee_id == on.lin.pk


def test_a_question_of_a_vip_customer_is_answered_by_the_standard_of_their_own(on):
    services.add_shift(user_id=on.kai.pk, starts_at=NIGHT - HOUR, ends_at=NIGHT + HOUR, actor="ada", now=NOON)
    who = {"text": "When?", "channel": "wecom", "origin": "message", "actor": "ada", "now": NIGHT}
    first = questions.get(asking.open_question(customer_id="C-1", **who)).line
    second = questions.get(asking.open_question(customer_id="C-2", **who)).line
    assert (first.due_at, first.owner_id) == (NIGHT + timedelta(minutes=30), on.kai.pk)
    assert second.due_at > NIGHT + HOUR
    assert second.owner_id is None


def test_only_vip_customers_are_told_the_contact_by_day_and_night(on):
    found = values.of_customers({"C-1": "en", "C-2": "en"}, wanted=frozenset({"vip.phone"}), now=NOON)
    assert found["C-1"]["vip.phone"] == "+86 571 24"
    assert "vip.phone" not in found["C-2"]
    prepared = texts.rendering.Prepared("en", "", "", "Call {{ vip.phone | default: '0571' }}")
    assert [prepared.fill(found[one]).text for one in ("C-1", "C-2")] == ["Call +86 571 24", "Call 0571"]
    assert VARIABLES["vip.phone"].may_miss


def test_the_page_of_the_customer_says_so(on, monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOON)
    lin = Client()
    lin.force_login(on.lin)
    assert "+86 571 24" in lin.get("/customers/C-1/").content.decode()
    assert "+86 571 24" not in lin.get("/customers/C-2/").content.decode()


def test_today_says_why_somebody_comes_first(on, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    task("C-1", on)
    task("C-2", on)
    lin = Client()
    lin.force_login(on.lin)
    assert lin.get("/today/").content.decode().count("VIP first") == 1


def test_rules_and_roster_are_set_on_the_page_which_warns_of_empty_nights(on, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    ada = Client()
    ada.force_login(on.ada)
    page = ada.get("/settings/vip/").content.decode()
    assert "Nobody is on duty at some time" in page
    form = {
        "active": "1", "tier": ["high", "mid"], "task_hours": "3", "work_from": "08:00",
        "work_until": "20:00", "day": ["0", "1"], "phone": "1", "wecom": "desk", "email": "",
        "reply_phone": "0.5",
    }  # fmt: skip
    assert ada.post("/settings/vip/", {**form, "work_until": "07:00"}).status_code == 400
    assert ada.post("/settings/vip/", {**form, "task_hours": "soon"}).status_code == 400
    ada.post("/settings/vip/", form)
    said = queries.rules()
    assert (said.tiers, said.task_hours, said.work_days) == (("high", "mid"), 3, (0, 1))
    assert (said.work_from, said.reply_minutes) == (time(8), {"phone": 30})
    assert (said.guided_needs, said.guided_age) == ((), None)
    ada.post("/settings/vip/", {**form, "guided_need": ["older"], "guided_age": "70"})
    said = queries.rules()
    assert (said.guided_needs, said.guided_age) == (("older",), 70)
    refused = ada.post("/settings/vip/", {**form, "guided_need": ["older"], "guided_age": "old"})
    assert refused.status_code == 400
    assert 'value="old"' in refused.content.decode()
    duty = {"user": on.kai.pk, "starts_at": "2026-11-23T20:00", "ends_at": "2026-11-30T12:00"}
    wrong = ada.post("/settings/vip/duty/", {**duty, "ends_at": "2026-11-22T12:00"})
    assert wrong.status_code == 400
    for kept in (f'value="{on.kai.pk}" selected', 'value="2026-11-23T20:00"', 'value="2026-11-22T12:00"'):
        assert kept in wrong.content.decode()
    ada.post("/settings/vip/duty/", duty)
    (shift,) = queries.roster(now=NOON)
    assert shift.starts_at == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert "Nobody is on duty at some time" not in ada.get("/settings/vip/").content.decode()
    ada.post(f"/settings/vip/duty/{shift.shift_id}/remove/")
    assert queries.roster(now=NOON) == ()


def test_what_will_not_do_is_refused(on):
    for wrong, field in (
        ({"tiers": (), "needs": ()}, "tiers"),
        ({"guided_age": 12}, "guided_age"),
        ({"guided_needs": ("rich",)}, "needs"),
        ({"task_hours": 0}, "task_hours"),
        ({"reply_minutes": {"pigeon": 5}}, "reply_minutes"),
        ({"work_from": time(19)}, "hours"),
    ):
        with pytest.raises(VipError) as raised:
            services.set_rules(rules=replace(RULES, **wrong), actor="ada", now=NOW)
        assert set(raised.value.problems) == {field}
    with pytest.raises(VipError):
        services.add_shift(user_id=0, starts_at=NOW, ends_at=NOW, actor="ada", now=NOW)
    assert queries.rules() == RULES


def test_nights_and_weekends_are_outside_the_working_hours():
    found = list(core.nights(VipRules(), SHANGHAI, since=NOON, days=7))
    assert found[0] == Gap(datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 24, 1, tzinfo=UTC))
    assert found[4] == Gap(datetime(2026, 11, 27, 10, tzinfo=UTC), datetime(2026, 11, 30, 1, tzinfo=UTC))
    assert len(found) == 5


@given(
    since=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    days=st.sets(st.integers(0, 6)),
    at=st.integers(0, 7 * 24 * 60 - 1),
    shifts=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 3_000)), max_size=5),
)
def test_every_moment_is_worked_covered_or_a_gap(since, days, at, shifts):
    rules, begin = VipRules(work_days=tuple(sorted(days))), since.replace(tzinfo=UTC)
    there = [(begin + timedelta(minutes=a), begin + timedelta(minutes=a + b)) for a, b in shifts]
    gaps = core.uncovered(list(core.nights(rules, SHANGHAI, since=begin, days=7)), there)
    moment = begin + timedelta(minutes=at)
    covered = any(a <= moment < b for a, b in there)
    in_gap = any(one.starts_at <= moment < one.ends_at for one in gaps)
    assert in_gap == (not core.at_work(moment, rules, SHANGHAI) and not covered)
