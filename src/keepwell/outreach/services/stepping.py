"""One step of one or many tasks: locked, checked, written with its event, audit entry and facts."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import orjson
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach import core, facts, intents
from keepwell.outreach.contracts import Change, Outcome, Status, TaskError, TaskView
from keepwell.outreach.models import Alert, Task, TaskEvent
from keepwell.outreach.views import task_view

BULK_MAX = 500
# What a step may change and an undo gives back.
CHANGED = (
    "status", "outcome", "kept", "remedies", "need", "dissatisfaction", "solution", "due_at", "planned_at",
    "assignee_id", "team_id", "channel", "response", "treatment", "finished_at", "finished_by",
)  # fmt: skip
MOMENTS = ("due_at", "planned_at", "finished_at")
CONTACTED = (*core.TALKED, Outcome.SENT)
Changes = Callable[[Task], Mapping[str, Any]]


class StepListener(Protocol):
    """What a room above does when a task takes a step."""

    def __call__(
        self, task: TaskView, *, action: str, follow_up_id: int | None, actor: str, now: datetime
    ) -> None:
        """Carry it over; a TaskError refuses the step."""


_listeners: list[StepListener] = []


def on_task_step(listener: StepListener) -> None:
    """Call `listener` inside the transaction of each step and each undo, once the task is as it is after it.

    For rooms above that follow tasks of theirs; register in AppConfig.ready.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def _tell_listeners(task: Task, action: str, follow_up: int | None, actor: str, now: datetime) -> None:
    for listener in _listeners:
        listener(task_view(task), action=action, follow_up_id=follow_up, actor=actor, now=now)


def step(
    *,
    action: str,
    task_ids: Collection[int],
    actor: str,
    now: datetime,
    changes: Changes,
    after: Callable[[Task], int | None] | None = None,
) -> Change:
    """Take `action` on every task or on none; `after` may make a follow-up and returns its number.

    Raises TaskError where one of the tasks does not exist or cannot take this step.
    """
    wanted = sorted(set(task_ids))
    if not wanted or len(wanted) > BULK_MAX:
        raise TaskError(_("Choose between 1 and %(most)s tasks.") % {"most": BULK_MAX})
    token = secrets.token_hex(16)
    followed: list[int] = []
    with transaction.atomic():
        rows = list(Task.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        if len(rows) < len(wanted):
            raise TaskError(_("One of these tasks does not exist any more."))
        for task in rows:
            status = core.next_status(task.status, action)
            if status is None:
                raise TaskError(refusal(task))
            before = {name: getattr(task, name) for name in CHANGED}
            for name, value in {"status": status, **changes(task)}.items():
                setattr(task, name, value)
            follow_up = after(task) if after else None
            followed += [follow_up] if follow_up else []
            _write(task, action=action, token=token, actor=actor, now=now, before=before, follow_up=follow_up)
            _tell_listeners(task, action, follow_up, actor, now)
    return Change(token, action, tuple(wanted), tuple(followed))


def refusal(task: Task) -> str:
    """Why a task cannot take a step."""
    if task.status in (Status.DONE, Status.CANCELLED):
        return _("This task is over already. Reopen it first.")
    return _("This task is not over yet.")


def _write(
    task: Task,
    *,
    action: str,
    token: str,
    actor: str,
    now: datetime,
    before: Mapping[str, Any],
    follow_up: int | None,
) -> None:
    task.save(update_fields=[name.removesuffix("_id") for name in CHANGED])
    kept = orjson.dumps({**before, "follow_up": follow_up}, default=_plain).decode()
    TaskEvent.objects.create(task=task, token=token, at=now, actor=actor, action=action, before=kept)
    log(task, action, actor, now)
    tell_history(task, action, now, was=before["outcome"])


def tell_history(task: Task, action: str, now: datetime, *, was: str) -> None:
    """Record what a step means for the customer, and whether the warned one was contacted."""
    if action == "complete":
        facts.contact(task, core.CONTACT_STATUS[task.outcome], now)
        if task.outcome in core.TALKED:
            facts.talk(task, now)
    elif action == "cancel":
        facts.contact(task, "withheld", now)
    elif action in ("reopen", "undo") and task.status in core.ACTIVE:
        facts.contact(task, "queued", now)
        if was in core.TALKED:
            facts.talk(task, now, withdrawn=True)
    if task.alert_id and action in ("complete", "reopen", "undo"):
        mark_contacted(task.alert_id)


def mark_contacted(alert_id: int) -> None:
    """Keep when somebody first got through to the warned customer."""
    done = Task.objects.filter(alert=alert_id, status=Status.DONE, outcome__in=CONTACTED)
    first = done.order_by("finished_at").values_list("finished_at", flat=True).first()
    Alert.objects.filter(pk=alert_id).update(contacted_at=first)


def log(task: Task, action: str, actor: str, now: datetime) -> None:
    """One entry of the audit log; codes only."""
    details: dict[str, Any] = {"status": task.status, "customer_id": task.customer_id}
    if task.outcome:
        details["outcome"] = task.outcome
    if action in ("delegate", "take", "hand_over", "create"):
        details["assignee"] = task.assignee_id
    if action in ("postpone", "plan"):
        details["due_at"] = task.due_at.isoformat() if task.due_at else None
    audit.log(
        actor=actor,
        action=f"task.{action}",
        object_type="task",
        object_id=str(task.pk),
        details=details,
        at=now,
    )


def undo(*, token: str, actor: str, now: datetime) -> Change:
    """Give back what was before the step with this token.

    Raises TaskError where it is not the actor's own, older than 30 seconds, undone already, or where
    somebody has gone on with one of the tasks since.
    """
    with transaction.atomic():
        listed = TaskEvent.objects.filter(token=token, actor=actor, undone_at=None)
        ids = sorted(listed.values_list("task_id", flat=True))
        rows = {row.pk: row for row in Task.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
        events = list(listed.select_for_update().order_by("task_id"))
        if not events or not core.may_undo(done_at=events[0].at, now=now):
            raise TaskError(_("This can no longer be undone. Reopen the task instead."))
        followed: list[int] = []
        for event in events:
            task = rows[event.task_id]
            newest = TaskEvent.objects.filter(task=task, undone_at=None).order_by("-id").first()
            if newest is None or newest.pk != event.pk:
                raise TaskError(_("Somebody has gone on with this task since."))
            followed += _give_back(task, event, actor=actor, now=now)
        listed.update(undone_at=now)
    return Change(token, "undo", tuple(ids), tuple(followed))


def _give_back(task: Task, event: TaskEvent, *, actor: str, now: datetime) -> list[int]:
    before: dict[str, Any] = orjson.loads(event.before)
    follow_up = before.pop("follow_up", None)
    outcome = task.outcome
    for name, value in before.items():
        setattr(task, name, parse_datetime(value) if name in MOMENTS and value else value)
    task.save(update_fields=[name.removesuffix("_id") for name in CHANGED])
    log(task, "undo", actor, now)
    if event.action in ("complete", "cancel"):
        tell_history(task, "undo", now, was=outcome)
    elif event.action == "reopen":
        tell_history(task, "complete" if task.status == Status.DONE else "cancel", now, was="")
    if event.action in ("begin", "complete"):
        # What was counted with this very step, and not before it, did not take place.
        intents.take_back(task, decided_at=event.at, now=now)
    _tell_listeners(task, "undo", None, actor, now)
    if not follow_up:
        return []
    following = Task.objects.select_for_update().filter(pk=follow_up, status__in=core.ACTIVE).first()
    if following is None:
        return []
    following.status, following.outcome = Status.CANCELLED, Outcome.NOT_NEEDED
    following.finished_at, following.finished_by = now, actor
    following.save(update_fields=["status", "outcome", "finished_at", "finished_by"])
    log(following, "cancel", actor, now)
    tell_history(following, "cancel", now, was="")
    return [following.pk]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
