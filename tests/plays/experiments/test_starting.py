"""Who is dealt out, and how."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keepwell.accounts import services as accounts
from keepwell.accounts.contracts import Approvable, SecondPerson
from keepwell.accounts.models import User
from keepwell.customers.models import ContactPoint
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.outreach.policy import queries as policy
from keepwell.plays.experiments import planning, queries, services, sieve
from keepwell.plays.experiments.contracts import PlayError, PlayValues, Status
from keepwell.plays.experiments.models import Candidate, Member, PassedOver, Play
from keepwell.plays.experiments.services import starting
from tests.outreach.sending.conftest import NOW
from tests.plays.experiments.conftest import CALL, IDLE, MAIL, costing, saved_plan

pytestmark = pytest.mark.django_db


def test_members_are_dealt_out_by_shares_and_the_holdout_is_left_out(begun):
    row = begun(60)
    assert row.status is Status.RUNNING
    found = queries.units(row.play_id)
    passed = dict(queries.passed_over(row.play_id))
    assert len(found) + len(passed) == 60
    aside = policy.held_out([*found.customer_id, *passed])
    assert {one for one, cause in passed.items() if cause == "holdout"} == aside
    assert not aside & set(found.customer_id)
    sizes = Counter(found.arms[one] for one in found.arm)
    assert abs(sizes["control"] - 0.2 * len(found)) <= 1
    shares = {"control": 0.2, "a": 0.8}
    assert all(
        found.propensity[place] == pytest.approx(shares[found.arms[arm]])
        for place, arm in enumerate(found.arm)
    )


def test_members_of_another_play_for_the_same_aim_are_passed_over(begun):
    first = begun(30)
    again = begun(segment_id=first.segment_id, name="Again")
    assert len(queries.units(again.play_id)) == 0
    causes = Counter(cause for _one, cause in queries.passed_over(again.play_id))
    assert causes["other_play"] == len(queries.units(first.play_id))
    other_aim = begun(segment_id=first.segment_id, name="Revenue", primary="revenue", arms=(IDLE, IDLE))
    assert len(queries.units(other_aim.play_id)) == len(queries.units(first.play_id))


def agrees(customer_id, channel, given, at=NOW - timedelta(days=1)):
    said = ConsentRow(customer_id, channel, "marketing", given, at, "counter", "marketing/1")
    privacy.record_consents(rows=[said], actor="ada", live=False)


def test_who_could_not_get_an_arm_at_the_lot_is_in_none_nor_in_the_control(play, staff, letter):
    """Without consent, under a hold, without an address: for every arm and the control alike."""
    letter()
    made = play(40, arms=(MAIL, IDLE))
    for number in range(5):
        agrees(f"C{number:05d}", "email", given=False)
    privacy.place_hold(customer_id="C00005", kind="stop", actor="ada", now=NOW)
    ContactPoint.objects.filter(customer="C00006", kind="email").delete()
    services.submit(play_id=made.play_id, actor="ada", now=NOW)
    services.approve(play_id=made.play_id, user=staff["kai"], reason="good", now=NOW)
    looked = planning.outlook(made.play_id, now=NOW)
    row = services.start(play_id=made.play_id, actor="ada", now=NOW)
    passed = dict(queries.passed_over(row.play_id))
    assert Counter(passed.values()) == {"withdrawn": 5, "stopped": 1, "no_address": 1}
    assert set(passed) == {f"C{number:05d}" for number in range(7)}
    assert not set(passed) & set(arms_of(row))
    sizes = Counter(arms_of(row).values())
    assert sizes == looked.arms
    assert sizes.total() == 33
    assert looked.passed == Counter(passed.values())
    services.dispatch(now=NOW)
    assert not queries.counts(row.play_id).causes


def test_every_way_that_arms_take_is_asked_for_and_what_is_only_put_off_is_none(begun, shared_oslo, letter):
    """It is five in the morning where they are, so that nobody may be called or written to yet."""
    letter()
    segment = shared_oslo(30)
    for number in range(4):
        agrees(f"C{number:05d}", "phone", given=False)
    agrees("C00009", "email", given=False)
    calls = begun(segment_id=segment, arms=(CALL,), primary="revenue")
    assert dict(queries.passed_over(calls.play_id)) == {f"C{n:05d}": "withdrawn" for n in range(4)}
    both = begun(segment_id=segment, arms=(MAIL, CALL), primary="retention")
    assert dict(queries.passed_over(both.play_id)) == {f"C{n:05d}": "withdrawn" for n in (0, 1, 2, 3, 9)}
    idle = begun(segment_id=segment, arms=(IDLE,), primary="margin")
    assert not dict(queries.passed_over(idle.play_id))


def test_who_cannot_be_reached_any_more_after_the_lot_stays_where_the_lot_put_them(begun, letter):
    letter()
    row = begun(20, arms=(MAIL,))
    before = arms_of(row)
    lost = next(one for one, arm in before.items() if arm == "a")
    agrees(lost, "email", given=False, at=NOW)
    services.dispatch(now=NOW)
    assert arms_of(row) == before
    assert lost in set(queries.units(row.play_id).customer_id)


def test_asking_takes_as_few_statements_for_many_as_for_few(play, letter, django_assert_num_queries):
    letter()
    row = Play.objects.get(pk=play(60, arms=(MAIL, CALL)).play_id)
    numbers = [f"C{number:05d}" for number in range(60)]
    with CaptureQueriesContext(connection) as few:
        sieve.unreachable(row, numbers[:3], now=NOW)
    with django_assert_num_queries(len(few)):
        sieve.unreachable(row, numbers, now=NOW)


def arms_of(row):
    return {one.customer_id: one.arm for one in queries.iter_members(row.play_id)}


def start_again(row):
    """As if it had never been dealt out: the same play, code and salt."""
    Member.objects.filter(play=row.play_id).delete()
    PassedOver.objects.filter(play=row.play_id).delete()
    Play.objects.filter(pk=row.play_id).update(status=Status.APPROVED, started_at=None)


@pytest.mark.parametrize("dies_at", range(1, 12))
def test_who_takes_over_after_a_death_writes_the_same_members_each_once(begun, monkeypatch, dies_at):
    row = begun(40, arms=(IDLE, IDLE), budget=Decimal(100))
    whole, passed = arms_of(row), dict(queries.passed_over(row.play_id))
    start_again(row)
    monkeypatch.setattr(starting, "PART", 9)
    monkeypatch.setattr(starting, "PARTS_AT_ONCE", 100)
    steps = []

    def dying(step):
        def do(*arguments):
            steps.append(step)
            step(*arguments)
            if len(steps) == dies_at:
                raise KeyboardInterrupt

        return do

    for name in ("_gather", "_deal", "_write"):
        monkeypatch.setattr(starting, name, dying(getattr(starting, name)))
    with pytest.raises(KeyboardInterrupt):
        services.start(play_id=row.play_id, actor="ada", now=NOW)
    assert queries.play(row.play_id).status is Status.STARTING
    assert services.work_waits()
    starting.work(now=NOW + timedelta(minutes=1))
    assert queries.play(row.play_id).status is Status.RUNNING
    assert (arms_of(row), dict(queries.passed_over(row.play_id))) == (whole, passed)
    assert not Candidate.objects.exists()
    assert {one.assigned_at for one in queries.iter_members(row.play_id)} == {NOW}


def test_a_play_that_cannot_be_dealt_out_holds_up_no_other(begun, monkeypatch):
    rows = [begun(10), begun(12)]
    for row in rows:
        start_again(row)
    monkeypatch.setattr(starting, "PARTS_AT_ONCE", 0)
    for row in rows:
        services.start(play_id=row.play_id, actor="ada", now=NOW)
    whole = starting.proceed

    def proceed(*, play_id, now):
        if play_id == rows[0].play_id:
            raise ValueError("broken")
        return whole(play_id=play_id, now=now)

    monkeypatch.setattr(starting, "proceed", proceed)
    with pytest.raises(ValueError, match="broken"):
        services.work(now=NOW)
    states = [queries.play(row.play_id).status for row in rows]
    assert states == [Status.STARTING, Status.RUNNING]


def test_a_play_that_is_stopped_while_it_starts_deals_nobody_out_any_more(begun, monkeypatch):
    row = begun(30)
    start_again(row)
    monkeypatch.setattr(starting, "PARTS_AT_ONCE", 0)
    services.start(play_id=row.play_id, actor="ada", now=NOW)
    starting.proceed(play_id=row.play_id, now=NOW)
    services.stop(play_id=row.play_id, actor="ada", now=NOW, reason="wrong")
    assert not starting.proceed(play_id=row.play_id, now=NOW)
    assert not arms_of(row)


def test_strata_are_tier_and_risk_and_figures_are_kept(begun):
    row = begun(40)
    found = queries.units(row.play_id)
    assert set(found.strata) == {"high/high", "mid/high"}
    for stratum in set(found.strata):
        mine = found.strata == stratum
        assert abs((found.arm[mine] == 0).sum() - 0.2 * mine.sum()) <= 1
    one = next(queries.iter_members(row.play_id))
    assert one.grade in "ABC"
    assert set(found.covariates) == {"past_orders", "past_revenue", "past_margin", "past_satisfaction"}


def test_a_plan_s_customers_are_asked_for_with_their_reasons(play, staff):
    made = play(20)
    plan = saved_plan({f"C{number:05d}": "care_call" for number in range(12)})
    row = services.change(
        play_id=made.play_id,
        version=made.version,
        values=replace(values_of(made), segment_id=None, plan_id=plan, plan_treatment="care_call"),
        actor="ada",
        now=NOW,
    )
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    services.approve(play_id=row.play_id, user=staff["kai"], reason="good", now=NOW)
    services.start(play_id=row.play_id, actor="ada", now=NOW, typed=12)
    members = list(queries.iter_members(row.play_id))
    assert len(members) + len(dict(queries.passed_over(row.play_id))) == 12
    assert {one.reason for one in members} == {"silence"}
    assert queries.planned_gains(row.play_id)["C00000"] == 9


def values_of(row):
    return PlayValues(name=row.name, starts_on=row.starts_on, ends_on=row.ends_on, arms=(IDLE,), segment_id=1)


def test_who_may_be_treated_at_all_is_asked_of_the_grade_limits(begun):
    row = begun(20, arms=(costing(IDLE, 900),))
    causes = Counter(cause for _one, cause in queries.passed_over(row.play_id))
    assert causes["grade_limit"] == 20 - causes["holdout"]


def test_who_wrote_it_does_not_approve_it_unless_nobody_else_may(play, staff):
    row = play(5)
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    with pytest.raises(PermissionDenied):
        services.approve(play_id=row.play_id, user=staff["ada"], reason="mine", now=NOW)
    with pytest.raises(PermissionDenied):
        services.approve(play_id=row.play_id, user=staff["ann"], reason="no right", now=NOW)
    staff["kai"].is_active = False
    staff["kai"].save()
    assert (
        services.approve(play_id=row.play_id, user=staff["ada"], reason="alone", now=NOW).approved_by == "ada"
    )


def test_the_settings_say_whether_the_writer_may_approve_a_play(play, staff):
    row = play(5)
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    accounts.set_second_person(kind=Approvable.PLAY, rule=SecondPerson.ALWAYS, actor="kai")
    User.objects.filter(username="kai").update(is_active=False)
    assert not services.may_decide(row.play_id, staff["ada"])
    with pytest.raises(PermissionDenied, match="Somebody else must approve this"):
        services.approve(play_id=row.play_id, user=staff["ada"], reason="alone", now=NOW)
    accounts.set_second_person(kind=Approvable.PLAY, rule=SecondPerson.NEVER, actor="kai")
    User.objects.filter(username="kai").update(is_active=True)
    assert services.may_decide(row.play_id, staff["ada"])


def test_a_colleague_who_may_not_decide_on_this_very_play_is_no_second_person(play, staff):
    row = play(5, control_share=0.0, no_control_reason="all of them", arms=(IDLE,))
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    User.objects.filter(username="kai").update(roles=["finance"])
    assert services.may_decide(row.play_id, staff["ada"])


def test_a_play_does_not_start_before_its_first_day(play, staff):
    """Outcomes count from the lot on: days before anybody may be contacted would count too."""
    first = NOW.date() + timedelta(days=10)
    row = play(5, starts_on=first, ends_on=first + timedelta(days=30))
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    services.approve(play_id=row.play_id, user=staff["kai"], reason="good", now=NOW)
    with pytest.raises(PlayError) as told:
        services.start(play_id=row.play_id, actor="ada", now=NOW)
    assert told.value.problems == {"starts_on": "too_early"}
    begun = services.start(play_id=row.play_id, actor="ada", now=NOW + timedelta(days=10))
    assert begun.status is Status.RUNNING


def test_days_are_those_of_the_shop(play, staff, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    late = NOW.replace(hour=17)  # the next day already
    row = play(5, ends_on=NOW.date())
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    services.approve(play_id=row.play_id, user=staff["kai"], reason="good", now=NOW)
    with pytest.raises(PlayError) as told:
        services.start(play_id=row.play_id, actor="ada", now=late)
    assert told.value.problems == {"ends_on": "past"}
    copied = services.copy(play_id=row.play_id, actor="ada", now=late)
    assert copied.starts_on == NOW.date() + timedelta(days=1)


def test_a_dear_contact_needs_a_wider_authority(play, staff):
    row = play(5, arms=(costing(IDLE, 5_000),))
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    with pytest.raises(PermissionDenied):
        services.approve(play_id=row.play_id, user=staff["kai"], reason="good", now=NOW)


def test_refused_is_a_draft_with_the_reason(play, staff):
    row = play(5)
    services.submit(play_id=row.play_id, actor="ada", now=NOW)
    done = services.refuse(play_id=row.play_id, user=staff["kai"], reason="too dear", now=NOW)
    assert (done.status, done.refusal) == (Status.DRAFT, "too dear")
    with pytest.raises(PlayError):
        services.start(play_id=row.play_id, actor="ada", now=NOW)


def test_a_play_without_control_says_why(play):
    with pytest.raises(PlayError) as told:
        play(5, control_share=0.0)
    assert told.value.problems == {"no_control_reason": "no_reason"}


def test_every_step_is_in_the_audit_log(begun):
    from keepwell.foundation.audit.models import AuditEntry

    row = begun(10)
    services.pause(play_id=row.play_id, actor="ada", now=NOW)
    listed = AuditEntry.objects.filter(object_type="play").order_by("pk").values_list("action", "actor")
    assert list(listed) == [
        ("play.add", "ada"),
        ("play.submit", "ada"),
        ("play.approve", "kai"),
        ("play.start", "ada"),
        ("play.dealt_out", "ada"),
        ("play.pause", "ada"),
    ]
