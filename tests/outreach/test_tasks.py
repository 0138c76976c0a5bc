"""What can be done with a task, and what the books say of it."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.core.exceptions import PermissionDenied

from keepwell.accounts.contracts import Permission
from keepwell.foundation.audit import services as audit
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history.models import OutboxFact
from keepwell.outreach import access
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.models import Task, TaskEvent
from keepwell.outreach.queries import notices
from keepwell.outreach.queries import tasks as queries
from keepwell.outreach.services import tasks
from tests.outreach.conftest import NOW

LATER = NOW + timedelta(days=1)


def facts(table: str) -> list[dict]:
    return [row.fact for row in OutboxFact.objects.filter(table=table).order_by("id")]


def test_a_new_task_is_audited_and_recorded_as_a_queued_contact(task):
    made = task(treatment="call_back")
    assert made.is_active
    (fact,) = facts("contacts")
    assert fact["contact_id"] == f"task-{made.task_id}"
    assert (fact["customer_id"], fact["status"], fact["play"]) == ("C-1", "queued", "call_back")
    assert AuditEntry.objects.filter(action="task.create", object_id=str(made.task_id)).exists()


def test_the_same_key_makes_one_task(task):
    first = task(idempotency_key="k-1")
    again = task(idempotency_key="k-1", kind="visit")
    assert again == first
    assert Task.objects.count() == 1


def test_what_was_said_is_sealed_and_never_in_facts_or_audit(task):
    made = task(title="Ask about the broken kettle")
    tasks.complete(
        task_ids=[made.task_id],
        outcome="staying",
        actor="lin",
        now=NOW,
        need="wants a kettle",
        dissatisfaction="waited three weeks",
        solution="sent a new kettle",
        remedies=["replacement", "apology"],
    )
    row = queries.get(made.task_id)
    assert (row.status, row.outcome, row.kept) == ("done", "staying", "kept")
    assert (row.need, row.dissatisfaction, row.solution) == (
        "wants a kettle",
        "waited three weeks",
        "sent a new kettle",
    )
    assert row.remedies == ("apology", "replacement")
    written = orjson.dumps([facts("contacts"), facts("interactions")])
    written += orjson.dumps(list(AuditEntry.objects.values_list("details", flat=True)))
    assert b"kettle" not in written
    assert b"three weeks" not in written
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT title, need, dissatisfaction, solution FROM outreach_task")
        assert "kettle" not in str(cursor.fetchall())
        cursor.execute("SELECT before FROM outreach_taskevent")
        assert "kettle" not in str(cursor.fetchall())


def test_a_call_that_got_through_is_an_interaction_and_an_answered_contact(task):
    made = task(treatment="sms_coupon")
    tasks.complete(task_ids=[made.task_id], outcome="undecided", actor="lin", now=NOW)
    (said,) = facts("interactions")
    assert (said["type"], said["channel"]) == ("call", "phone")
    about = orjson.loads(said["properties"])
    assert (about["outcome"], about["treatment"]) == ("undecided", "sms_coupon")
    assert said["subject"] is None  # what we meant to do is not what the customer spoke of
    assert [fact["status"] for fact in facts("contacts")] == ["queued", "answered"]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("not_reached", "sent"), ("wrong_contact", "bounced"), ("no_contact", "refused")],
)
def test_a_call_that_did_not_get_through_is_no_interaction(task, outcome, status):
    made = task()
    tasks.complete(task_ids=[made.task_id], outcome=outcome, actor="lin", now=NOW)
    assert not [fact for fact in facts("interactions") if fact["interaction_id"].startswith("task-")]
    assert facts("contacts")[-1]["status"] == status


def test_undo_gives_back_everything_and_takes_back_the_facts(task):
    made = queries.get(task().task_id)
    change = tasks.complete(
        task_ids=[made.task_id],
        outcome="staying",
        actor="lin",
        now=NOW,
        need="x",
        follow_up_at=LATER,
    )
    assert len(change.follow_up_ids) == 1
    tasks.undo(token=change.token, actor="lin", now=NOW + timedelta(seconds=20))
    assert queries.get(made.task_id) == made
    assert queries.get(change.follow_up_ids[0]).status == "cancelled"
    mine = [fact["status"] for fact in facts("contacts") if fact["contact_id"] == f"task-{made.task_id}"]
    assert mine == ["queued", "answered", "queued"]
    assert [fact["type"] for fact in facts("interactions")] == ["call", "withdrawn"]
    assert audit.verify() is None


def test_undo_is_for_oneself_for_thirty_seconds_and_once(task):
    made = task()
    change = tasks.postpone(task_ids=[made.task_id], until=LATER, actor="lin", now=NOW)
    for actor, at in (("mei", NOW), ("lin", NOW + timedelta(seconds=31))):
        with pytest.raises(TaskError):
            tasks.undo(token=change.token, actor=actor, now=at)
    tasks.undo(token=change.token, actor="lin", now=NOW)
    with pytest.raises(TaskError):
        tasks.undo(token=change.token, actor="lin", now=NOW)
    assert queries.get(made.task_id).due_at == made.due_at


def test_undo_is_refused_once_somebody_has_gone_on(task):
    made = task()
    first = tasks.postpone(task_ids=[made.task_id], until=LATER, actor="lin", now=NOW)
    tasks.complete(task_ids=[made.task_id], outcome="staying", actor="kai", now=NOW)
    with pytest.raises(TaskError):
        tasks.undo(token=first.token, actor="lin", now=NOW)
    assert queries.get(made.task_id).status == "done"


def test_many_at_once_are_all_done_or_none_and_undone_together(task):
    ids = [task().task_id for _ in range(3)]
    tasks.cancel(task_ids=ids[:1], actor="lin", now=NOW)
    with pytest.raises(TaskError):
        tasks.complete(task_ids=ids, outcome="staying", actor="lin", now=NOW)
    assert [queries.get(one).status for one in ids] == ["cancelled", "open", "open"]
    change = tasks.complete(task_ids=ids[1:], outcome="staying", actor="lin", now=NOW)
    tasks.undo(token=change.token, actor="lin", now=NOW)
    assert [queries.get(one).status for one in ids] == ["cancelled", "open", "open"]
    assert TaskEvent.objects.filter(token=change.token).count() == 2


def test_the_next_try_is_planned_three_times_at_most(task):
    current = task()
    for _ in range(5):
        change = tasks.complete(
            task_ids=[current.task_id],
            outcome="not_reached",
            actor="lin",
            now=NOW,
            follow_up_at=LATER,
        )
        if not change.follow_up_ids:
            break
        current = queries.get(change.follow_up_ids[0])
    assert current.attempt == 3
    assert Task.objects.count() == 3


def test_an_outcome_belongs_to_its_kind(task):
    made = task(kind="other")
    with pytest.raises(TaskError):
        tasks.complete(task_ids=[made.task_id], outcome="staying", actor="lin", now=NOW)
    assert queries.get(made.task_id).is_active


def test_a_delegated_task_is_the_colleague_s_and_the_colleague_is_told(task, people):
    made = task()
    tasks.delegate(task_ids=[made.task_id], assignee_id=people.sam.pk, actor="lin", now=NOW)
    row = queries.get(made.task_id)
    assert (row.status, row.assignee_id, row.assignee_name) == ("delegated", people.sam.pk, "sam")
    (notice,) = notices.newest(people.sam.pk)
    assert (notice.kind, notice.data["task"]) == ("delegated", made.task_id)
    assert notices.unread(people.lin.pk) == 0


def test_nobody_is_given_a_customer_they_may_not_see(task, people):
    made = task()
    with pytest.raises(TaskError, match="C-1"):
        tasks.delegate(task_ids=[made.task_id], assignee_id=people.mei.pk, actor="lin", now=NOW)
    people.sam.is_active = False
    people.sam.save()
    with pytest.raises(TaskError):
        tasks.delegate(task_ids=[made.task_id], assignee_id=people.sam.pk, actor="lin", now=NOW)
    assert queries.get(made.task_id).assignee_id == people.lin.pk


def test_the_first_who_takes_from_the_queue_has_it(task, people):
    made = task(assignee_id=None, team_id=people.team.pk)
    tasks.take(task_ids=[made.task_id], assignee_id=people.lin.pk, actor="lin", now=NOW)
    with pytest.raises(TaskError):
        tasks.take(task_ids=[made.task_id], assignee_id=people.kai.pk, actor="kai", now=NOW)
    assert queries.get(made.task_id).assignee_id == people.lin.pk


def test_reopening_takes_back_what_came_of_it(task):
    made = task()
    tasks.complete(task_ids=[made.task_id], outcome="leaving", actor="lin", now=NOW)
    tasks.reopen(task_ids=[made.task_id], actor="lin", now=LATER)
    row = queries.get(made.task_id)
    assert (row.status, row.outcome, row.kept, row.finished_at) == ("open", "", "", None)
    assert [fact["type"] for fact in facts("interactions")] == ["call", "withdrawn"]


def allowed(user, task_id, permission=Permission.CHANGE_TASKS) -> bool:
    try:
        access.access_tasks(user, permission, [task_id])
    except PermissionDenied:
        return False
    return True


def test_tasks_are_one_s_own_the_leader_s_and_the_administrator_s(task, people):
    made = task()
    expected = {"ada": True, "kai": True, "lin": True, "mei": False, "sam": False}
    assert {name: allowed(getattr(people, name), made.task_id) for name in expected} == expected


def test_the_owner_of_the_customer_sees_a_task_that_was_given_away(task, people):
    made = task(assignee_id=people.sam.pk)
    assert allowed(people.sam, made.task_id)
    assert allowed(people.lin, made.task_id)
    assert not allowed(people.mei, made.task_id)


def test_a_queue_is_open_to_its_team_only(task, people, own):
    own("C-2")
    made = task(customer_id="C-2", assignee_id=None, team_id=people.team.pk)
    expected = {"ada": True, "kai": True, "lin": True, "mei": True, "sam": False}
    assert {name: allowed(getattr(people, name), made.task_id) for name in expected} == expected


def test_a_task_that_does_not_exist_is_not_a_refusal(people):
    with pytest.raises(access.NoTaskError):
        access.access_tasks(people.ada, Permission.VIEW_TASKS, [404])


@pytest.mark.parametrize("scopes", [None, frozenset({Permission.CHANGE_TASKS})])
def test_a_task_is_made_for_whom_one_may_see(people, own, scopes):
    def makes(name: str) -> bool:
        user = getattr(people, name)
        user.token_scopes = scopes
        try:
            access.access_new_task(user, "C-9")
        except PermissionDenied:
            return False
        return True

    own("C-9", people.lin)
    may_see = scopes is None  # a token for tasks alone sees nobody
    expected = {"ada": True, "kai": True, "lin": True, "mei": False, "sam": may_see}
    assert {name: makes(name) for name in expected} == expected


def test_the_list_of_the_day_has_what_is_due_the_most_at_stake_first(task, people):
    small = task(at_stake=1)
    large = task(at_stake=500)
    nothing = task(at_stake=None)
    planned = task(at_stake=900, planned_at=LATER + timedelta(days=3))
    later = task(at_stake=800)
    tasks.postpone(task_ids=[later.task_id], until=LATER + timedelta(days=2), actor="lin", now=NOW)
    end = NOW.replace(hour=23, minute=59)
    page = queries.due(assignee_id=people.lin.pk, until=end)
    assert [one.task_id for one in page.rows] == [large.task_id, small.task_id, nothing.task_id]
    page = queries.due(assignee_id=people.lin.pk, until=end + timedelta(days=5))
    assert [one.task_id for one in page.rows][:2] == [planned.task_id, later.task_id]


def test_who_leads_sees_how_much_everybody_has(task, people):
    made = task(due_at=NOW - timedelta(days=1))
    task(due_at=LATER)
    done = task()
    tasks.complete(task_ids=[done.task_id], outcome="staying", actor="lin", now=NOW)
    (row,) = queries.team(user=people.kai, now=NOW, today=NOW.replace(hour=0))
    assert (row.name, row.open, row.overdue, row.done_today, row.at_stake) == ("lin", 2, 1, 1, 200)
    assert queries.team(user=people.mei, now=NOW, today=NOW.replace(hour=0)) == ()
    assert made.task_id


def test_who_wants_no_contact_is_not_asked_again(task, people):
    from keepwell.customers.privacy import queries as privacy

    made = task()
    done = tasks.complete(
        task_ids=[made.task_id], outcome="no_contact", actor="lin", now=NOW, follow_up_at=LATER
    )
    assert done.follow_up_ids == ()
    (said,) = privacy.consents("C-1")
    assert (said.channel, said.purpose, said.given) == ("phone", "marketing", False)
