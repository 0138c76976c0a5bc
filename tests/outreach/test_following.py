"""Tasks follow customers who change hands, are merged or erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach import following
from keepwell.outreach.models import Alert, Notification, Task, TaskEvent
from keepwell.outreach.queries import tasks as queries
from keepwell.outreach.services import alerts, tasks
from tests.outreach.conftest import NOW


def test_open_tasks_go_to_the_new_owner_and_delegated_ones_stay(task, people):
    mine, given, done = task(), task(), task()
    tasks.delegate(task_ids=[given.task_id], assignee_id=people.sam.pk, actor="lin", now=NOW)
    tasks.complete(task_ids=[done.task_id], outcome="staying", actor="lin", now=NOW)
    customer_services.assign_owner(customer_ids=["C-1"], owner_id=people.mei.pk, actor="kai", at=NOW)
    assert queries.get(mine.task_id).assignee_id == people.mei.pk
    assert queries.get(given.task_id).assignee_id == people.sam.pk
    assert queries.get(done.task_id).assignee_id == people.lin.pk
    assert AuditEntry.objects.filter(action="task.hand_over").count() == 1


def test_who_takes_a_customer_of_nobody_looks_after_it(people, own, task):
    own("C-2")
    made = task(customer_id="C-2", assignee_id=None, team_id=people.team.pk)
    other = task(customer_id="C-2", assignee_id=None, team_id=people.team.pk)
    tasks.take(task_ids=[made.task_id], assignee_id=people.mei.pk, actor="mei", now=NOW)
    assert customers.owner_of("C-2") == people.mei.pk
    assert queries.get(other.task_id).assignee_id == people.mei.pk


def test_who_sees_everybody_takes_a_task_only(people, own, task):
    own("C-2")
    made = task(customer_id="C-2", assignee_id=None)
    tasks.take(task_ids=[made.task_id], assignee_id=people.sam.pk, actor="sam", now=NOW)
    assert customers.owner_of("C-2") is None


class Erased:
    """What an eraser is told of somebody."""

    customer_ids = ("C-1",)
    pseudonym = "erased-1"


def test_nothing_of_an_erased_person_stays_but_the_count(people, own, publish, task):
    publish({"C-1": "at_risk"})
    made = task(assignee_id=people.sam.pk)
    tasks.record(task_id=made.task_id, need="a kettle", actor="sam", now=NOW)
    alerts.run(now=NOW)
    assert Notification.objects.filter(data__customer="C-1").exists()
    first = following.forget(Erased())
    assert (first["tasks"] > 0, first["notifications"], first["alerts"]) == (True, 1, 1)
    assert not Task.objects.exists()
    assert not TaskEvent.objects.exists()
    assert not Notification.objects.filter(data__customer="C-1").exists()
    (alert,) = Alert.objects.all()
    assert (alert.customer_id, alert.ending, alert.reasons) == ("erased-1", "gone", [])
    assert following.forget(Erased()) == {"tasks": 0, "notifications": 0, "alerts": 0}


@pytest.mark.parametrize("both", [True, False])
def test_a_merge_takes_tasks_and_warnings_along_and_a_split_gives_them_back(people, own, publish, task, both):
    own("C-2", people.lin)
    publish({"C-1": "at_risk" if both else "active", "C-2": "at_risk"})
    alerts.run(now=NOW)
    made = task(customer_id="C-2")
    before = sorted(Alert.objects.values_list("pk", "customer_id", "ending", "ended_at"))
    memo = following.merge("C-1", "C-2", NOW + timedelta(hours=1))
    assert not Alert.objects.filter(customer_id="C-2").exists()
    assert Alert.objects.filter(customer_id="C-1", ended_at=None).count() == 1
    assert queries.get(made.task_id).customer_id == "C-1"
    following.split("C-1", "C-2", memo, NOW + timedelta(hours=2))
    assert sorted(Alert.objects.values_list("pk", "customer_id", "ending", "ended_at")) == before
    assert queries.get(made.task_id).customer_id == "C-2"
