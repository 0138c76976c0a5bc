"""Risk episodes and the tasks they make, over real cycles of scores."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.contracts import AlertRules
from keepwell.outreach.models import Alert, AlertRun, Task
from keepwell.outreach.queries import alerts as queries
from keepwell.outreach.queries import notices, reports
from keepwell.outreach.rulebook import RulesError
from keepwell.outreach.services import alerts, tasks
from keepwell.outreach.users import zone_of
from tests.outreach.conftest import NOW

DAY = timedelta(days=1)


def test_whoever_is_newly_at_risk_gets_an_alert_and_a_task_for_the_owner(people, own, publish):
    own("C-1", people.lin)
    own("C-2", people.lin)
    publish({"C-1": "at_risk", "C-2": "active"})
    done = alerts.run(now=NOW)
    assert (done.opened, done.tasks) == (1, 1)
    (alert,) = Alert.objects.all()
    (task,) = Task.objects.all()
    assert (alert.customer_id, alert.owner_id, alert.team_id) == ("C-1", people.lin.pk, people.team.pk)
    assert (task.customer_id, task.assignee_id, task.kind, task.channel) == (
        "C-1",
        people.lin.pk,
        "call",
        "phone",
    )
    assert task.response == "solve_problem"
    assert task.at_stake == Decimal("100")
    assert task.reasons[0]["code"] == "complaints_rose"
    (notice,) = notices.newest(people.lin.pk)
    assert (notice.kind, notice.data["customers"]) == ("newly_at_risk", 1)
    assert AuditEntry.objects.filter(action="outreach.alerts.run").count() == 1


def test_a_second_run_and_a_second_cycle_change_nothing_while_the_episode_lasts(people, own, publish):
    own("C-1", people.lin)
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    assert alerts.run(now=NOW) is None
    publish({"C-1": "at_risk"})
    done = alerts.run(now=NOW + DAY)
    assert (done.opened, done.tasks) == (0, 0)
    assert Alert.objects.count() == Task.objects.count() == 1


def test_an_episode_ends_when_the_risk_falls_and_its_idle_task_with_it(people, own, publish):
    own("C-1", people.lin)
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    publish({"C-1": "active"})
    done = alerts.run(now=NOW + DAY)
    assert done.recovered == 1
    alert, task = Alert.objects.get(), Task.objects.get()
    assert (alert.ending, alert.ended_at) == ("recovered", NOW + DAY)
    assert (task.status, task.outcome) == ("cancelled", "not_needed")
    publish({"C-1": "at_risk"})
    assert alerts.run(now=NOW + 2 * DAY).opened == 1
    assert Alert.objects.count() == 2


def test_who_is_lost_keeps_the_task(people, own, publish):
    own("C-1", people.lin)
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    publish({"C-1": "lost"})
    assert alerts.run(now=NOW + DAY).lost == 1
    assert Task.objects.get().status == "open"


def test_a_customer_without_a_score_is_gone_and_one_without_a_record_gets_no_task(people, own, publish):
    own("C-1", people.lin)
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    publish({"C-9": "at_risk"})
    done = alerts.run(now=NOW + DAY)
    assert (done.gone, done.opened) == (1, 1)
    assert not Task.objects.filter(customer_id="C-9").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["C-1", "C-2", "C-3"]),
            st.sampled_from(["at_risk", "active", "lost", "new"]),
            min_size=1,
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 3),
)
def test_there_is_one_open_episode_per_customer_at_risk_whatever_the_cycles_say(
    people, own, publish, cycles, times
):
    Alert.objects.all().delete()
    Task.objects.all().delete()
    AlertRun.objects.all().delete()
    for number in (1, 2, 3):
        own(f"C-{number}")
    for day, statuses in enumerate(cycles):
        publish(statuses)
        for _ in range(times):
            alerts.run(now=NOW + day * DAY)
        at_risk = {customer for customer, status in statuses.items() if status == "at_risk"}
        open_now = list(Alert.objects.filter(ended_at=None).values_list("customer_id", flat=True))
        assert sorted(open_now) == sorted(at_risk)
    made = Task.objects.values_list("alert", flat=True)
    assert len(made) == len(set(made))
    assert Alert.objects.filter(ending="").count() == Alert.objects.filter(ended_at=None).count()


def test_nobody_gets_more_than_a_day_allows_the_largest_loss_first(people, own, publish):
    for number in range(4):
        own(f"C-{number}", people.lin)
    alerts.set_rules(values={"daily_cap": 1}, actor="ada", now=NOW)
    publish({f"C-{number}": "at_risk" for number in range(4)}, loss=lambda name: int(name[2:]) * 10)
    assert alerts.run(now=NOW).tasks == 1
    assert Task.objects.get().customer_id == "C-3"
    assert Alert.objects.count() == 4
    assert alerts.run(now=NOW + DAY).tasks == 1
    assert Task.objects.order_by("-id").first().customer_id == "C-2"


def test_what_nobody_looks_after_waits_in_the_queue_or_is_shared_out(people, own, publish):
    own("C-1")
    alerts.set_rules(values={"team_id": people.team.pk}, actor="ada", now=NOW)
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    task = Task.objects.get()
    assert (task.assignee_id, task.team_id) == (None, people.team.pk)
    own("C-2")
    alerts.set_rules(values={"unowned": "share_out", "team_id": None}, actor="ada", now=NOW)
    publish({"C-1": "at_risk", "C-2": "at_risk"})
    alerts.run(now=NOW + DAY)
    # The first of those with least to do; who may see own customers only looks after it from then on.
    assert Task.objects.get(customer_id="C-2").assignee_id == people.kai.pk
    assert customers.owner_of("C-2") == people.kai.pk


def test_an_owner_who_left_is_nobody(people, own, publish):
    own("C-1", people.mei)
    people.mei.is_active = False
    people.mei.save()
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    task = Task.objects.get()
    assert (task.assignee_id, task.team_id) == (None, None)


def test_rules_choose_whom_to_warn_of_and_are_versioned(people, own, publish):
    own("C-1", people.lin)
    publish({"C-1": "at_risk"})
    saved = alerts.set_rules(values={"tiers": ("low",)}, actor="ada", now=NOW)
    assert saved.version == 1
    assert alerts.set_rules(values={"tiers": ("low",)}, actor="ada", now=NOW) == saved
    assert alerts.run(now=NOW).opened == 0
    alerts.set_rules(values={"active": False, "tiers": ("high",)}, actor="ada", now=NOW)
    assert alerts.run(now=NOW + DAY).opened == 0
    assert queries.rules() == AlertRules(version=2, active=False, tiers=("high",))
    assert AuditEntry.objects.filter(action="outreach.rules.set").count() == 2


@pytest.mark.parametrize(
    "values", [{"tiers": ()}, {"daily_cap": 0}, {"level": "x"}, {"due_days": 900}, {"unowned": "y"}]
)
def test_rules_that_make_no_sense_are_refused(people, values):
    with pytest.raises(RulesError) as refused:
        alerts.set_rules(values=values, actor="ada", now=NOW)
    assert set(refused.value.message_dict) == set(values)
    assert queries.rules().version == 0


def test_the_preview_counts_what_a_first_day_would_make(people, own, publish):
    for number in range(5):
        own(f"C-{number}", people.lin if number < 3 else None)
    publish({f"C-{number}": "at_risk" for number in range(5)})
    seen = queries.preview({"daily_cap": 2, "queue_cap": 1})
    assert (seen.customers, seen.owned, seen.unowned) == (5, 3, 2)
    assert (seen.tasks_first_day, seen.waiting, seen.days) == (3, 2, 2)
    alerts.set_rules(values={"daily_cap": 2, "queue_cap": 1}, actor="ada", now=NOW)
    assert alerts.run(now=NOW).tasks == seen.tasks_first_day
    assert queries.preview({"level": "high"}).customers == 5
    assert queries.preview({"active": False}).tasks_first_day == 0


def test_the_report_says_what_became_of_the_warned(people, own, publish):
    for number in range(4):
        own(f"C-{number}", people.lin)
    publish({f"C-{number}": "at_risk" for number in range(4)})
    alerts.run(now=NOW)
    called = {task.customer_id: task.pk for task in Task.objects.all()}
    done = {"actor": "lin", "now": NOW + timedelta(hours=1)}
    tasks.complete(task_ids=[called["C-0"]], outcome="staying", remedies=["apology", "gift"], **done)
    tasks.complete(task_ids=[called["C-1"]], outcome="leaving", remedies=["apology"], **done)
    tasks.complete(task_ids=[called["C-2"]], outcome="not_reached", **done)
    publish({"C-0": "active", "C-1": "lost", "C-2": "at_risk", "C-3": "active"})
    alerts.run(now=NOW + DAY)
    day = NOW.date()
    found = reports.warnings(since=day, until=day, zone=zone_of(None), by="reason")
    total = found.total
    assert (total.warned, total.contacted, total.recovered, total.lost, total.still) == (4, 2, 2, 1, 1)
    assert total.kept_share == pytest.approx(2 / 3)
    assert [row.key for row in found.rows] == ["complaints_rose"]
    assert (found.contacted.warned, found.not_contacted.warned) == (2, 2)
    remedies = {row.remedy: row for row in found.remedies}
    assert (remedies["apology"].taken, remedies["apology"].said_kept) == (2, 1)
    assert (remedies["apology"].recovered, remedies["apology"].lost) == (1, 1)
    assert remedies["gift"].taken == 1
    for by in reports.GROUPS:
        same = reports.warnings(since=day, until=day, zone=zone_of(None), by=by)
        assert sum(row.warned for row in same.rows) == total.warned
    mine = reports.warnings(since=day, until=day, zone=zone_of(None), owner_ids=frozenset({people.mei.pk}))
    assert mine.total.warned == 0


def test_a_contact_that_is_undone_does_not_count(people, own, publish):
    own("C-1", people.lin)
    publish({"C-1": "at_risk"})
    alerts.run(now=NOW)
    task = Task.objects.get()
    change = tasks.complete(task_ids=[task.pk], outcome="staying", actor="lin", now=NOW)
    assert Alert.objects.get().contacted_at == NOW
    tasks.undo(token=change.token, actor="lin", now=NOW)
    assert Alert.objects.get().contacted_at is None


def test_a_run_that_died_is_carried_on_once_its_lease_is_over(people, own, publish):
    own("C-1", people.lin)
    cycle_id = publish({"C-1": "at_risk"})
    AlertRun.objects.create(cycle_id=cycle_id, day=NOW.date(), lease_until=NOW + timedelta(minutes=5))
    assert alerts.run(now=NOW) is None
    assert not Task.objects.exists()
    assert alerts.run(now=NOW + timedelta(minutes=6)).tasks == 1
    assert alerts.run(now=NOW + timedelta(minutes=60)) is None
    assert Task.objects.count() == 1


def test_episodes_are_worked_out_in_chunks(people, own, publish, monkeypatch):
    monkeypatch.setattr(alerts, "CHUNK", 2)
    numbers = [f"C-{number}" for number in range(7)]
    for number in numbers:
        own(number, people.lin)
    publish(dict.fromkeys(numbers, "at_risk"))
    assert alerts.run(now=NOW).opened == 7
    publish({number: "lost" if number < "C-3" else "active" for number in numbers})
    done = alerts.run(now=NOW + DAY)
    assert (done.lost, done.recovered) == (3, 4)
    assert Task.objects.filter(status="cancelled").count() == 4
